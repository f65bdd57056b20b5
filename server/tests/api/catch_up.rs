//! Catching up: what somebody has not seen, who is asked to watch, and the one reminder.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::smtp::SmtpServer;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, begin, member, take};

const HOUR: i64 = 3_600_000_000;

async fn me(who: &Client) -> Value {
    let me: Value = who.get("/api/me").await.expect(200).json();
    me["user"]["id"].clone()
}

async fn waiting(who: &Client) -> Vec<Value> {
    let page: Value = who.get("/api/me/catch-up").await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

/// A finished take of two seconds for its owner alone.
async fn private(app: &TestApp) -> Take {
    let take = take(app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    let owner = json!({ "audience": "owner" });
    take.owner.patch(&path, &owner).await.expect(200);
    take
}

async fn share(take: &Take, with: &Client) {
    let path = format!("/api/recordings/{}/people", take.id);
    let named = json!({ "user_id": me(with).await });
    take.owner.post(&path, &named).await.expect(200);
}

async fn ask(take: &Take, people: &[&Client], due_at: Value) {
    let mut ids = Vec::new();
    for one in people {
        ids.push(me(one).await);
    }
    let path = format!("/api/recordings/{}/viewers", take.id);
    let body = json!({ "people": ids, "due_at": due_at });
    take.owner.put(&path, &body).await.expect(204);
}

async fn viewers(take: &Take) -> Value {
    let path = format!("/api/recordings/{}/viewers", take.id);
    take.owner.get(&path).await.expect(200).json()
}

#[both]
async fn what_is_shared_by_name_waits_until_it_is_done_with(app: TestApp) {
    let take = private(&app).await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    assert_eq!(waiting(&mo).await, Vec::<Value>::new());
    share(&take, &mo).await;
    let all = waiting(&mo).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["title"], "Bug in <login>");
    assert_eq!(all[0]["left_ms"], all[0]["duration_ms"]);
    assert_eq!(all[0]["required"], false);
    assert_eq!(waiting(&ana).await.len(), 0);
    let path = format!("/api/me/catch-up/{}", take.id);
    let done = |done: bool| json!({ "done": done });
    ana.put(&path, &done(true))
        .await
        .expect_problem(ProblemCode::NotFound);
    mo.put(&path, &done(true)).await.expect(204);
    assert_eq!(waiting(&mo).await.len(), 0);
    mo.put(&path, &done(false)).await.expect(204);
    assert_eq!(waiting(&mo).await.len(), 1);
    take.trash().await;
    assert_eq!(waiting(&mo).await.len(), 0);
}

#[both]
async fn who_is_asked_to_watch_is_told_and_the_owner_sees_who_has(app: TestApp) {
    let take = private(&app).await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    share(&take, &mo).await;
    let due = app.app.now().micros() + 72 * HOUR;
    ask(&take, &[&mo, &ana], json!(due)).await;
    let all = viewers(&take).await;
    assert_eq!(all["due_at"], due);
    let standing = |n: usize, field: &str| all["people"][n][field].clone();
    assert_eq!(
        (standing(0, "name"), standing(0, "may_watch")),
        (json!("Ana"), json!(false)),
        "it is not shared with her"
    );
    assert_eq!(
        (
            standing(1, "name"),
            standing(1, "may_watch"),
            standing(1, "seen")
        ),
        (json!("Mo"), json!(true), json!(false))
    );
    assert_eq!(waiting(&mo).await[0]["due_at"], due);
    assert_eq!(waiting(&mo).await[0]["required"], true);
    assert_eq!(waiting(&ana).await.len(), 0, "she may not see it");
    let inbox: Value = mo.get("/api/me/notices").await.expect(200).json();
    let kinds: Vec<&str> = inbox["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"required"), "{kinds:?}");
    let path = format!("/api/me/catch-up/{}", take.id);
    mo.put(&path, &json!({ "done": true })).await.expect(204);
    assert_eq!(viewers(&take).await["people"][1]["seen"], true);
    ask(&take, &[&ana], json!(null)).await;
    let all = viewers(&take).await;
    assert_eq!(all["people"].as_array().unwrap().len(), 1);
    assert_eq!(all["due_at"], json!(null));
    let path = format!("/api/recordings/{}/viewers", take.id);
    let now = app.app.now().micros();
    for (body, field) in [
        (json!({ "people": [], "due_at": now }), "due_at"),
        (json!({ "people": [take.id] }), "people"),
        (json!({ "people": [me(&take.owner).await] }), "people"),
    ] {
        let problem = take.owner.put(&path, &body).await;
        let problem = problem.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
}

#[both]
async fn who_has_not_watched_is_reminded_once_a_day_before(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = private(&app).await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    share(&take, &mo).await;
    share(&take, &ana).await;
    for one in [&mo, &ana] {
        one.post("/api/me/notices/read", &json!({}))
            .await
            .expect(204);
    }
    ask(
        &take,
        &[&mo, &ana],
        json!(app.app.now().micros() + 72 * HOUR),
    )
    .await;
    let work = async || smtp.worker(&app).run_until_idle().await.unwrap();
    app.clock.advance(Duration::from_secs(60));
    work().await;
    let asked: Vec<String> = smtp.mails().iter().map(|it| it.text()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].starts_with("Sam asks you to watch a recording"));
    let path = format!("/api/me/catch-up/{}", take.id);
    ana.put(&path, &json!({ "done": true })).await.expect(204);
    app.clock.advance(Duration::from_secs(47 * 3600));
    work().await;
    assert_eq!(smtp.mails().len(), 2);
    for _ in 0..3 {
        app.clock.advance(Duration::from_secs(3600));
        work().await;
    }
    let mails = smtp.mails();
    assert_eq!(mails.len(), 3, "{mails:?}");
    assert_eq!(mails[2].to, "mo@example.org");
    assert!(
        mails[2]
            .text()
            .starts_with("A recording still waits for you to watch it"),
    );
    assert!(viewers(&take).await["people"][1]["reminded_at"].is_number());
}

#[both]
async fn what_was_recorded_by_somebody_who_is_followed_is_told_once_it_is_for_others(app: TestApp) {
    let mo = member(&app, "Mo").await;
    let sam = app.sam().await;
    let path = format!(
        "/api/me/subscriptions/person/{}",
        me(&sam).await.as_str().unwrap()
    );
    mo.put(&path, &json!({ "follows": true })).await.expect(204);
    let tracks = [
        aside_protocol::recording::TrackName::Video,
        aside_protocol::recording::TrackName::Audio,
    ];
    let take = begin(&app, sam, &tracks).await;
    take.record(1).await;
    let kinds = async || {
        let inbox: Value = mo.get("/api/me/notices").await.expect(200).json();
        let items = inbox["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|it| it["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, Vec::<String>::new());
    take.finish(2, 2).await;
    assert_eq!(kinds().await, ["published"]);
}
