//! Every route × every kind of viewer × every state of sharing. The routes come from the router's own list: one without a row
//! here fails. What is expected is said here by a table of its own, not by the policy.

use std::collections::HashMap;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::upload::{CreateRecording, CreateTrack};
use aside_server::domain::account::Role;
use aside_server::domain::token::Kind;
use aside_server::http::policy::{Policy, Registered};
use aside_server::http::router;
use aside_server::service::token::issue;
use aside_server::store::{StoreError, Tx, mailboxes};
use aside_server::testing::{Answer, BEGINNING, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::take::{Take, begin, init, member};
use crate::watch::give_poster;
use aside_protocol::recording::TrackName;

const PASSWORD: &str = "a password of its own";

/// What a request needs to succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// About no recording: other tests say who may.
    Nothing,
    /// To see the recording, which is not in the trash.
    Watch,
    /// The same; the owner sees it in the trash too.
    Poster,
    /// The page of the link: there for whoever may see it, ask for its password or hear that it was deleted.
    Page,
    /// To have it as a file.
    File,
    /// To write a comment.
    Comment,
    /// To change a comment of the owner.
    EditOwners,
    /// To be the owner of what is not in the trash.
    Owner,
    /// To be the owner.
    OwnerAlways,
    /// To be the owner of what is in the trash; hidden from everybody else.
    OwnTrash,
    /// Begins the recording where there is none: the id cannot be hidden from who wants to use it.
    Create,
    /// Answers the same to every member.
    Ask,
    /// Takes a wrong password.
    Unlock,
    /// A media link that was given before the state began.
    OldLink,
}

/// What a request of a route needs, and its body.
fn row(method: &str, path: &str) -> Option<(Need, Value)> {
    let none = json!({});
    Some(match (method, path) {
        ("PUT", "/api/recordings/{id}") => (Need::Create, Value::Null),
        ("PUT", "/api/recordings/{id}/tracks/{track}/parts/{number}")
        | ("PUT", "/api/recordings/{id}/tracks/{track}/inits/{version}")
        | ("GET", "/api/recordings/{id}/upload")
        | ("POST", "/api/recordings/{id}/heartbeat")
        | ("POST", "/api/recordings/{id}/transcript/retry")
        | ("GET" | "DELETE", "/api/recordings/{id}/recorded-events")
        | ("GET", "/api/recordings/{id}/sharing") => (Need::Owner, none),
        ("POST", "/api/recordings/{id}/finish") => (Need::Owner, json!({ "tracks": [] })),
        ("PATCH", "/api/recordings/{id}") => (Need::Owner, json!({ "title": "Named" })),
        ("PATCH", "/api/recordings/{id}/sharing") => (Need::Owner, none),
        ("PUT", "/api/recordings/{id}/layout") => (Need::Owner, json!({ "moments": [] })),
        ("POST", "/api/recordings/{id}/link") => (Need::Owner, none),
        ("POST", "/api/recordings/{id}/people") => {
            (Need::Owner, json!({ "mail": "x@example.org" }))
        }
        // Of nobody and of no question: not found by the owner either.
        ("DELETE", "/api/recordings/{id}/people/{grant}") => (Need::OwnTrash, none),
        ("POST", "/api/recordings/{id}/requests/{request}") => {
            (Need::OwnTrash, json!({ "allow": true }))
        }
        ("POST", "/api/recordings/{id}/cancel") => (Need::OwnerAlways, none),
        ("DELETE", "/api/recordings/{id}") | ("POST", "/api/recordings/{id}/restore") => {
            (Need::OwnerAlways, none)
        }
        ("GET", "/api/trash/{slug}") => (Need::OwnTrash, none),
        ("GET", "/api/watch/{slug}")
        | ("GET", "/api/watch/{slug}/transcript")
        | ("GET", "/api/watch/{slug}/captions.vtt")
        | ("GET", "/api/watch/{slug}/comments")
        | ("GET", "/api/watch/{slug}/events")
        | ("GET", "/w/{slug}/master.m3u8") => (Need::Watch, none),
        ("GET", "/api/watch/{slug}/poster") => (Need::Poster, none),
        ("GET", "/w/{slug}") => (Need::Page, none),
        ("POST", "/api/watch/{slug}/download") => (Need::File, none),
        ("POST", "/api/watch/{slug}/comments") => (
            Need::Comment,
            json!({ "at_ms": 0, "body": "words", "guest_name": "Bo" }),
        ),
        ("PATCH", "/api/comments/{id}") => (Need::EditOwners, json!({ "body": "words" })),
        ("DELETE", "/api/comments/{id}") | ("POST", "/api/comments/{id}/restore") => {
            (Need::Owner, none)
        }
        ("POST", "/api/watch/{slug}/marks") => (Need::Owner, json!({ "at_ms": 0, "title": "it" })),
        ("PATCH", "/api/marks/{id}") => (Need::Owner, json!({ "title": "it" })),
        ("DELETE", "/api/marks/{id}") | ("POST", "/api/marks/{id}/restore") => (Need::Owner, none),
        ("POST", "/api/watch/{slug}/ask") => (Need::Ask, none),
        ("POST", "/api/watch/{slug}/mail-link") => {
            (Need::Ask, json!({ "email": "mailguest@example.org" }))
        }
        ("POST", "/api/watch/{slug}/unlock") => {
            (Need::Unlock, json!({ "password": "not this one" }))
        }
        ("GET", "/media/{cap}/{file}") | ("GET", "/media/{cap}/{track}/{file}") => {
            (Need::OldLink, none)
        }
        (_, path) if is_about_no_recording(path) => (Need::Nothing, none),
        _ => return None,
    })
}

