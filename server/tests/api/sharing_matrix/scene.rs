//! Recordings in a state of sharing, and the people who ask for them.

use std::collections::HashMap;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::domain::token::Kind;
use aside_server::service::token::issue;
use aside_server::store::{StoreError, Tx, mailboxes};
use aside_server::testing::{Answer, Client, TestApp};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::states::{Condition, Place, State, Who};
use crate::assistant::give_translation;
use crate::frames::give_sprite;
use crate::one_file::give_preview;
use crate::take::{Take, begin, member};
use crate::watch::give_poster;

pub(super) const PASSWORD: &str = "a password of its own";

/// A recording in a state, what is in it, and a media link from before.
pub(super) struct Scene {
    /// Id of whom the recording is shared with by account.
    pub(super) named: String,
    pub(super) take: Take,
    pub(super) comment: String,
    pub(super) mark: String,
    /// Of the owner, to a moment.
    pub(super) reaction: String,
    /// Id of the owner.
    pub(super) owner: String,
    pub(super) old_link: String,
    /// Of the comment.
    pub(super) attachment: String,
    /// Its address.
    pub(super) old_file: String,
    /// The recording lies in it.
    pub(super) folder: String,
    /// Nothing lies in it.
    pub(super) empty_folder: String,
}

pub(super) struct People {
    pub(super) clients: HashMap<Who, Client>,
    named: String,
    group: String,
}

impl People {
    pub(super) async fn new(app: &TestApp, owner: &Client) -> Self {
        let named = member(app, "Nadia").await;
        let me: Value = named.get("/api/me").await.expect(200).json();
        let admin = app.person("admin", Role::Owner).await;
        let group = json!({ "name": "Group" });
        let group = made_id(admin.post("/api/server/groups", &group).await);
        let by_group = member(app, "Greta").await;
        let viewer_by_group = app.person("Gerd", Role::Viewer).await;
        for client in [&by_group, &viewer_by_group] {
            let me: Value = client.get("/api/me").await.expect(200).json();
            let id = me["user"]["id"].as_str().unwrap();
            let path = format!("/api/server/groups/{group}/members/{id}");
            admin.put(&path, &json!({})).await.expect(200);
        }
        let clients = HashMap::from([
            (Who::Anonymous, app.anonymous()),
            (Who::Stranger, member(app, "Stranger").await),
            (Who::OnlyViewer, app.person("viewer", Role::Viewer).await),
            (Who::Admin, admin),
            (Who::Named, named),
            (Who::NamedByMail, member(app, "Maila").await),
            (Who::NamedByGroup, by_group),
            (Who::ViewerByGroup, viewer_by_group),
            (
                Who::MailGuest,
                mail_guest(app, "mailguest@example.org").await,
            ),
            (
                Who::StrayMailGuest,
                mail_guest(app, "stray@example.org").await,
            ),
            (Who::Owner, owner.clone()),
        ]);
        let named = me["user"]["id"].as_str().unwrap().to_owned();
        Self {
            clients,
            named,
            group,
        }
    }

