//! Rules of retention, by the worker: announced once, moved once, postponed, pinned, begun anew.

use std::time::Duration;

use aside_protocol::id::JobId;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::domain::account::Role;
use crate::domain::audit::Wanted;
use crate::jobs::worker::Worker;
use crate::jobs::{Job, ModelState, Tools};
use crate::mail::SmtpClient;
use crate::store::{Tx, jobs};
use crate::testing::smtp::SmtpServer;
use crate::testing::{Client, Take, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Days later a worker does what is due.
async fn days_later(app: &TestApp, days: u32, smtp: Option<&SmtpServer>) {
    app.clock.advance(DAY * days);
    let now = app.app.now();
    let id = JobId::new(now, app.app.id_entropy());
    let job = Job::ApplyRetention;
    let queued = app
        .app
        .store
        .write(async |tx: &mut Tx| jobs::enqueue(tx, &job, now, now, id).await);
    queued.await.unwrap();
    let smtp = smtp.map(|smtp| SmtpClient::open(&smtp.settings()).unwrap());
    let tools = Tools::with(ModelState::Missing).sending_by(smtp);
    Worker::new(app.app.resources.clone(), tools)
        .run_until_idle()
        .await
        .unwrap();
}

async fn finished(sam: &Client, seed: u8) -> Take {
    let take = Take::new(seed, 6);
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    take
}

async fn server_says(app: &TestApp, days: u32, since: &str) {
    let admin = app.person("admin", Role::Owner).await;
    let word = json!({ "days": days, "since": since });
    let said: Value = admin
        .put("/api/server/retention", &word)
        .await
        .expect(200)
        .json();
    assert_eq!(said, word);
}

async fn change(sam: &Client, change: Value) {
    sam.post("/api/library/change", &change).await.expect(204);
}

/// When it goes to the trash, as its card says.
async fn goes_at(sam: &Client, take: &Take) -> Option<i64> {
    let list: Value = sam.get("/api/recordings").await.expect(200).json();
    let cards = list["items"].as_array().unwrap();
    let card = cards.iter().find(|card| card["id"] == json!(take.id));
    card.unwrap()["goes_at"].as_i64()
}

async fn is_trashed(app: &TestApp, take: &Take) -> bool {
    let found = app.app.store.recording(take.id).await.unwrap().unwrap();
    found.deleted_at.is_some()
}

/// What the log says of a recording, oldest first.
async fn logged(app: &TestApp, take: &Take) -> Vec<String> {
    let all = app
        .app
        .store
        .audit(&Wanted::default(), None, 100)
        .await
        .unwrap();
    let of = all
        .into_iter()
        .rev()
        .filter(|it| it.recording == Some(take.id));
    of.map(|it| it.action).collect()
}

#[both]
async fn an_owner_is_told_once_a_week_before_and_the_recording_moves_once(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let sam = app.sam().await;
    let (take, other) = (finished(&sam, 1).await, finished(&sam, 2).await);
    server_says(&app, 30, "created").await;
    let made = app.app.now();
    days_later(&app, 22, Some(&smtp)).await;
    assert_eq!(goes_at(&sam, &take).await, None);
    assert_eq!(smtp.mails().len(), 0);

    days_later(&app, 1, Some(&smtp)).await;
    let due = made.plus(DAY * 30);
    assert_eq!(goes_at(&sam, &take).await, Some(due.micros()));
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1, "one for both");
    assert_eq!(mails[0].to, "sam@example.org");
    assert!(
        mails[0].text().contains("31 January 2026"),
        "{}",
        mails[0].text()
    );
    let library: Value = sam.get("/api/library").await.expect(200).json();
    assert_eq!(library["ending"], 2);
    let ending: Value = sam
        .get("/api/recordings?state=ending")
        .await
        .expect(200)
        .json();
    assert_eq!(ending["items"].as_array().unwrap().len(), 2);

    days_later(&app, 6, Some(&smtp)).await;
    assert_eq!(smtp.mails().len(), 1, "told once");
    assert!(!is_trashed(&app, &take).await);
    days_later(&app, 1, Some(&smtp)).await;
    assert!(is_trashed(&app, &take).await && is_trashed(&app, &other).await);
    let library: Value = sam.get("/api/library").await.expect(200).json();
    assert_eq!(library["ending"], 0);
    days_later(&app, 1, Some(&smtp)).await;
    assert_eq!(smtp.mails().len(), 1);
    let told = ["retention_announced", "retention_trashed"];
    assert_eq!(logged(&app, &take).await, told);
}