fn is_about_no_recording(path: &str) -> bool {
    let others = [
        "/api/device/",
        // One's own alone, and all or none: `library.rs` says so.
        "/api/library",
        "/api/folders",
        "/api/me",
        "/api/mail-verification",
        "/api/mailbox",
        "/api/oidc/",
        "/api/password-reset",
        "/api/users/",
        "/api/session",
        "/api/setup",
        "/api/tokens",
        "/api/people",
        // Of who runs the server or is invited: `people.rs`, `groups.rs`, `invitations.rs` say so.
        "/api/invitation",
        "/api/server/",
        "/api/audit",
        "/healthz",
        "/robots.txt",
    ];
    ["/api/recordings", "/api/trash"].contains(&path)
        || others.iter().any(|other| path.starts_with(other))
}

/// How a recording is shared.
#[derive(Debug, Clone, Copy)]
struct State {
    audience: &'static str,
    condition: Condition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    Password,
    Ended,
    Trashed,
    /// Neither comments nor the file.
    OnlyWatch,
    /// Comments for members only.
    MembersComment,
}

fn states() -> Vec<State> {
    use Condition::{Ended, MembersComment, None, OnlyWatch, Password, Trashed};
    let state = |audience, condition| State {
        audience,
        condition,
    };
    let mut states = Vec::new();
    for audience in ["owner", "members", "link"] {
        states.extend([None, Password, Ended, Trashed].map(|it| state(audience, it)));
    }
    states.extend([OnlyWatch, MembersComment].map(|it| state("link", it)));
    states
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Anonymous,
    Guest,
    /// Anonymous, and proved to know the password before.
    Knowing,
    Stranger,
    /// May watch and comment on this server, but not record.
    OnlyViewer,
    Admin,
    Named,
    /// By mail address.
    NamedByMail,
    NamedByGroup,
    /// The same, and may not record.
    ViewerByGroup,
    /// Without an account, by a mail address whose mailbox they proved to have.
    MailGuest,
    /// The same, by an address that is not named.
    StrayMailGuest,
    Owner,
}

impl Who {
    const ALL: [Self; 13] = [
        Self::Anonymous,
        Self::Guest,
        Self::Knowing,
        Self::Stranger,
        Self::OnlyViewer,
        Self::Admin,
        Self::Named,
        Self::NamedByMail,
        Self::NamedByGroup,
        Self::ViewerByGroup,
        Self::MailGuest,
        Self::StrayMailGuest,
        Self::Owner,
    ];

