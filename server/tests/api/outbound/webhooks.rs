//! Webhooks: signed, once or in the log with the reason, again for three days, and on demand.

use std::time::Duration;

use aside_server::domain::account::Role;
use aside_server::domain::outbound::signature::SigningSecret;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::receiver::{Got, Receiver};
use super::{add, destination, log, new, say, set_up, work};
use crate::people::recorded;
use crate::take::member;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The signature that the specification asks for.
fn signed(got: &Got, secret: &str) -> String {
    let at = got.header("webhook-timestamp").parse().unwrap();
    let secret = SigningSecret::from_text(secret).unwrap();
    secret.sign(got.header("webhook-id"), at, &got.body)
}

#[both]
async fn an_event_arrives_signed_and_says_who_said_what_where(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, secret) = add(&take.owner, &new("webhook", &receiver.url())).await;
    let mo = member(&app, "Mo").await;
    app.clock.advance(Duration::from_secs(7));
    let comment = say(&mo, &take, "the **button** is cut off").await;
    work(&app).await;
    let all = receiver.got();
    let [got] = &all[..] else { panic!("{all:?}") };
    assert_eq!(got.header("webhook-signature"), signed(got, &secret));
    assert_eq!(got.header("webhook-timestamp"), "1767225607");
    assert_eq!(got.header("content-type"), "application/json");
    assert!(got.header("user-agent").starts_with("Aside/"));
    let told = got.json();
    assert_eq!(told["type"], "comment.created");
    assert_eq!(told["timestamp"], "2026-01-01T00:00:07Z");
    let data = &told["data"];
    assert_eq!(data["actor"], "Mo");
    assert_eq!(data["comment"]["id"], comment);
    assert_eq!(data["comment"]["text"], "the **button** is cut off");
    assert_eq!(data["recording"]["title"], "Bug in <login>");
    let link = format!("https://aside.test/w/{}", take.slug);
    assert_eq!(data["recording"]["url"], link);
    let lines = log(&take.owner, &id).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["state"], "delivered");
    assert_eq!(lines[0]["last"]["status"], 200);
    assert_eq!(lines[0]["last"]["excerpt"], "ok");
    assert_eq!(lines[0]["recording"]["title"], "Bug in <login>");
    work(&app).await;
    assert_eq!(receiver.got().len(), 1);
}