#[both]
async fn what_is_pinned_stays_and_what_comes_back_from_the_trash_begins_anew(app: TestApp) {
    let sam = app.sam().await;
    let (pinned, restored) = (finished(&sam, 1).await, finished(&sam, 2).await);
    server_says(&app, 30, "created").await;
    days_later(&app, 23, None).await;
    assert!(goes_at(&sam, &pinned).await.is_some());
    for _ in 0..2 {
        change(&sam, json!({ "ids": [pinned.id], "pinned": true })).await;
    }
    assert_eq!(goes_at(&sam, &pinned).await, None);
    days_later(&app, 7, None).await;
    assert!(!is_trashed(&app, &pinned).await && is_trashed(&app, &restored).await);
    change(&sam, json!({ "ids": [restored.id], "trashed": false })).await;
    days_later(&app, 22, None).await;
    assert_eq!(goes_at(&sam, &restored).await, None);
    days_later(&app, 8, None).await;
    assert!(goes_at(&sam, &restored).await.is_some() && !is_trashed(&app, &restored).await);

    change(&sam, json!({ "ids": [pinned.id], "pinned": false })).await;
    days_later(&app, 0, None).await;
    let now = app.app.now();
    let week = now.plus(DAY * 7).micros();
    assert_eq!(
        goes_at(&sam, &pinned).await,
        Some(week),
        "announced all the same"
    );
    assert_eq!(
        logged(&app, &pinned).await,
        [
            "retention_announced",
            "recording_pinned",
            "recording_unpinned",
            "retention_announced"
        ]
    );
}