    const fn has_account(self) -> bool {
        !matches!(
            self,
            Self::Anonymous | Self::Guest | Self::Knowing | Self::MailGuest | Self::StrayMailGuest
        )
    }
}

/// What is expected of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Success,
    /// Exactly what is answered where there is nothing.
    Hidden,
    Problem(ProblemCode),
    /// One of the ways to say no.
    Refused,
}

/// Whether somebody may know of the recording.
fn sees(who: Who, state: State) -> Expected {
    let named = matches!(
        who,
        Who::Named | Who::NamedByMail | Who::NamedByGroup | Who::ViewerByGroup | Who::MailGuest
    );
    let in_audience = match state.audience {
        "link" => true,
        "members" => who.has_account(),
        _ => false,
    };
    match state.condition {
        _ if who == Who::Owner => Expected::Success,
        Condition::Ended => Expected::Hidden,
        _ if named => Expected::Success,
        _ if !in_audience => Expected::Hidden,
        Condition::Password if who != Who::Knowing => {
            Expected::Problem(ProblemCode::PasswordNeeded)
        }
        _ => Expected::Success,
    }
}

fn expected(need: Need, route: &Registered, who: Who, state: State) -> Expected {
    use Expected::{Hidden, Problem, Refused, Success};
    if matches!(route.policy, Policy::SignedIn | Policy::Recorder) && !who.has_account() {
        return Problem(ProblemCode::Unauthenticated);
    }
    if route.policy == Policy::Recorder && matches!(who, Who::OnlyViewer | Who::ViewerByGroup) {
        return Problem(ProblemCode::MayNotRecord);
    }
    let seen = sees(who, state);
    let trashed = state.condition == Condition::Trashed;
    let owner = who == Who::Owner;
    match need {
        Need::Nothing => Success,
        Need::Ask => Success,
        Need::Create => {
            if owner && !trashed {
                Success
            } else {
                Refused
            }
        }
        Need::OldLink => {
            // Nothing has changed for who may watch.
            let same = state.audience == "link"
                && matches!(state.condition, Condition::None | Condition::MembersComment);
            if same { Success } else { Refused }
        }
        Need::OwnTrash => {
            if owner && trashed && route.path == "/api/trash/{slug}" {
                Success
            } else {
                Refused
            }
        }
        Need::Page => match seen {
            Hidden => Hidden,
            _ => Success,
        },
        _ if seen != Success => match (need, seen) {
            (Need::Unlock, Problem(_)) if !trashed => Problem(ProblemCode::BadCredentials),
            _ => seen,
        },
        Need::Poster if owner => Success,
        Need::OwnerAlways => {
            // A finished recording cannot be cancelled.
            if owner && !route.path.ends_with("/cancel") {
                Success
            } else {
                Refused
            }
        }
        _ if trashed && (owner || !matches!(need, Need::Owner)) => Problem(ProblemCode::Gone),
        Need::Watch | Need::Poster | Need::Unlock => Success,
        Need::File => {
            if owner || state.condition != Condition::OnlyWatch {
                Success
            } else {
                Refused
            }
        }
        Need::Comment => match state.condition {
            Condition::OnlyWatch => Refused,
            Condition::MembersComment if !who.has_account() => Refused,
            _ => Success,
        },
        Need::EditOwners => {
            if owner && state.condition != Condition::OnlyWatch {
                Success
            } else {
                Refused
            }
        }
        Need::Owner => {
            if owner {
                Success
            } else {
                Refused
            }
        }
    }
}