#[both]
async fn what_was_not_taken_comes_again_under_the_same_id(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    receiver.then(500, None, "<html>down</html>");
    receiver.then(429, Some(("retry-after", "40")), "slow down");
    say(&take.owner, &take, "one").await;
    work(&app).await;
    assert_eq!(receiver.got().len(), 1, "it waits");
    let line = &log(&take.owner, &id).await[0];
    assert_eq!(
        (&line["state"], &line["attempts"]),
        (&json!("waiting"), &json!(1))
    );
    assert_eq!(line["last"]["reason"], "it failed there (500)");
    app.clock.advance(Duration::from_secs(6));
    work(&app).await;
    app.clock.advance(Duration::from_secs(39));
    work(&app).await;
    assert_eq!(
        receiver.got().len(),
        2,
        "it is left alone for as long as it asked for"
    );
    app.clock.advance(Duration::from_secs(1));
    work(&app).await;
    let got = receiver.got();
    assert_eq!(got.len(), 3);
    assert!(
        got.iter()
            .all(|it| it.header("webhook-id") == got[0].header("webhook-id"))
    );
    let line = &log(&take.owner, &id).await[0];
    assert_eq!(line["state"], "delivered");
    let path = format!(
        "/api/destinations/{id}/deliveries/{}",
        line["id"].as_str().unwrap()
    );
    let attempts: Value = take.owner.get(&path).await.expect(200).json();
    let statuses = attempts["attempts"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses.map(|it| it["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [500, 429, 200]);
    assert_eq!(destination(&take.owner, &id).await["failures"], 0);
}

#[both]
async fn after_three_days_it_is_paused_its_owner_is_told_and_all_that_failed_can_be_sent_again(
    app: TestApp,
) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    receiver.always(503);
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    for words in ["one", "two"] {
        say(&take.owner, &take, words).await;
    }
    for _ in 0..40 {
        app.clock.advance(Duration::from_secs(2 * 3600));
        work(&app).await;
    }
    let shown = destination(&take.owner, &id).await;
    assert!(shown["paused_at"].is_i64(), "{shown}");
    assert_eq!(shown["paused_why"], "it failed there (503)");
    let inbox: Value = take.owner.get("/api/me/notices").await.expect(200).json();
    assert_eq!(inbox["items"][0]["kind"], "stopped");
    let lines = log(&take.owner, &id).await;
    assert!(lines.iter().any(|it| it["state"] == "failed"), "{lines:?}");
    let before = receiver.got().len();
    say(&take.owner, &take, "three").await;
    app.clock.advance(DAY);
    work(&app).await;
    assert_eq!(
        receiver.got().len(),
        before,
        "nothing is sent while it is paused"
    );
    // A test is.
    receiver.always(200);
    let test = format!("/api/destinations/{id}/test");
    take.owner.post(&test, &json!({})).await.expect(202);
    work(&app).await;
    assert_eq!(receiver.got().last().unwrap().json()["type"], "test");
    let path = format!("/api/destinations/{id}");
    let resume = json!({ "paused": false });
    take.owner.patch(&path, &resume).await.expect(200);
    let replay = format!("{path}/replay");
    let all = json!({ "failed_since": 0 });
    take.owner.post(&replay, &all).await.expect(202);
    work(&app).await;
    let lines = log(&take.owner, &id).await;
    assert!(
        lines.iter().all(|it| it["state"] == "delivered"),
        "{lines:?}"
    );
    // One that was delivered, once more.
    let sent = receiver.got().len();
    let one = json!({ "delivery": lines[0]["id"] });
    let told: Value = take.owner.post(&replay, &one).await.expect(202).json();
    assert_eq!(told["deliveries"], 1);
    work(&app).await;
    assert_eq!(receiver.got().len(), sent + 1);
}

#[both]
async fn the_days_of_a_pause_do_not_count_for_what_waits(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    receiver.then(500, None, "");
    receiver.then(500, None, "");
    say(&take.owner, &take, "one").await;
    work(&app).await;
    let path = format!("/api/destinations/{id}");
    for paused in [true, false] {
        let wish = json!({ "paused": paused });
        take.owner.patch(&path, &wish).await.expect(200);
        if paused {
            app.clock.advance(DAY * 4);
        }
    }
    work(&app).await;
    assert_eq!(receiver.got().len(), 2);
    assert!(destination(&take.owner, &id).await["paused_at"].is_null());
    app.clock.advance(Duration::from_secs(6));
    work(&app).await;
    assert_eq!(log(&take.owner, &id).await[0]["state"], "delivered");
}

#[both]
async fn a_message_that_is_refused_for_what_it_says_shows_that_the_receiver_works(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("slack", &receiver.url())).await;
    receiver.then(500, None, "");
    receiver.then(400, None, "invalid_payload");
    say(&take.owner, &take, "one").await;
    work(&app).await;
    assert_eq!(destination(&take.owner, &id).await["failures"], 1);
    app.clock.advance(Duration::from_secs(6));
    work(&app).await;
    assert_eq!(log(&take.owner, &id).await[0]["state"], "failed");
    assert_eq!(destination(&take.owner, &id).await["failures"], 0);
}

#[both]
async fn a_receiver_that_is_gone_is_not_asked_again(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    receiver.then(410, None, "");
    say(&take.owner, &take, "one").await;
    work(&app).await;
    app.clock.advance(DAY);
    say(&take.owner, &take, "two").await;
    work(&app).await;
    assert_eq!(receiver.got().len(), 1);
    assert!(destination(&take.owner, &id).await["paused_at"].is_i64());
}

#[both]
async fn a_new_secret_signs_beside_the_old_one_for_a_day(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, old) = add(&take.owner, &new("webhook", &receiver.url())).await;
    let path = format!("/api/destinations/{id}/secret");
    let made: Value = take.owner.post(&path, &json!({})).await.expect(200).json();
    let new = made["secret"].as_str().unwrap();
    assert_ne!(new, old);
    say(&take.owner, &take, "one").await;
    work(&app).await;
    app.clock.advance(DAY);
    say(&take.owner, &take, "two").await;
    work(&app).await;
    let got = receiver.got();
    let both = format!("{} {}", signed(&got[0], new), signed(&got[0], &old));
    assert_eq!(got[0].header("webhook-signature"), both);
    assert_eq!(got[1].header("webhook-signature"), signed(&got[1], new));
    // Neither is shown again.
    let shown = take.owner.get("/api/destinations").await.expect(200).text();
    assert!(!shown.contains("whsec_"), "{shown}");
}

