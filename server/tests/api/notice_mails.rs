//! Mails about what concerns people: sent once, in order, to who may know it and has not read it. The mail server is real.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::smtp::{Fault, Received, SmtpServer};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::people::recorded;
use crate::take::{Take, member};

/// Longer than what is told at once waits.
const SOON: Duration = Duration::from_secs(31);

async fn say(who: &Client, take: &Take, body: Value) -> String {
    let answer = who.post(&take.api("/comments"), &body).await.expect(201);
    let comment: Value = answer.json();
    comment["id"].as_str().unwrap().to_owned()
}

/// Runs a worker until nothing is due.
async fn work(smtp: &SmtpServer, app: &TestApp) {
    smtp.worker(app).run_until_idle().await.unwrap();
}

async fn settle(smtp: &SmtpServer, app: &TestApp) -> Vec<Received> {
    app.clock.advance(SOON);
    work(smtp, app).await;
    smtp.mails()
}

async fn set(who: &Client, change: impl FnOnce(&mut Value)) {
    let path = "/api/me/notice-settings";
    let found: Value = who.get(path).await.expect(200).json();
    let mut settings = found["settings"].clone();
    change(&mut settings);
    who.put(path, &settings).await.expect(204);
}

#[both]
async fn a_mail_says_what_was_said_opens_at_its_second_and_stays_with_its_thread(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    take.send(aside_protocol::recording::TrackName::Video, 2..10)
        .await;
    let mo = member(&app, "Mo").await;
    let first = json!({ "at_ms": 3_400, "body": "the **button** is\ncut off" });
    let thread = say(&mo, &take, first).await;
    work(&smtp, &app).await;
    assert_eq!(smtp.mails(), [], "it waits a moment");
    let mails = settle(&smtp, &app).await;
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.to, "sam@example.org");
    assert_eq!(mail.head("subject"), "Re: Bug in <login>");
    let root = format!("<thread.{thread}@aside.test>");
    assert_eq!(
        (mail.head("in-reply-to"), mail.head("references")),
        (root.clone(), root.clone())
    );
    assert_eq!(mail.head("auto-submitted"), "auto-generated");
    assert!(mail.head("message-id").starts_with("<notice."));
    let text = mail.text();
    assert!(
        text.starts_with("Mo commented: Bug in <login> at 0:03\n> the button is cut off\n"),
        "{text}"
    );
    assert_eq!(
        mail.link(),
        format!("https://aside.test/w/{}?t=3&c={thread}", take.slug)
    );
    assert!(mail.raw.contains("color-scheme"));
    let answer = json!({ "parent_id": thread, "body": "on mine too" });
    say(&member(&app, "Ana").await, &take, answer).await;
    let mails = settle(&smtp, &app).await;
    let to: BTreeSet<&str> = mails[1..].iter().map(|it| &*it.to).collect();
    assert_eq!(to, BTreeSet::from(["mo@example.org", "sam@example.org"]));
    assert!(mails[1..].iter().all(|it| it.head("references") == root));
}

#[both]
async fn what_was_read_deleted_or_closed_meanwhile_is_not_mailed(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "members").await;
    let mo = member(&app, "Mo").await;
    let hello = || json!({ "at_ms": 0, "body": "hello" });
    let gone = say(&mo, &take, hello()).await;
    let path = format!("/api/comments/{gone}");
    mo.delete(&path).await.expect(204);
    assert_eq!(settle(&smtp, &app).await, []);
    say(&mo, &take, hello()).await;
    let seen = json!({ "recording_id": take.id });
    let read = take.owner.post("/api/me/notices/read", &seen).await;
    read.expect(204);
    assert_eq!(settle(&smtp, &app).await, []);
    let thread = say(&mo, &take, hello()).await;
    let mails = settle(&smtp, &app).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    say(
        &take.owner,
        &take,
        json!({ "parent_id": thread, "body": "secret" }),
    )
    .await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&path, &closed).await.expect(200);
    assert_eq!(settle(&smtp, &app).await.len(), 1);
    // Nor is it mailed later: it was decided about.
    let open = json!({ "audience": "members" });
    take.owner.patch(&path, &open).await.expect(200);
    assert_eq!(settle(&smtp, &app).await.len(), 1);
}