/// A recording in a state, what is in it, and a media link from before.
struct Scene {
    take: Take,
    comment: String,
    mark: String,
    old_link: String,
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

struct People {
    clients: HashMap<Who, Client>,
    named: String,
    group: String,
}

impl People {
    async fn new(app: &TestApp, owner: &Client) -> Self {
        let named = member(app, "Nadia").await;
        let me: Value = named.get("/api/me").await.expect(200).json();
        let admin = app.person("admin", Role::Owner).await;
        let group = json!({ "name": "Group" });
        let group = admin.post("/api/server/groups", &group).await.expect(201);
        let group: Value = group.json();
        let group = group["id"].as_str().unwrap().to_owned();
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
    async fn scene(&mut self, app: &TestApp, state: State) -> Scene {
        let owner = self.clients[&Who::Owner].clone();
        let take = begin(app, owner, &[TrackName::Video, TrackName::Audio]).await;
        take.record(1).await;
        take.finish(2, 2).await;
        give_poster(app, &take, b"jpeg").await;
        let path = |rest: &str| format!("/api/recordings/{}{rest}", take.id);
        let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Ana" });
        let comment = take.owner.post(&take.api("/comments"), &words).await;
        let mark = json!({ "at_ms": 0, "title": "a chapter" });
        let mark = take.owner.post(&take.api("/marks"), &mark).await;
        let guest = app.anonymous().post(&take.api("/comments"), &words).await;
        let guest = app.anonymous().keep_cookies(&guest.expect(201));
        self.clients.insert(Who::Guest, guest);
        let old_link = take.media(&app.anonymous()).await;
        for person in [
            json!({ "user_id": self.named }),
            json!({ "mail": "Maila@example.org" }),
            json!({ "group_id": self.group }),
            json!({ "mail": "mailguest@example.org" }),
        ] {
            take.owner.post(&path("/people"), &person).await.expect(200);
        }
        let mut change = json!({ "audience": state.audience });
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
            change = json!({ "audience": state.audience });
        }
        take.owner
            .patch(&path("/sharing"), &change)
            .await
            .expect(200);
        if state.condition == Condition::Ended {
            app.clock.advance(std::time::Duration::from_secs(1));
        }
        if state.condition == Condition::Trashed {
            take.trash().await;
        }
        self.clients.insert(Who::Knowing, knowing);
        let id = |answer: Answer| {
            let made: Value = answer.expect(201).json();
            made["id"].as_str().unwrap().to_owned()
        };
        Scene {
            comment: id(comment),
            mark: id(mark),
            old_link,
            take,
        }
    }
}

/// A request of a route about a recording; or about one that does not exist.
fn request(route: &Registered, method: &str, body: &Value, scene: Option<&Scene>) -> Request<Body> {
    const NONE: &str = "01890000-0000-7000-8000-000000000000";
    let id = scene.map_or(NONE.to_owned(), |s| s.take.id.to_string());
    let pieces = route.path.split('/').map(|piece| match piece {
        "{id}" if route.path.starts_with("/api/comments/") => {
            scene.map_or(NONE, |s| s.comment.as_str())
        }
        "{id}" if route.path.starts_with("/api/marks/") => scene.map_or(NONE, |s| s.mark.as_str()),
        "{id}" => &id,
        "{slug}" => scene.map_or("0000000000000000000000", |s| s.take.slug.as_str()),
        "{track}" => "video",
        "{number}" => "0",
        "{version}" => "2",
        "{grant}" | "{request}" => NONE,
        other => other,
    });
    let mut path = pieces.collect::<Vec<_>>().join("/");
    if let Some(scene) = scene {
        let file = if route.path.contains("{track}") {
            "video/init.mp4"
        } else {
            "video.m3u8"
        };
        if route.path.starts_with("/media/") {
            path = format!("{}/{file}", scene.old_link);
        }
    }
    let body = match body {
        Value::Null => creation(scene),
        body => body.to_string(),
    };
    Request::builder()
        .method(method.parse::<Method>().unwrap())
        .uri(path)
        .header("host", "aside.test")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

fn creation(scene: Option<&Scene>) -> String {
    let tracks = [TrackName::Video, TrackName::Audio].map(|name| CreateTrack {
        name,
        init: init(name),
    });
    let create = scene.map(|scene| CreateRecording {
        slug: scene.take.slug.clone(),
        title: String::new(),
        started_at: BEGINNING,
        tracks: tracks.to_vec(),
        audience: None,
    });
    serde_json::to_string(&create).unwrap()
}

/// Whether an answer says no.
fn is_refusal(answer: &Answer) -> bool {
    [401, 403, 404, 410].contains(&answer.status.as_u16())
}

/// Whether a request of the owner changes the recording so that the next one would find another state.
fn disturbs(method: &str, path: &str) -> bool {
    matches!(
        (method, path),
        ("DELETE", "/api/recordings/{id}")
            | (
                "POST",
                "/api/recordings/{id}/restore" | "/api/recordings/{id}/link"
            )
            | ("DELETE", "/api/comments/{id}" | "/api/marks/{id}")
    )
}

/// Every request of a route about a recording, what it needs, and its body.
fn rows() -> Vec<(Registered, String, Need, Value)> {
    let (_, _, routes) = router::routes().finish();
    routes
        .into_iter()
        .flat_map(|route| {
            let methods = match &route.methods[..] {
                [] => vec!["GET".to_owned()],
                methods => methods.to_vec(),
            };
            methods.into_iter().map(move |method| {
                let (need, body) = row(&method, &route.path)
                    .unwrap_or_else(|| panic!("no row says who may {method} {}", route.path));
                (route.clone(), method, need, body)
            })
        })
        .filter(|(.., need, _)| *need != Need::Nothing)
        .collect()
}

#[test]
fn the_matrix_has_two_thousand_cells() {
    let cells = rows().len() * Who::ALL.len() * states().len();
    assert!(cells >= 2000, "{cells}");
}

#[both]
async fn nobody_gets_what_a_recording_for_its_owner_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "owner").await;
}