#[both]
async fn what_was_deleted_can_be_brought_back_and_sends_nothing_meanwhile(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    let path = format!("/api/destinations/{id}");
    take.owner.delete(&path).await.expect(204);
    say(&take.owner, &take, "one").await;
    work(&app).await;
    let restore = format!("{path}/restore");
    take.owner.post(&restore, &json!({})).await.expect(200);
    say(&take.owner, &take, "two").await;
    work(&app).await;
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].json()["data"]["comment"]["text"], "two");
}

#[both]
async fn a_recording_that_ends_and_a_thread_that_is_resolved_are_told_of(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let sam = app.sam().await;
    add(&sam, &new("webhook", &receiver.url())).await;
    let take = recorded(&app, sam, "owner").await;
    let later = || app.clock.advance(Duration::from_secs(1));
    take.finish(2, 2).await;
    later();
    let thread = say(&take.owner, &take, "one").await;
    later();
    let path = format!("/api/comments/{thread}");
    let done = json!({ "resolved": true });
    take.owner.patch(&path, &done).await.expect(200);
    work(&app).await;
    let kinds: Vec<_> = receiver
        .got()
        .iter()
        .map(|it| it.json()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["recording.finished", "comment.created", "comment.resolved"]
    );
}

#[both]
async fn ten_thousand_characters_and_what_is_no_address_are_refused_by_their_field(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    let long = "x".repeat(10_000);
    let mut cases = Vec::new();
    for (field, value) in [("name", json!(long)), ("name", json!(""))] {
        let mut body = new("webhook", "https://example.org/");
        body[field] = value;
        cases.push((field, body));
    }
    for url in [
        "",
        "ftp://example.org",
        "https://a:b@example.org",
        &format!("https://example.org/{long}"),
    ] {
        cases.push(("url", new("slack", url)));
    }
    let mut events = new("webhook", "https://example.org/");
    events["rule"]["events"] = json!([]);
    cases.push(("events", events));
    let mut places = new("webhook", "https://example.org/");
    places["rule"] = json!({ "events": ["comment.created"], "places": "chosen", "chosen": [] });
    cases.push(("chosen", places));
    let mut room = new("matrix", "https://example.org/");
    room["target"]["room"] = json!(long);
    cases.push(("room", room));
    for (field, body) in cases {
        let answer = sam.post("/api/destinations", &body).await.expect(422);
        assert_eq!(answer.json::<Value>()["field"], field, "{body:.200}");
    }
    for number in 0..20 {
        let mut body = new("webhook", "https://example.org/");
        body["name"] = json!(format!("{number}"));
        add(&sam, &body).await;
    }
    let many = sam
        .post("/api/destinations", &new("webhook", "https://example.org/"))
        .await;
    many.expect(422);
}