#[both]
async fn a_folder_beats_the_server_and_what_lies_in_it_follows(app: TestApp) {
    let sam = app.sam().await;
    let (kept, short, top) = (
        finished(&sam, 1).await,
        finished(&sam, 2).await,
        finished(&sam, 3).await,
    );
    let folder = async |name: &str, parent: Option<&str>| {
        let new = json!({ "name": name, "parent_id": parent });
        let made: Value = sam.post("/api/folders", &new).await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let (archive, inside, drafts) = {
        let archive = folder("Archive", None).await;
        let inside = folder("Inside", Some(&archive)).await;
        (archive, inside, folder("Drafts", None).await)
    };
    let says = async |folder: &str, word: Value| {
        let body = json!({ "retention": { "says": word } });
        sam.patch(&format!("/api/folders/{folder}"), &body)
            .await
            .expect(200)
    };
    says(&archive, json!({ "days": null, "since": "created" })).await;
    says(&drafts, json!({ "days": 10, "since": "created" })).await;
    let into =
        |take: &Take, folder: &str| json!({ "ids": [take.id], "move_to": { "folder_id": folder } });
    change(&sam, into(&kept, &inside)).await;
    change(&sam, into(&short, &drafts)).await;
    server_says(&app, 30, "created").await;
    days_later(&app, 3, None).await;
    let path = format!("{}/retention", short.path());
    let found: Value = sam.get(&path).await.expect(200).json();
    assert_eq!(
        (
            &found["folder"],
            &found["rule"]["days"],
            &found["announced"]
        ),
        (&json!("Drafts"), &json!(10), &json!(true))
    );
    days_later(&app, 7, None).await;
    assert!(is_trashed(&app, &short).await && !is_trashed(&app, &top).await);
    days_later(&app, 13, None).await;
    days_later(&app, 7, None).await;
    assert!(is_trashed(&app, &top).await && !is_trashed(&app, &kept).await);
    // Out of the folder that keeps it the server's rule counts: not before a week.
    change(
        &sam,
        json!({ "ids": [kept.id], "move_to": { "folder_id": null } }),
    )
    .await;
    days_later(&app, 0, None).await;
    assert!(goes_at(&sam, &kept).await.is_some() && !is_trashed(&app, &kept).await);
    says(&archive, Value::Null).await;
}

#[both]
async fn a_view_postpones_where_the_rule_counts_views(app: TestApp) {
    let sam = app.sam().await;
    let take = finished(&sam, 1).await;
    server_says(&app, 30, "viewed").await;
    days_later(&app, 25, None).await;
    assert!(goes_at(&sam, &take).await.is_some());
    let report = json!({ "visitor": "a number", "stretches": [{ "from_ms": 0, "to_ms": 6000 }], "position_ms": 6000 });
    let path = format!("/api/watch/{}/watched", take.slug);
    app.anonymous().post(&path, &report).await.expect(204);
    days_later(&app, 5, None).await;
    assert!(!is_trashed(&app, &take).await);
    assert_eq!(goes_at(&sam, &take).await, None, "taken back");
    days_later(&app, 17, None).await;
    assert_eq!(
        goes_at(&sam, &take).await,
        None,
        "30 days since the view are not near"
    );
    days_later(&app, 1, None).await;
    assert!(goes_at(&sam, &take).await.is_some());
}

#[both]
async fn who_gets_a_recording_is_told_before_it_goes(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let sam = app.sam().await;
    let take = finished(&sam, 1).await;
    let ana = app.person("ana", Role::Member).await;
    server_says(&app, 30, "created").await;
    days_later(&app, 29, Some(&smtp)).await;
    assert!(goes_at(&sam, &take).await.is_some());
    let id = async |who: &Client| {
        let me: Value = who.get("/api/me").await.expect(200).json();
        me["user"]["id"].clone()
    };
    let chief = app.person("chief", Role::Owner).await;
    let path = format!(
        "/api/server/people/{}/hand-over",
        id(&sam).await.as_str().unwrap()
    );
    chief
        .post(&path, &json!({ "to": id(&ana).await }))
        .await
        .expect(200);
    days_later(&app, 1, Some(&smtp)).await;
    assert!(!is_trashed(&app, &take).await);
    let week = app.app.now().plus(DAY * 7).micros();
    assert_eq!(goes_at(&ana, &take).await, Some(week));
    assert_eq!(smtp.mails().last().unwrap().to, "ana@example.org");
}

#[both]
async fn a_take_that_is_being_made_and_a_server_without_rules_lose_nothing(app: TestApp) {
    let sam = app.sam().await;
    let take = finished(&sam, 1).await;
    days_later(&app, 4000, None).await;
    assert!(!is_trashed(&app, &take).await);
    let running = Take::new(2, 2);
    sam.create(&running).await.expect(201);
    server_says(&app, 1, "created").await;
    days_later(&app, 0, None).await;
    assert_eq!(goes_at(&sam, &running).await, None);
    assert!(goes_at(&sam, &take).await.is_some());
    let day = json!({ "days": 1, "since": "created" });
    sam.put("/api/server/retention", &day).await.expect(403);
    let chief = app.person("chief", Role::Owner).await;
    for bad in [0, 3651] {
        let word = json!({ "days": bad, "since": "created" });
        chief.put("/api/server/retention", &word).await.expect(422);
    }
    let never = json!({ "days": null, "since": "created" });
    chief.put("/api/server/retention", &never).await.expect(200);
    days_later(&app, 30, None).await;
    assert!(!is_trashed(&app, &take).await);
    assert_eq!(goes_at(&sam, &take).await, None, "taken back with the rule");
}
