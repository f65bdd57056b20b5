//! Threads at a moment: writing, changing, and what strangers must not be able to do.

mod assignments;
mod mentions;
mod notes;
mod pages;
mod reactions;
mod records;
mod rights;
mod threads;
mod writing;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::take::Take;

/// A stranger's browser after its first comment: it sends its cookie, and says that the page is ours.
pub(crate) async fn guest(app: &TestApp, take: &Take, name: &str, at_ms: u64) -> (Client, Value) {
    let answer = app
        .anonymous()
        .post(
            &take.api("/comments"),
            &json!({ "at_ms": at_ms, "body": "**hm**", "guest_name": name }),
        )
        .await
        .expect(201);
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with("aside_guest_"), "{cookie}");
    (
        app.anonymous()
            .with("cookie", &cookie)
            .with("sec-fetch-site", "same-origin"),
        answer.json(),
    )
}

pub(crate) async fn write(who: &Client, take: &Take, comment: Value) -> Value {
    who.post(&take.api("/comments"), &comment)
        .await
        .expect(201)
        .json()
}

pub(crate) async fn list(who: &Client, take: &Take) -> Vec<Value> {
    let all: Value = who.get(&take.api("/comments")).await.expect(200).json();
    all["comments"].as_array().unwrap().clone()
}

pub(crate) fn path(comment: &Value) -> String {
    format!("/api/comments/{}", comment["id"].as_str().unwrap())
}

pub(crate) fn ids(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|c| c["id"].as_str().unwrap()).collect()
}

pub(crate) async fn refused(answer: Answer, field: &str) {
    assert_eq!(
        answer.expect_problem(ProblemCode::Invalid).field.as_deref(),
        Some(field)
    );
}

/// The id of who asks, of somebody with an account.
pub(crate) async fn id_of(who: &Client) -> String {
    let me: Value = who.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}
