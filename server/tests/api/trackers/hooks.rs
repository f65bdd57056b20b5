//! How an issue stands comes back by webhooks: from the tracker, once, and never from before.

use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hmac::Mac as _;
use serde_json::Value;

use super::stand_in::StandIn;
use super::{KINDS, add, ask, say, set_up, shown, work};
use crate::people::recorded;

fn signature(kind: &str, secret: &str, body: &str) -> (&'static str, String) {
    let mut mac =
        <hmac::Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digest = hex::encode(mac.finalize().into_bytes());
    match kind {
        "github" => ("x-hub-signature-256", format!("sha256={digest}")),
        "gitlab" => ("x-gitlab-token", secret.to_owned()),
        "jira" => ("x-hub-signature", format!("sha256={digest}")),
        _ => ("linear-signature", digest),
    }
}

async fn tell(to: &Client, kind: &str, id: &str, secret: &str, event: &Value) -> StatusCode {
    let body = event.to_string();
    let (name, value) = signature(kind, secret, &body);
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/hooks/{id}"))
        .header("host", "aside.test")
        .header("content-type", "application/json")
        .header("x-github-event", "issues")
        .header(name, value)
        .body(Body::from(body))
        .unwrap();
    to.request(request).await.status
}

#[both]
async fn the_state_of_an_issue_comes_by_a_webhook_once_and_only_from_its_tracker(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let anybody = app.anonymous();
    for kind in KINDS {
        let tracker = StandIn::start(kind).await;
        let (id, secret) = add(&take.owner, &tracker, kind, false).await;
        let comment = say(&take.owner, &take, "words").await;
        ask(&take.owner, &take, &id, &comment).await;
        work(&app).await;
        let now_ms = app.app.now().micros() / 1000;
        tracker.close("2025-12-31T23:00:00Z");
        let before = tracker.event(now_ms);
        assert_eq!(
            tell(&anybody, kind, &id, &secret, &before).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{kind}: of before"
        );
        tracker.close("2026-01-01T00:10:00Z");
        let event = tracker.event(now_ms);
        assert_eq!(
            tell(&anybody, kind, &id, "guessed", &event).await,
            StatusCode::FORBIDDEN,
            "{kind}"
        );
        let nothing = "01890000-0000-7000-8000-000000000000";
        assert_eq!(
            tell(&anybody, kind, nothing, &secret, &event).await,
            StatusCode::FORBIDDEN,
            "{kind}"
        );
        assert_eq!(
            shown(&take.owner, &take, &comment).await[0]["closed"],
            false,
            "{kind}"
        );
        assert_eq!(
            tell(&anybody, kind, &id, &secret, &event).await,
            StatusCode::NO_CONTENT,
            "{kind}"
        );
        let link = shown(&take.owner, &take, &comment).await;
        assert_eq!(link[0]["closed"], true, "{kind}: {link:?}");
        assert_eq!(
            tell(&anybody, kind, &id, &secret, &event).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{kind}: again"
        );
        if matches!(kind, "jira" | "linear") {
            let late = tracker.event(now_ms - 600_000);
            assert_eq!(
                tell(&anybody, kind, &id, &secret, &late).await,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{kind}: late"
            );
        }
        if kind != "linear" {
            let path = format!("/api/destinations/{id}/secret");
            let other: Value = take
                .owner
                .post(&path, &serde_json::json!({}))
                .await
                .expect(200)
                .json();
            assert_ne!(other["secret"], secret.as_str());
            let fresh = tracker.event(now_ms + 1);
            assert_eq!(
                tell(&anybody, kind, &id, &secret, &fresh).await,
                StatusCode::FORBIDDEN,
                "{kind}: the old secret"
            );
        }
    }
}

#[both]
async fn of_two_that_stand_for_the_same_issue_the_one_that_knows_better_stays(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    let tracker = StandIn::start("github").await;
    tracker.people_made("Cart is empty");
    let (id, secret) = add(&sam, &tracker, "github", false).await;
    let on = serde_json::json!({ "kind": "github", "project": "acme/shop", "issue": "1" });
    let linked = async |on: &Value| {
        let take = recorded(&app, sam.clone(), "link").await;
        let path = format!("/api/recordings/{}/issue-link", take.id);
        sam.post(&path, on).await.expect(202);
        work(&app).await;
        path
    };
    let early = linked(&on).await;
    tracker.stands(true, "2026-01-01T00:10:00Z");
    let late = linked(&on).await;
    // What was told in between arrives last.
    tracker.stands(false, "2026-01-01T00:05:00Z");
    let event = tracker.event(app.app.now().micros() / 1000);
    let told = tell(&app.anonymous(), "github", &id, &secret, &event).await;
    assert_eq!(told, StatusCode::NO_CONTENT);
    for (path, closed) in [(early, false), (late, true)] {
        let stands: Value = sam.post(&path, &on).await.expect(202).json();
        assert_eq!(stands["closed"], closed, "{stands}");
    }
}