#[both]
async fn nobody_gets_what_a_recording_for_members_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "members").await;
}

#[both]
async fn nobody_gets_what_a_recording_for_everybody_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "link").await;
}

/// Walks the part of the matrix in which a recording is for this audience.
async fn nobody_gets_more(app: TestApp, audience: &str) {
    let rows = rows();
    let owner = member(&app, "Sam").await;
    let mut people = People::new(&app, &owner).await;
    let mut nothing: HashMap<(usize, Who), (u16, String)> = HashMap::new();
    let (mut cells, mut wrong) = (0, Vec::new());
    for state in states().into_iter().filter(|it| it.audience == audience) {
        let mut scene = people.scene(&app, state).await;
        for who in Who::ALL {
            for (n, (route, method, need, body)) in rows.iter().enumerate() {
                let expected = expected(*need, route, who, state);
                cells += 1;
                // A stream of events that is given does not end.
                if expected == Expected::Success && route.path.ends_with("/events") {
                    continue;
                }
                let client = people.clients[&who].clone();
                let answer = client
                    .request(request(route, method, body, Some(&scene)))
                    .await;
                let fits = match expected {
                    Expected::Success => !is_refusal(&answer),
                    Expected::Refused => is_refusal(&answer) || answer.status.as_u16() == 409,
                    Expected::Problem(code) => {
                        is_refusal(&answer) && answer.json::<Value>()["code"] == json!(code)
                    }
                    Expected::Hidden => {
                        let there = (answer.status.as_u16(), answer.text());
                        match nothing.get(&(n, who)) {
                            Some(known) => *known == there,
                            None => {
                                let asked = request(route, method, body, None);
                                let none = client.request(asked).await;
                                let none = (none.status.as_u16(), none.text());
                                let same = none == there;
                                nothing.insert((n, who), none);
                                same
                            }
                        }
                    }
                };
                if !fits {
                    wrong.push(format!(
                        "{who:?} {state:?} {method} {}: expected {expected:?}, got {} {}",
                        route.path,
                        answer.status,
                        answer.text().chars().take(120).collect::<String>()
                    ));
                }
                if expected == Expected::Success && disturbs(method, &route.path) {
                    scene = people.scene(&app, state).await;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
