//! Roles, deactivation, handing over, deletion: `/api/server/people`.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::in_tx;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::event_page::{Page, say};
use crate::take::{Take, begin};

const PASSWORD: &str = "correct horse battery";

pub(crate) async fn roster(who: &Client) -> Value {
    who.get("/api/server/people").await.expect(200).json()
}

/// Somebody as who runs the server sees them.
pub(crate) async fn person(admin: &Client, name: &str) -> Value {
    let roster = roster(admin).await;
    let people = roster["people"].as_array().unwrap();
    let found = people.iter().find(|it| it["name"] == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {roster}"))
        .clone()
}

pub(crate) async fn id_of(admin: &Client, name: &str) -> String {
    person(admin, name).await["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn change(admin: &Client, name: &str, change: &Value) -> Answer {
    let path = format!("/api/server/people/{}", id_of(admin, name).await);
    admin.patch(&path, change).await
}

pub(crate) async fn delete(admin: &Client, name: &str, body: &Value) -> Answer {
    let path = format!("/api/server/people/{}/delete", id_of(admin, name).await);
    admin.post(&path, body).await
}

async fn audience(take: &Take, audience: &str) {
    let path = format!("/api/recordings/{}/sharing", take.id);
    let change = json!({ "audience": audience });
    take.owner.patch(&path, &change).await.expect(200);
}

/// A recording of somebody, with picture, for this audience.
pub(crate) async fn recorded(app: &TestApp, owner: Client, for_whom: &str) -> Take {
    let take = begin(app, owner, &[TrackName::Video, TrackName::Audio]).await;
    take.record(1).await;
    audience(&take, for_whom).await;
    take
}

#[both]
async fn who_becomes_a_viewer_records_no_more_and_keeps_what_they_have(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let sam = app.sam().await;
    let take = begin(&app, sam.clone(), &[TrackName::Video]).await;
    take.send(TrackName::Video, 0..2).await;
    let viewer = json!({ "role": "viewer" });
    change(&olga, "sam", &viewer).await.expect(200);
    take.put(TrackName::Video, 2, crate::take::part(TrackName::Video, 2))
        .await
        .expect_problem(ProblemCode::MayNotRecord);
    sam.get(&take.api("")).await.expect(200);
    let list: Value = sam.get("/api/recordings").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[both]
async fn only_who_runs_the_server_looks_after_people(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let sam = app.sam().await;
    for client in [sam, app.person("vi", Role::Viewer).await] {
        client
            .get("/api/server/people")
            .await
            .expect_problem(ProblemCode::Forbidden);
        let path = format!("/api/server/people/{}", id_of(&olga, "sam").await);
        client
            .patch(&path, &json!({ "role": "owner" }))
            .await
            .expect_problem(ProblemCode::Forbidden);
    }
    let seen = person(&olga, "sam").await;
    assert_eq!(
        (&seen["role"], &seen["email"], &seen["recordings"]),
        (&json!("member"), &json!("sam@example.org"), &json!(0))
    );
    assert!(seen["last_seen_at"].is_i64(), "sam asked for something");
}

#[both]
async fn an_admin_may_do_nothing_with_owners(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    app.person("otto", Role::Owner).await;
    app.sam().await;
    let admin = app.person("adam", Role::Admin).await;
    for wanted in [json!({ "role": "member" }), json!({ "active": false })] {
        change(&admin, "otto", &wanted)
            .await
            .expect_problem(ProblemCode::Forbidden);
    }
    let gone = json!({ "recordings_to": null, "with_comments": false });
    delete(&admin, "otto", &gone)
        .await
        .expect_problem(ProblemCode::Forbidden);
    change(&admin, "sam", &json!({ "role": "owner" }))
        .await
        .expect_problem(ProblemCode::Forbidden);
    change(&admin, "sam", &json!({ "role": "admin" }))
        .await
        .expect(200);
    let invitation = json!({ "role": "owner" });
    admin
        .post("/api/server/invitations", &invitation)
        .await
        .expect_problem(ProblemCode::Forbidden);
    assert_eq!(person(&olga, "otto").await["role"], "owner");
}

#[both]
async fn the_last_owner_stays(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let otto = app.person("otto", Role::Owner).await;
    // A deactivated owner does not count.
    change(&otto, "olga", &json!({ "active": false }))
        .await
        .expect(200);
    olga.get("/api/server/people")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    for wanted in [json!({ "role": "admin" }), json!({ "active": false })] {
        let problem = change(&otto, "otto", &wanted)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert!(problem.detail.unwrap().contains("Nobody else is an owner"));
    }
    let gone = json!({ "recordings_to": null, "with_comments": true });
    delete(&otto, "otto", &gone)
        .await
        .expect_problem(ProblemCode::Invalid);
    change(&otto, "olga", &json!({ "active": true }))
        .await
        .expect(200);
    change(&otto, "otto", &json!({ "role": "admin" }))
        .await
        .expect(200);
}

#[both]
async fn of_two_owners_who_end_each_other_at_once_one_stays(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let otto = app.person("otto", Role::Owner).await;
    let demote = json!({ "role": "member" });
    let (to_otto, to_olga) = (id_of(&olga, "otto").await, id_of(&olga, "olga").await);
    let path = |id: &str| format!("/api/server/people/{id}");
    let answers = join_all([
        olga.patch(&path(&to_otto), &demote),
        otto.patch(&path(&to_olga), &demote),
    ])
    .await;
    let done = answers.iter().filter(|answer| answer.status == 200);
    assert_eq!(done.count(), 1, "{answers:?}");
}

#[both]
async fn of_two_who_change_somebody_at_once_the_second_is_told(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    app.sam().await;
    let seen = person(&olga, "sam").await;
    change(&olga, "sam", &json!({ "role": "admin" }))
        .await
        .expect(200);
    let late = olga
        .clone()
        .with("if-match", &format!("\"{}\"", seen["version"]));
    for wanted in [json!({ "role": "viewer" }), json!({ "active": false })] {
        change(&late, "sam", &wanted)
            .await
            .expect_problem(ProblemCode::VersionConflict);
    }
    let gone = json!({ "recordings_to": null, "with_comments": true });
    delete(&late, "sam", &gone)
        .await
        .expect_problem(ProblemCode::VersionConflict);
    let now = person(&olga, "sam").await;
    assert_eq!(
        (&now["role"], &now["deactivated_at"]),
        (&json!("admin"), &Value::Null)
    );
    // The same again changes nothing: a double click is no conflict.
    let current = olga.with("if-match", &format!("\"{}\"", now["version"]));
    for _ in 0..2 {
        let after: Value = change(&current, "sam", &json!({ "role": "admin" }))
            .await
            .expect(200)
            .json();
        assert_eq!(after["version"], now["version"]);
    }
}

#[both]
async fn who_is_deactivated_is_signed_out_everywhere_and_comes_back(app: TestApp) {
    let mia = json!({ "email": "mia@example.org", "name": "Mia", "password": PASSWORD });
    let set_up = app.anonymous().post("/api/setup", &mia).await.expect(201);
    let browser = app.anonymous().keep_cookies(&set_up);
    let made = browser.post("/api/tokens", &json!({ "name": "ci" })).await;
    let made: Value = made.expect(201).json();
    let secret = made["token"].as_str().unwrap();
    let program = app
        .anonymous()
        .with("authorization", &format!("Bearer {secret}"));
    let olga = app.person("olga", Role::Owner).await;
    let sam = app.sam().await;
    let take = recorded(&app, sam, "members").await;
    let own = recorded(&app, program.clone(), "owner").await;
    let media = [take.media(&browser).await, own.media(&browser).await];
    let others = take.media(&olga).await;
    let page = Page::open(
        &app,
        &take.api("/events"),
        Some(&program.authorization()),
        None,
    )
    .await;
    for link in &media {
        let list = format!("{link}/video.m3u8");
        app.anonymous().get(&list).await.expect(200);
    }
    change(&olga, "Mia", &json!({ "active": false }))
        .await
        .expect(200);

    let me: Value = browser.get("/api/me").await.expect(200).json();
    assert_eq!(me["user"], Value::Null);
    program
        .get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    for link in media {
        let list = format!("{link}/video.m3u8");
        app.anonymous()
            .get(&list)
            .await
            .expect_problem(ProblemCode::LinkExpired);
    }
    assert_eq!(page.rest().await.last().unwrap().kind, "reload");
    // Others only need another link, which they get.
    app.anonymous()
        .get(&format!("{others}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::LinkExpired);
    let again = take.media(&olga).await;
    app.anonymous()
        .get(&format!("{again}/video.m3u8"))
        .await
        .expect(200);

    let right = json!({ "email": "mia@example.org", "password": PASSWORD });
    let wrong = json!({ "email": "mia@example.org", "password": "another horse" });
    let problem = app
        .anonymous()
        .post("/api/session", &right)
        .await
        .expect_problem(ProblemCode::Forbidden);
    assert!(problem.detail.unwrap().contains("deactivated"));
    app.anonymous()
        .post("/api/session", &wrong)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let names: Value = olga.get("/api/people").await.expect(200).json();
    assert!(!names.to_string().contains("Mia"), "{names}");

    change(&olga, "Mia", &json!({ "active": true }))
        .await
        .expect(200);
    let back = app.anonymous().post("/api/session", &right).await;
    let back = app.anonymous().keep_cookies(&back.expect(200));
    back.get(&own.api("")).await.expect(200);
    program
        .get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn a_token_of_who_is_deactivated_counts_for_nothing_even_if_it_is_there(app: TestApp) {
    let sam = app.sam().await;
    let take = recorded(&app, sam.clone(), "owner").await;
    sam.get(&take.api("")).await.expect(200);
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            // As if it were given in the moment of the deactivation.
            const SQL: &str = "UPDATE users SET deactivated_at = 1";
            in_tx!(tx, |db| sqlx::query(SQL).execute(db).await.map(|_| ()))?;
            Ok(())
        })
        .await
        .unwrap();
    sam.get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    sam.get(&take.api(""))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn recordings_are_handed_over_with_what_was_named_on_them(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let (sam, mo) = (app.sam().await, app.person("mo", Role::Member).await);
    app.person("vi", Role::Viewer).await;
    let take = recorded(&app, sam.clone(), "owner").await;
    let trashed = recorded(&app, sam.clone(), "owner").await;
    let folder = sam.post("/api/folders", &json!({ "name": "Mine" })).await;
    let folder: Value = folder.expect(201).json();
    let moved = json!({ "ids": [take.id], "move_to": { "folder_id": folder["id"] } });
    sam.post("/api/library/change", &moved).await.expect(204);
    trashed.trash().await;
    let (id, to) = (id_of(&olga, "sam").await, id_of(&olga, "mo").await);
    let path = format!("/api/recordings/{}/people", take.id);
    sam.post(&path, &json!({ "user_id": to })).await.expect(200);
    let hand = format!("/api/server/people/{id}/hand-over");
    for nobody in [
        id,
        id_of(&olga, "vi").await,
        "01890000-0000-7000-8000-000000000000".to_owned(),
    ] {
        olga.post(&hand, &json!({ "to": nobody }))
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let given: Value = olga
        .post(&hand, &json!({ "to": to }))
        .await
        .expect(200)
        .json();
    assert_eq!(given["recordings"], 2);
    sam.get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    let sharing: Value = mo
        .get(&format!("/api/recordings/{}/sharing", take.id))
        .await
        .expect(200)
        .json();
    assert_eq!(sharing["people"], json!([]), "an owner is not named beside");
    mo.get(&format!("/api/trash/{}", trashed.slug))
        .await
        .expect(200);
    assert_eq!(person(&olga, "mo").await["recordings"], 2);
    assert_eq!(person(&olga, "sam").await["recordings"], 0);
}

/// Sam's recording, with a thread that Mo opened and Sam answered.
async fn discussed(app: &TestApp) -> (Client, Take) {
    let olga = app.person("olga", Role::Owner).await;
    let take = recorded(app, app.sam().await, "members").await;
    let mo = app.person("mo", Role::Member).await;
    let root = say(&mo, &take, "from mo").await;
    let reply = json!({ "at_ms": 0, "parent_id": root["id"], "body": "from sam" });
    let comments = take.api("/comments");
    take.owner.post(&comments, &reply).await.expect(201);
    say(&mo, &take, "alone").await;
    (olga, take)
}

async fn comments(who: &Client, take: &Take) -> Vec<(String, String)> {
    let list: Value = who.get(&take.api("/comments")).await.expect(200).json();
    let all = list["comments"].as_array().unwrap().iter();
    let mut all: Vec<_> = all
        .map(|it| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&it["author"]["name"]), text(&it["body"]))
        })
        .collect();
    all.sort_unstable();
    all
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, body): &(&str, &str)| ((*name).to_owned(), (*body).to_owned());
    of.iter().map(own).collect()
}

#[both]
async fn what_somebody_wrote_stays_without_their_name(app: TestApp) {
    let (olga, take) = discussed(&app).await;
    let mut page = Page::open(
        &app,
        &take.api("/events"),
        Some(&olga.authorization()),
        None,
    )
    .await;
    let gone = json!({ "recordings_to": null, "with_comments": false });
    delete(&olga, "mo", &gone).await.expect(204);
    let told = page.next_of("comment").await.data;
    assert_eq!(told["author"]["name"], "A former member");
    assert_eq!(
        comments(&olga, &take).await,
        pairs(&[
            ("A former member", "alone"),
            ("A former member", "from mo"),
            ("sam", "from sam")
        ])
    );
    assert!(!roster(&olga).await.to_string().contains("mo@example.org"));
}

#[both]
async fn with_everything_the_words_go_too_and_answers_of_others_stay(app: TestApp) {
    let (olga, take) = discussed(&app).await;
    let gone = json!({ "recordings_to": null, "with_comments": true });
    delete(&olga, "mo", &gone).await.expect(204);
    assert_eq!(
        comments(&olga, &take).await,
        pairs(&[("", ""), ("sam", "from sam")])
    );
    const SQL: &str = "SELECT COUNT(*) FROM comments WHERE body LIKE '%mo%' OR author_name = 'mo'";
    let left: i64 = app
        .app
        .store
        .write(async |tx: &mut Tx| -> Result<i64, StoreError> {
            Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
                .fetch_one(db)
                .await)?)
        })
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[both]
async fn recordings_of_who_is_deleted_go_to_somebody_or_for_good(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let (sam, mo) = (app.sam().await, app.person("mo", Role::Member).await);
    let given = recorded(&app, sam, "link").await;
    let removed = recorded(&app, mo.clone(), "link").await;
    let media = removed.media(&app.anonymous()).await;
    let to = id_of(&olga, "mo").await;
    let gone = json!({ "recordings_to": to, "with_comments": true });
    delete(&olga, "sam", &gone).await.expect(204);
    mo.get(&format!("/api/recordings/{}/sharing", given.id))
        .await
        .expect(200);
    // Of two who get them, one is deleted next.
    let gone = json!({ "recordings_to": null, "with_comments": true });
    delete(&olga, "mo", &gone).await.expect(204);
    for take in [&given, &removed] {
        app.anonymous()
            .get(&take.api(""))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    app.anonymous()
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::NotFound);
    const SQL: &str = "SELECT COUNT(*) FROM tombstones";
    let tombstones: i64 = app
        .app
        .store
        .write(async |tx: &mut Tx| -> Result<i64, StoreError> {
            Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
                .fetch_one(db)
                .await)?)
        })
        .await
        .unwrap();
    assert_eq!(tombstones, 8, "of each recording two parts of two tracks");
}