#[both]
async fn a_digest_comes_at_its_hour_once_and_lists_what_is_left(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    // It is midnight in Greenwich and 01:00 in Berlin.
    set(&take.owner, |it| {
        it["kinds"]["comment"] = json!("daily");
        it["daily_at"] = json!(8 * 60 + 30);
        it["zone"] = json!("Europe/Berlin");
    })
    .await;
    for n in 0..3 {
        say(
            &mo,
            &take,
            json!({ "at_ms": n * 100, "body": format!("number {n}") }),
        )
        .await;
        app.clock.advance(Duration::from_secs(1));
    }
    let inbox: Value = take.owner.get("/api/me/notices").await.json();
    let id = inbox["items"][2]["id"].clone();
    let read = json!({ "ids": [id], "read": true });
    let answer = take.owner.post("/api/me/notices/change", &read).await;
    answer.expect(200);
    app.clock
        .advance(Duration::from_secs(7 * 3600 + 30 * 60 - 4));
    work(&smtp, &app).await;
    assert_eq!(smtp.mails(), []);
    app.clock.advance(Duration::from_secs(1));
    work(&smtp, &app).await;
    let mails = smtp.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.head("subject"), "2 things for you");
    assert!(mail.head("message-id").starts_with("<digest."));
    let text = mail.text();
    assert!(
        text.contains("number 1") && text.contains("number 2") && !text.contains("number 0"),
        "{text}"
    );
    assert_eq!(settle(&smtp, &app).await.len(), 1);
}