#[both]
async fn a_server_that_does_not_know_its_address_adds_none(app: TestApp) {
    let sam = app.sam().await;
    let body = new("webhook", "https://example.org/");
    sam.post("/api/destinations", &body).await.expect(403);
    let all: Value = sam.get("/api/destinations").await.expect(200).json();
    assert_eq!(all["available"], false);
}

#[both]
async fn a_changed_address_beside_a_replaced_secret_keeps_the_new_one(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    for round in 0..10 {
        let receiver = Receiver::start().await;
        let (id, _) = add(&sam, &new("webhook", "http://127.0.0.1:9/old")).await;
        let path = format!("/api/destinations/{id}");
        let moved = json!({ "target": { "url": receiver.url() } });
        let (secret, replaced) = (format!("{path}/secret"), json!({}));
        let (changed, rotated) =
            tokio::join!(sam.patch(&path, &moved), sam.post(&secret, &replaced));
        changed.expect(200);
        let rotated: Value = rotated.expect(200).json();
        sam.post(&format!("{path}/test"), &json!({}))
            .await
            .expect(202);
        work(&app).await;
        let got = receiver
            .got()
            .pop()
            .expect("it was sent to the new address");
        let right = signed(&got, rotated["secret"].as_str().unwrap());
        let shown = got.header("webhook-signature");
        assert!(
            shown.split(' ').next() == Some(right.as_str()),
            "round {round}: {shown}"
        );
        sam.delete(&path).await.expect(204);
    }
}

#[both]
async fn what_is_changed_for_the_whole_server_is_in_the_audit_log_without_a_secret(app: TestApp) {
    let app = set_up(app);
    let admin = app.person("admin", Role::Admin).await;
    let mut of_server = new("matrix", "https://matrix.example.org");
    of_server["server"] = json!(true);
    let (id, _) = add(&admin, &of_server).await;
    add(&admin, &new("matrix", "https://matrix.example.org/mine")).await;
    let path = format!("/api/destinations/{id}");
    admin
        .patch(&path, &json!({ "name": "Team", "paused": true }))
        .await
        .expect(200);
    admin.delete(&path).await.expect(204);
    admin
        .post(&format!("{path}/restore"), &json!({}))
        .await
        .expect(200);
    let log: Value = admin.get("/api/audit").await.expect(200).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let of_destinations: Vec<&Value> = entries
        .filter(|it| it["action"].as_str().unwrap().starts_with("destination_"))
        .collect();
    let actions: Vec<_> = of_destinations
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    let wanted = [
        "destination_added",
        "destination_changed",
        "destination_deleted",
        "destination_restored",
    ];
    assert_eq!(actions, wanted);
    assert_eq!(of_destinations[1]["detail"]["before"]["name"], "Build");
    assert_eq!(
        of_destinations[1]["detail"]["after"],
        json!({ "name": "Team", "kind": "matrix",
        "address": "https://matrix.example.org !r:example.org",
        "events": "recording.finished comment.created comment.resolved", "paused": true })
    );
    assert!(!log.to_string().contains("syt_1"));
}

#[both]
async fn a_chosen_folder_includes_those_that_lie_in_it(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let mut above = Value::Null;
    let mut chosen = Vec::new();
    for name in ["Work", "Bugs", "Open"] {
        let body = json!({ "name": name, "parent_id": above });
        let made: Value = take
            .owner
            .post("/api/folders", &body)
            .await
            .expect(201)
            .json();
        above = made["id"].clone();
        chosen.push(above.clone());
    }
    let mut wanted = new("webhook", &receiver.url());
    wanted["rule"]["places"] = json!("chosen");
    wanted["rule"]["chosen"] = json!([chosen[0]]);
    add(&take.owner, &wanted).await;
    say(&take.owner, &take, "outside").await;
    let into = json!({ "ids": [take.id], "move_to": { "folder_id": above } });
    take.owner
        .post("/api/library/change", &into)
        .await
        .expect(204);
    say(&take.owner, &take, "inside").await;
    work(&app).await;
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].json()["data"]["comment"]["text"], "inside");
}
