//! Chats: a receiver that behaves as their documentation says. What each card holds stands with `domain/outbound/chat`.

use std::time::Duration;

use aside_server::testing::TestApp;
use aside_test_macros::both;
use axum::http::Method;
use serde_json::Value;

use super::receiver::Receiver;
use super::{add, destination, log, new, say, set_up, work};
use crate::people::recorded;

#[both]
async fn each_chat_gets_a_card_in_its_own_shape(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let kinds = ["slack", "teams", "discord", "mattermost", "matrix"];
    let mut receivers = Vec::new();
    for kind in kinds {
        let receiver = Receiver::start().await;
        add(&take.owner, &new(kind, &receiver.url())).await;
        receivers.push(receiver);
    }
    say(
        &take.owner,
        &take,
        "@everyone the [button](https://evil.example) is cut off",
    )
    .await;
    work(&app).await;
    let got: Vec<_> = receivers
        .iter()
        .map(|it| it.got().pop().expect("a message"))
        .collect();
    let link = format!("https://aside.test/w/{}", take.slug);
    let bodies: Vec<Value> = got.iter().map(super::receiver::Got::json).collect();
    for (kind, body) in kinds.iter().zip(&bodies) {
        let text = body.to_string();
        assert!(
            text.contains(&link) && text.contains("sam commented"),
            "{kind}: {text}"
        );
        assert!(!text.contains("webhook-id"));
    }
    assert_eq!(bodies[0]["blocks"][0]["type"], "context");
    assert_eq!(
        bodies[1]["attachments"][0]["content"]["type"],
        "AdaptiveCard"
    );
    assert_eq!(
        bodies[2]["allowed_mentions"]["parse"],
        serde_json::json!([])
    );
    assert!(
        got[2].path.ends_with("key=secret&with_components=true"),
        "{}",
        got[2].path
    );
    assert_eq!(bodies[3]["attachments"][0]["title_link"], link);
    assert_eq!(got[4].method, Method::PUT);
    assert_eq!(got[4].header("authorization"), "Bearer syt_1");
    assert!(
        got[4]
            .path
            .contains("/rooms/!r:example.org/send/m.room.message/msg_"),
        "{}",
        got[4].path
    );
}

#[both]
async fn each_chats_way_to_ask_for_a_pace_is_understood(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    /// A chat, a header of its answer, its body.
    type Limit = (
        &'static str,
        Option<(&'static str, &'static str)>,
        &'static str,
    );
    let limits: [Limit; 5] = [
        ("slack", Some(("retry-after", "30")), ""),
        ("teams", Some(("retry-after", "30")), ""),
        (
            "discord",
            None,
            r#"{"message":"You are being rate limited.","retry_after":29.5,"global":false}"#,
        ),
        (
            "mattermost",
            Some(("x-ratelimit-reset", "30")),
            "limit exceeded",
        ),
        (
            "matrix",
            None,
            r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too many","retry_after_ms":30000}"#,
        ),
    ];
    let mut all = Vec::new();
    for (kind, header, body) in limits {
        let receiver = Receiver::start().await;
        receiver.then(429, header, body);
        let (id, _) = add(&take.owner, &new(kind, &receiver.url())).await;
        all.push((kind, id, receiver));
    }
    say(&take.owner, &take, "one").await;
    say(&take.owner, &take, "two").await;
    work(&app).await;
    app.clock.advance(Duration::from_secs(29));
    work(&app).await;
    for (kind, id, receiver) in &all {
        assert_eq!(
            receiver.got().len(),
            1,
            "{kind}: nothing else is sent there meanwhile"
        );
        assert_eq!(destination(&take.owner, id).await["failures"], 0, "{kind}");
    }
    app.clock.advance(Duration::from_secs(1));
    work(&app).await;
    for (kind, id, receiver) in &all {
        assert_eq!(receiver.got().len(), 3, "{kind}");
        let lines = log(&take.owner, id).await;
        assert!(
            lines.iter().all(|it| it["state"] == "delivered"),
            "{kind}: {lines:?}"
        );
    }
}

#[both]
async fn a_message_that_a_chat_refuses_is_not_sent_again_and_an_address_that_ended_pauses(
    app: TestApp,
) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("slack", &receiver.url())).await;
    receiver.then(400, None, "invalid_payload");
    say(&take.owner, &take, "one").await;
    work(&app).await;
    let line = &log(&take.owner, &id).await[0];
    assert_eq!(line["state"], "failed");
    assert_eq!(
        line["last"]["reason"],
        "it was refused (400): invalid_payload"
    );
    receiver.then(404, None, "no_service");
    say(&take.owner, &take, "two").await;
    work(&app).await;
    let shown = destination(&take.owner, &id).await;
    assert_eq!(shown["paused_why"], "it was refused (404): no_service");
    let address = shown["address"].as_str().unwrap();
    assert!(
        address.ends_with("/…cret") && !address.contains("hook"),
        "{address}"
    );
}
