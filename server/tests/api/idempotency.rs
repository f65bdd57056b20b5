//! `Idempotency-Key`: what creates something is done once, however often it is sent.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::service::idempotency::{self, Request};
use aside_server::store::Store;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, member, take};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn comments(take: &Take) -> usize {
    let said: Value = take
        .owner
        .get(&take.api("/comments"))
        .await
        .expect(200)
        .json();
    said["comments"].as_array().unwrap().len()
}

fn keyed(client: &Client, key: &str) -> Client {
    client.clone().with("idempotency-key", key)
}

#[both]
async fn a_request_that_is_sent_again_gets_the_first_answer_and_is_done_once(app: TestApp) {
    let take = take(&app).await;
    let (path, words) = (
        take.api("/comments"),
        json!({ "at_ms": 0, "body": "words" }),
    );
    let sam = keyed(&take.owner, "one");
    let first = sam.post(&path, &words).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = sam.post(&path, &words).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json::<Value>(), first.json::<Value>());
    assert_eq!(comments(&take).await, 1);
    // Keys of others are other keys.
    let mo = keyed(&member(&app, "Mo").await, "one");
    mo.post(&path, &words).await.expect(201);
    keyed(&take.owner, "two")
        .post(&path, &words)
        .await
        .expect(201);
    assert_eq!(comments(&take).await, 3);
    let other = sam
        .post(&path, &json!({ "at_ms": 0, "body": "others" }))
        .await;
    other.expect_problem(ProblemCode::KeyReused);
    app.clock.advance(DAY);
    sam.post(&path, &words).await.expect(201);
    assert_eq!(comments(&take).await, 4);
}

#[both]
async fn what_is_refused_is_not_kept(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/comments");
    let sam = keyed(&take.owner, "k");
    let wrong = json!({ "at_ms": 0, "body": "" });
    for _ in 0..2 {
        let answer = sam.post(&path, &wrong).await;
        assert_eq!(answer.header("idempotency-replayed"), "");
        answer.expect_problem(ProblemCode::Invalid);
    }
    let right = json!({ "at_ms": 0, "body": "right" });
    sam.post(&path, &right).await.expect(201);
    take.for_members_only().await;
    let mo = keyed(&member(&app, "Mo").await, "k");
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let off = take
        .owner
        .patch(&sharing, &json!({ "comments": "off" }))
        .await;
    off.expect(200);
    let words = json!({ "at_ms": 0, "body": "words" });
    mo.post(&path, &words)
        .await
        .expect_problem(ProblemCode::Forbidden);
    let on = take
        .owner
        .patch(&sharing, &json!({ "comments": "members" }))
        .await;
    on.expect(200);
    mo.post(&path, &words).await.expect(201);
}

#[both]
async fn a_key_of_who_has_no_account_is_passed_over(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/comments");
    let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Bo" });
    let stranger = keyed(&app.anonymous(), "k");
    let first = stranger.post(&path, &words).await.expect(201);
    let bo = keyed(&app.anonymous().keep_cookies(&first), "k");
    for _ in 0..2 {
        let said = bo.post(&path, &words).await.expect(201);
        assert_eq!(said.header("idempotency-replayed"), "");
    }
    assert_eq!(comments(&take).await, 3);
}

#[both]
async fn the_same_request_waits_for_the_first_one(app: TestApp) {
    let take = take(&app).await;
    let list: Value = take.owner.get("/api/tokens").await.expect(200).json();
    let path = take.api("/comments");
    let words = json!({ "at_ms": 0, "body": "words" });
    // As if the first one were under way.
    let sent = Request {
        token: list["tokens"][0]["id"].as_str().unwrap().parse().unwrap(),
        key: "k".to_owned(),
        digest: idempotency::digest(&path, words.to_string().as_bytes()),
    };
    idempotency::begin(&app.app, &sent).await.unwrap();
    let sam = keyed(&take.owner, "k");
    let answer = sam.post(&path, &words).await;
    assert_eq!(answer.header("retry-after"), "1");
    answer.expect_problem(ProblemCode::KeyInUse);
    idempotency::end(&app.app, &sent, None).await.unwrap();
    sam.post(&path, &words).await.expect(201);
    let long = keyed(&take.owner, &"k".repeat(256))
        .post(&path, &words)
        .await;
    long.expect_problem(ProblemCode::BadRequest);
}

/// Runs a statement past the program.
async fn run(app: &TestApp, sql: &'static str) {
    match &app.app.store {
        Store::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()),
        Store::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()),
    }
    .unwrap();
}

#[both]
async fn what_the_server_failed_at_is_sent_again_with_the_same_key(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/comments");
    let words = json!({ "at_ms": 0, "body": "words" });
    let sam = keyed(&take.owner, "k");
    run(&app, "ALTER TABLE comments RENAME TO comments_away").await;
    for _ in 0..2 {
        let failed = sam.post(&path, &words).await;
        assert!(failed.status.is_server_error(), "{}", failed.status);
        assert_eq!(failed.header("idempotency-replayed"), "");
    }
    run(&app, "ALTER TABLE comments_away RENAME TO comments").await;
    sam.post(&path, &words).await.expect(201);
    let again = sam.post(&path, &words).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(comments(&take).await, 1);
}

#[both]
async fn a_request_in_whose_middle_the_server_ended_holds_its_key_for_ten_minutes(app: TestApp) {
    let take = take(&app).await;
    let list: Value = take.owner.get("/api/tokens").await.expect(200).json();
    let path = take.api("/comments");
    let words = json!({ "at_ms": 0, "body": "words" });
    let sent = Request {
        token: list["tokens"][0]["id"].as_str().unwrap().parse().unwrap(),
        key: "k".to_owned(),
        digest: idempotency::digest(&path, words.to_string().as_bytes()),
    };
    idempotency::begin(&app.app, &sent).await.unwrap();
    let sam = keyed(&take.owner, "k");
    app.clock.advance(Duration::from_secs(599));
    sam.post(&path, &words)
        .await
        .expect_problem(ProblemCode::KeyInUse);
    app.clock.advance(Duration::from_secs(1));
    sam.post(&path, &words).await.expect(201);
    // What has an answer is kept longer.
    app.clock.advance(Duration::from_secs(3600));
    let again = sam.post(&path, &words).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
}