#[both]
async fn nobody_deletes_or_deactivates_themselves_here(app: TestApp) {
    app.person("olga", Role::Owner).await;
    let admin = app.person("adam", Role::Admin).await;
    change(&admin, "adam", &json!({ "active": false }))
        .await
        .expect_problem(ProblemCode::Invalid);
    let gone = json!({ "recordings_to": null, "with_comments": true });
    delete(&admin, "adam", &gone)
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn a_request_about_people_that_makes_no_sense_is_refused(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    app.sam().await;
    for bad in [
        json!({}),
        json!({ "role": "king" }),
        json!({ "role": "admin", "active": true }),
        json!({ "role": "x".repeat(10_000) }),
    ] {
        change(&olga, "sam", &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let nobody = "/api/server/people/01890000-0000-7000-8000-000000000000";
    olga.patch(nobody, &json!({ "role": "admin" }))
        .await
        .expect_problem(ProblemCode::NotFound);
    olga.patch("/api/server/people/x", &json!({ "role": "admin" }))
        .await
        .expect_problem(ProblemCode::NotFound);
    olga.post(&format!("{nobody}/hand-over"), &json!({ "to": "x" }))
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn every_change_of_people_is_written_down(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let (_sam, _mo) = (app.sam().await, app.person("mo", Role::Member).await);
    for wanted in [
        json!({ "role": "admin" }),
        json!({ "active": false }),
        json!({ "active": true }),
    ] {
        change(&olga, "sam", &wanted).await.expect(200);
    }
    let to = id_of(&olga, "mo").await;
    let gone = json!({ "recordings_to": to, "with_comments": false });
    delete(&olga, "sam", &gone).await.expect(204);
    let log: Value = olga.get("/api/audit").await.expect(200).json();
    let entries = log["entries"].as_array().unwrap();
    let actions: Vec<&str> = entries
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "person_deleted",
            "recordings_handed_over",
            "person_deactivated",
            "person_reactivated",
            "person_deactivated",
            "role_changed"
        ]
    );
    let role = &entries[5]["detail"];
    assert_eq!(
        (&role["name"], &role["before"], &role["after"]),
        (&json!("sam"), &json!("member"), &json!("admin"))
    );
}
