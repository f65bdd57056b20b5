//! How often a token may ask, and answers that are still the same.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Answer, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{member, take};

fn told(answer: &Answer) -> [String; 5] {
    [
        "ratelimit-policy",
        "ratelimit",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
    ]
    .map(|name| answer.header(name).to_owned())
}

#[both]
async fn a_token_that_asks_too_often_is_told_when_it_may_again(app: TestApp) {
    let app = app.configured(|config| config.api_rate = 3);
    let (sam, mo) = (app.sam().await, member(&app, "Mo").await);
    let first = sam.get("/api/recordings").await.expect(200);
    assert_eq!(
        told(&first),
        ["\"token\";q=3;w=60", "\"token\";r=2;t=20", "3", "2", "20"]
    );
    for _ in 0..2 {
        sam.get("/api/me").await.expect(200);
    }
    let refused = sam.get("/api/recordings").await;
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(refused.header("ratelimit"), "\"token\";r=0;t=60");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((20..=21).contains(&wait), "{wait}");
    refused.expect_problem(ProblemCode::TooManyRequests);
    mo.get("/api/recordings").await.expect(200);
    app.clock.advance(Duration::from_secs(wait));
    sam.get("/api/recordings").await.expect(200);
}

#[both]
async fn what_is_sent_of_a_recording_and_what_browsers_ask_is_not_counted(app: TestApp) {
    let app = app.configured(|config| config.api_rate = 1);
    let take = take(&app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    for _ in 0..3 {
        let page = app.anonymous().get(&take.api("")).await.expect(200);
        assert_eq!(page.header("ratelimit-limit"), "");
    }
}

#[both]
async fn a_link_on_an_issue_is_counted_although_a_recorder_sends_it(app: TestApp) {
    let app = app.configured(|config| config.api_rate = 1);
    let take = take(&app).await;
    let path = format!("/api/recordings/{}/issue-link", take.id);
    let on = json!({ "kind": "github", "project": "acme/shop", "issue": "7" });
    let first = take.owner.post(&path, &on).await.expect(422);
    assert_eq!(first.header("ratelimit-remaining"), "0");
    take.owner
        .post(&path, &on)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn what_has_not_changed_is_not_sent_again_to_a_program(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/comments");
    let first = take.owner.get(&path).await.expect(200);
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let polling = take.owner.clone().with("if-none-match", &etag);
    let same = polling.get(&path).await.expect(304);
    assert_eq!((same.text(), same.header("etag")), (String::new(), &*etag));
    let new = json!({ "at_ms": 0, "body": "words" });
    app.anonymous()
        .post(
            &path,
            &json!({ "at_ms": 0, "body": "words", "guest_name": "Bo" }),
        )
        .await
        .expect(201);
    let next = polling.get(&path).await.expect(200);
    let said: Value = next.json();
    assert_eq!(said["comments"][0]["body"], new["body"]);
    assert_ne!(next.header("etag"), etag);
    let page = app.anonymous().get(&path).await.expect(200);
    assert_eq!(page.header("etag"), "", "pages keep no answers");
}