    /// A recording in this state. Guests and who knows the password are let in before it begins.
    pub(super) async fn scene(&mut self, app: &TestApp, state: State) -> Scene {
        let owner = self.clients[&Who::Owner].clone();
        let take = begin(app, owner, &[TrackName::Video, TrackName::Audio]).await;
        take.record(1).await;
        take.finish(2, 2).await;
        give_poster(app, &take, b"jpeg").await;
        give_sprite(app, &take, b"jpeg").await;
        give_translation(app, &take).await;
        give_preview(app, &take, b"mp4").await;
        let path = |rest: &str| format!("/api/recordings/{}{rest}", take.id);
        let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Ana",
            "drawing": { "shapes": [{ "tool": "pen", "color": "red", "points": [1, 2] }] } });
        let (attachment, file) = attached(&take, &words).await;
        let comment = take.owner.post(&take.api("/comments"), &file).await;
        let comment = made_id(comment);
        let mark = json!({ "at_ms": 0, "title": "a chapter" });
        let mark = take.owner.post(&take.api("/marks"), &mark).await;
        let reaction = json!({ "at_ms": 0, "kind": "like" });
        let reaction = take.owner.post(&take.api("/reactions"), &reaction).await;
        let me: Value = take.owner.get("/api/me").await.expect(200).json();
        let guest = app.anonymous().post(&take.api("/comments"), &words).await;
        let guest = app.anonymous().keep_cookies(&guest.expect(201));
        self.clients.insert(Who::Guest, guest);
        let folder = take
            .owner
            .post("/api/folders", &json!({ "name": "Work" }))
            .await;
        let empty_folder = take
            .owner
            .post("/api/folders", &json!({ "name": "Empty" }))
            .await;
        let old_link = take.media(&app.anonymous()).await;
        let old_file = format!("/comments/{comment}/attachments/{attachment}");
        let old_file = app.anonymous().get(&take.api(&old_file)).await.expect(302);
        let old_file = old_file.header("location").to_owned();
        let folder = made_id(folder);
        let into =
            json!({ "ids": [take.id], "move_to": { "folder_id": folder }, "add_tags": ["spring"] });
        take.owner
            .post("/api/library/change", &into)
            .await
            .expect(204);
        let people = [
            json!({ "user_id": self.named }),
            json!({ "mail": "Maila@example.org" }),
            json!({ "group_id": self.group }),
            json!({ "mail": "mailguest@example.org" }),
        ];
        let own = if state.place == Place::Own {
            for person in &people {
                take.owner.post(&path("/people"), person).await.expect(200);
            }
            state.audience
        } else {
            "link"
        };
        let mut change = json!({ "audience": own });
        match state.condition {
            Condition::None => {}
            Condition::Password => change["password"] = json!(PASSWORD),
            Condition::Ended => change["ends_at"] = json!(app.app.now().micros() + 1),
            Condition::OnlyWatch => {
                change["comments"] = json!("off");
                change["download"] = json!(false);
            }
            Condition::MembersComment => change["comments"] = json!("members"),
            Condition::Trashed => {}
        }
        let mut knowing = app.anonymous();
        if state.condition == Condition::Password {
            // Proved while it is for everybody, so that the pass is there in every state.
            let open = json!({ "password": PASSWORD, "audience": "link" });
            take.owner.patch(&path("/sharing"), &open).await.expect(200);
            let typed = json!({ "password": PASSWORD });
            let unlocked = knowing.post(&take.api("/unlock"), &typed).await.expect(204);
            knowing = knowing.keep_cookies(&unlocked);
            change = json!({ "audience": own });
        }
        take.owner
            .patch(&path("/sharing"), &change)
            .await
            .expect(200);
        if state.place != Place::Own {
            // The folder in which its folder lies is shared.
            let above = json!({ "name": "Above" });
            let above = made_id(take.owner.post("/api/folders", &above).await);
            let into = json!({ "move_to": { "folder_id": above } });
            let lies = format!("/api/folders/{folder}");
            take.owner.patch(&lies, &into).await.expect(200);
            let of = |rest: &str| format!("/api/folders/{above}{rest}");
            for person in [&people[0], &people[2]] {
                take.owner.post(&of("/people"), person).await.expect(200);
            }
            let narrowed = state.place == Place::Narrowed;
            let audience = if narrowed { "members" } else { state.audience };
            let shared = json!({ "audience": audience });
            let shared = take.owner.patch(&of("/sharing"), &shared).await;
            shared.expect(200);
            if narrowed {
                let change = json!({ "audience": "owner" });
                let narrowed = take.owner.patch(&path("/sharing"), &change).await;
                narrowed.expect(200);
            }
        }
        if state.condition == Condition::Ended {
            app.clock.advance(std::time::Duration::from_secs(1));
        }
        if state.condition == Condition::Trashed {
            take.trash().await;
        }
        self.clients.insert(Who::Knowing, knowing);
        Scene {
            named: self.named.clone(),
            comment,
            attachment,
            old_file,
            mark: made_id(mark),
            reaction: made_id(reaction),
            owner: me["user"]["id"].as_str().unwrap().to_owned(),
            old_link,
            folder,
            empty_folder: made_id(empty_folder),
            take,
        }
    }
}

/// A browser of somebody without an account, who proved to have a mailbox.
async fn mail_guest(app: &TestApp, email: &str) -> Client {
    let (email, app_) = (email.parse().unwrap(), &app.app);
    let until = app_.now().plus(Duration::from_secs(24 * 3600));
    let made = app_.store.write(async |tx: &mut Tx| {
        let (token, secret) = issue(tx, app_, Kind::Guest, None, "Gus").await?;
        mailboxes::set(tx, token.id, &email, until).await?;
        Ok::<_, StoreError>(secret)
    });
    let secret = made.await.unwrap();
    let key = app_.media_keys.get(app_).await.unwrap();
    let cookie = format!("aside_guest_{}={}", key.tag(), secret.reveal());
    app.anonymous()
        .with("cookie", &cookie)
        .with("origin", "http://aside.test")
}

/// The id of what was made.
fn made_id(answer: Answer) -> String {
    let made: Value = answer.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// Sends a file of the owner; answers its id, and the words with it.
async fn attached(take: &Take, words: &Value) -> (String, Value) {
    let request = Request::post(take.api("/attachments?name=plan.txt"))
        .header("host", "aside.test")
        .header("content-length", 4)
        .body(Body::from("plan"));
    let id = made_id(take.owner.request(request.unwrap()).await);
    let mut words = words.clone();
    words["attachments"] = json!([id]);
    (id, words)
}
