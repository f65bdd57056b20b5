//! The calendar of due dates: for whoever has its address, with the rights of its person.

use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::people::recorded;
use crate::take::member;

async fn address(who: &Client) -> String {
    let told = who.post("/api/me/calendar", &json!({})).await;
    let told: Value = told.expect(200).json();
    let address = told["address"].as_str().unwrap();
    address
        .strip_prefix("http://aside.test")
        .unwrap()
        .to_owned()
}

#[both]
async fn a_thread_with_a_day_is_in_the_calendar_of_whoever_is_to_do_it(app: TestApp) {
    let take = recorded(&app, app.sam().await, "members").await;
    let mo = member(&app, "Mo").await;
    let me: Value = mo.get("/api/me").await.expect(200).json();
    let words = json!({ "at_ms": 500, "body": "fix, **please**; soon" });
    let posted = take.owner.post(&take.api("/comments"), &words).await;
    let thread = posted.expect(201).json::<Value>()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let assign = take.api(&format!("/comments/{thread}/assignment"));
    let to = json!({ "user_id": me["user"]["id"], "due_on": "2026-02-28" });
    take.owner.put(&assign, &to).await.expect(200);
    let path = address(&mo).await;
    let read = app.anonymous().get(&path).await.expect(200);
    assert_eq!(read.header("content-type"), "text/calendar; charset=utf-8");
    let text = read.text().replace("\r\n ", "");
    for line in [
        format!("UID:thread-{thread}@aside.test"),
        "DTSTART;VALUE=DATE:20260228".to_owned(),
        "SUMMARY:Bug in <login>: fix\\, please\\; soon".to_owned(),
        format!("URL:http://aside.test/w/{}?t=0", take.slug),
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
    // Unchanged, it is not sent again.
    let again = Request::get(&path)
        .header("host", "aside.test")
        .header("if-none-match", read.header("etag"))
        .body(Body::empty())
        .unwrap();
    app.anonymous().request(again).await.expect(304);
    // Rights are asked at each request.
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &closed).await.expect(200);
    let read = app.anonymous().get(&path).await.expect(200);
    assert!(!read.text().contains("VEVENT"), "{}", read.text());
    let open = json!({ "audience": "members" });
    take.owner.patch(&sharing, &open).await.expect(200);
    let done = json!({ "resolved": true });
    let comment = format!("/api/comments/{thread}");
    take.owner.patch(&comment, &done).await.expect(200);
    let read = app.anonymous().get(&path).await.expect(200);
    assert!(!read.text().contains("VEVENT"), "{}", read.text());
}

#[both]
async fn an_address_that_was_renewed_or_ended_opens_nothing(app: TestApp) {
    let sam = app.sam().await;
    let none: Value = sam.get("/api/me/calendar").await.expect(200).json();
    assert!(none["address"].is_null());
    let first = address(&sam).await;
    let shown: Value = sam.get("/api/me/calendar").await.expect(200).json();
    assert!(shown["address"].as_str().unwrap().ends_with(&first));
    let second = address(&sam).await;
    app.anonymous().get(&first).await.expect(404);
    app.anonymous().get(&second).await.expect(200);
    sam.delete("/api/me/calendar").await.expect(204);
    app.anonymous().get(&second).await.expect(404);
    let third = address(&sam).await;
    for old in [&first, &second] {
        app.anonymous().get(old).await.expect(404);
    }
    app.anonymous().get(&third).await.expect(200);
    for bad in ["/calendar/x", "/calendar/x.ics", "/calendar/.ics"] {
        app.anonymous().get(bad).await.expect(404);
    }
}