#[both]
async fn one_click_in_the_mail_turns_such_mails_off_without_signing_in(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    let hello = || json!({ "at_ms": 0, "body": "hello" });
    say(&mo, &take, hello()).await;
    let mails = settle(&smtp, &app).await;
    assert_eq!(
        mails[0].head("list-unsubscribe-post"),
        "List-Unsubscribe=One-Click"
    );
    // A long head goes on in the next line (RFC 5322 §2.2.3).
    let raw = mails[0].raw.replace("\n ", " ");
    let line = raw.lines().find(|it| it.starts_with("List-Unsubscribe:"));
    let address = line.unwrap().split(['<', '>']).nth(1).unwrap();
    let path = address.strip_prefix("https://aside.test").unwrap();
    let click = |path: &str| {
        Request::post(path.to_owned())
            .header("host", "aside.test")
            .header("origin", "https://mail.example.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("List-Unsubscribe=One-Click"))
            .unwrap()
    };
    let nobody = app.anonymous();
    let api = path.replacen("/unsubscribe/", "/api/unsubscribe/", 1);
    let off: Value = nobody.get(&api).await.expect(200).json();
    assert_eq!(off["kind"], "comment");
    nobody
        .request(click("/unsubscribe/AAAA"))
        .await
        .expect_problem(ProblemCode::NotFound);
    nobody.request(click(path)).await.expect(204);
    say(&mo, &take, hello()).await;
    assert_eq!(settle(&smtp, &app).await.len(), 1);
    nobody
        .post(&api, &json!({ "off": false }))
        .await
        .expect(204);
    say(&mo, &take, hello()).await;
    assert_eq!(settle(&smtp, &app).await.len(), 2);
}

#[both]
async fn new_settings_count_for_what_waits(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    let hello = || json!({ "at_ms": 0, "body": "hello" });
    set(&take.owner, |it| it["kinds"]["comment"] = json!("daily")).await;
    say(&mo, &take, hello()).await;
    assert_eq!(settle(&smtp, &app).await, []);
    set(&take.owner, |it| it["kinds"]["comment"] = json!("at_once")).await;
    assert_eq!(settle(&smtp, &app).await.len(), 1);
    say(&mo, &take, hello()).await;
    set(&take.owner, |it| it["kinds"]["comment"] = json!("never")).await;
    assert_eq!(settle(&smtp, &app).await.len(), 1);
    let path = "/api/me/notice-settings";
    for (field, value) in [
        ("kinds", json!({ "nothing": "never" })),
        ("daily_at", json!(1440)),
        ("quiet", json!({ "from": 60, "to": 60 })),
        ("days", json!(vec![false; 7])),
        ("zone", json!("Berlin")),
    ] {
        let found: Value = mo.get(path).await.expect(200).json();
        let mut settings = found["settings"].clone();
        settings[field] = value;
        let problem = mo.put(path, &settings).await;
        let problem = problem.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
}

#[both]
async fn a_mail_server_that_is_away_costs_no_mail_and_no_second_one(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    say(&mo, &take, json!({ "at_ms": 0, "body": "hello" })).await;
    smtp.fail_next(Fault::Refuse(451));
    assert_eq!(settle(&smtp, &app).await, []);
    smtp.fail_next(Fault::HangUp);
    app.clock.advance(Duration::from_secs(600));
    work(&smtp, &app).await;
    app.clock.advance(Duration::from_secs(600));
    work(&smtp, &app).await;
    let mails = smtp.mails();
    assert_eq!(mails.len(), 2, "the answer to the first was lost");
    assert_eq!(mails[0].head("message-id"), mails[1].head("message-id"));
    app.clock.advance(Duration::from_secs(600));
    work(&smtp, &app).await;
    assert_eq!(smtp.mails().len(), 2);
}

/// Six people with twenty mails each.
const PEOPLE: usize = 6;
const EACH: usize = 20;

#[both]
async fn after_an_outage_no_mail_is_lost_or_out_of_order_and_each_kill_repeats_one_at_most(
    app: TestApp,
) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let thread = say(&take.owner, &take, json!({ "at_ms": 0, "body": "hello" })).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let one = member(&app, &format!("P{n}")).await;
        say(
            &one,
            &take,
            json!({ "parent_id": thread, "body": "me too" }),
        )
        .await;
        people.push(one);
    }
    for one in people.iter().chain([&take.owner]) {
        one.post("/api/me/notices/read", &json!({}))
            .await
            .expect(204);
    }
    assert_eq!(settle(&smtp, &app).await, []);
    for n in 0..EACH {
        let body = json!({ "parent_id": thread, "body": format!("number {n}.") });
        say(&take.owner, &take, body).await;
        app.clock.advance(Duration::from_millis(10));
    }
    app.clock.advance(SOON);
    // Killed in the middle, again and again; a lease runs out each time.
    let mut kills = 0;
    for until in [1, 20, 21, 65, 90] {
        let worker = smtp.worker(&app);
        let long_enough = async {
            while smtp.mails().len() < until {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            done = worker.run_until_idle() => done.unwrap(),
            () = long_enough => {}
        }
        kills += 1;
        app.clock.advance(Duration::from_secs(16));
    }
    work(&smtp, &app).await;
    let mails = smtp.mails();
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    let mut heard: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for mail in &mails {
        let count = by_id.entry(mail.head("message-id")).or_default();
        *count += 1;
        if *count == 1 {
            let text = mail.text();
            let line = text.lines().nth(1).unwrap_or_default();
            heard.entry(&mail.to).or_default().push(line.to_owned());
        }
    }
    assert_eq!(by_id.len(), PEOPLE * EACH);
    let twice = mails.len() - by_id.len();
    assert!(
        twice <= kills,
        "{twice} came twice: the one that a killed worker was just sending may"
    );
    let expected: Vec<String> = (0..EACH).map(|n| format!("> number {n}.")).collect();
    for (to, lines) in heard {
        assert_eq!(lines, expected, "{to}");
    }
}
