//! Slack asks for previews of links: it gets those of what everybody with the link may see, and who else asks gets nothing.

use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hmac::Mac as _;
use serde_json::{Value, json};

use super::stand_in::StandIn;
use super::{log, set_up, work};
use crate::people::recorded;

async fn tell(to: &Client, id: &str, secret: &str, at: i64, event: &Value) -> Answer {
    let body = event.to_string();
    let mut mac =
        <hmac::Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/hooks/{id}"))
        .header("host", "aside.test")
        .header("content-type", "application/json")
        .header("x-slack-request-timestamp", at.to_string())
        .header(
            "x-slack-signature",
            format!("v0={}", hex::encode(mac.finalize().into_bytes())),
        )
        .body(Body::from(body))
        .unwrap();
    to.request(request).await
}

#[both]
async fn slack_gets_previews_of_what_everybody_may_see_and_of_nothing_else(app: TestApp) {
    let app = set_up(app);
    let slack = StandIn::start("slack").await;
    let sam = app.sam().await;
    let open = recorded(&app, sam.clone(), "link").await;
    let closed = recorded(&app, sam.clone(), "members").await;
    let new = json!({ "kind": "slack_app", "name": "Team", "rule": { "events": [], "places": "all" },
        "target": { "url": slack.url(), "token": "xoxb-hush", "hook": "signing" } });
    let made: Value = sam.post("/api/destinations", &new).await.expect(201).json();
    let id = made["destination"]["id"].as_str().unwrap();
    let anybody = app.anonymous();
    let now = app.app.now().micros() / 1_000_000;
    let challenge = json!({ "type": "url_verification", "challenge": "3eZbrw1aB" });
    let told = tell(&anybody, id, "signing", now, &challenge).await;
    assert_eq!(
        (told.status, told.text()),
        (StatusCode::OK, "3eZbrw1aB".to_owned())
    );
    let page = |slug: &str| format!("https://aside.test/w/{slug}");
    let (shown, hidden) = (page(open.slug.as_str()), page(closed.slug.as_str()));
    let shared = |links: &[&str], event: &str| {
        let links: Vec<Value> = links
            .iter()
            .map(|url| json!({ "domain": "aside.test", "url": url }))
            .collect();
        json!({ "type": "event_callback", "event_id": event, "event": { "type": "link_shared", "channel": "C1", "message_ts": "1.2", "links": links } })
    };
    let links = shared(
        &[
            &shown,
            &hidden,
            "https://aside.test/w/0123456789abcdefghijkl",
            "https://other.test/w/x",
        ],
        "Ev1",
    );
    assert_eq!(
        tell(&anybody, id, "guessed", now, &links).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        tell(&anybody, id, "signing", now - 600, &links)
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        tell(&anybody, id, "signing", now, &links).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        tell(&anybody, id, "signing", now, &links).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let none = shared(&[&hidden], "Ev2");
    assert_eq!(
        tell(&anybody, id, "signing", now, &none).await.status,
        StatusCode::NO_CONTENT
    );
    work(&app).await;
    let got = slack.got();
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(got[0].path.ends_with("/chat.unfurl"));
    assert_eq!(got[0].header("authorization"), "Bearer xoxb-hush");
    let body = &got[0].body;
    assert_eq!(
        (&body["channel"], &body["ts"]),
        (&json!("C1"), &json!("1.2"))
    );
    let unfurls = body["unfurls"].as_object().unwrap();
    assert_eq!(unfurls.keys().collect::<Vec<_>>(), [&shown]);
    assert_eq!(
        unfurls[&shown]["blocks"][0]["text"]["text"],
        "Bug in <login>"
    );
    let mut states: Vec<String> = log(&sam, id)
        .await
        .iter()
        .map(|it| it["state"].as_str().unwrap().to_owned())
        .collect();
    states.sort();
    assert_eq!(states, ["delivered", "dropped"]);
}
