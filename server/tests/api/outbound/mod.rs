//! What leaves the server: webhooks, chats, their log. The receiver is a real HTTP server on this machine, which answers as the
//! published documentation says; none of the real services is reached.

mod address;
mod bench;
mod chat;
mod receiver;
mod rights;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use aside_server::checked_http::{CheckedHttp, Limits, Lookup, SystemLookup};
use aside_server::domain::dial::DialRule;
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Reach, Tools};
use aside_server::testing::{Client, TestApp};
use serde_json::{Value, json};

use crate::take::Take;

const PUBLIC: &str = "https://aside.test";

/// The application as its operator set it up: it knows its own address.
fn set_up(app: TestApp) -> TestApp {
    app.configured(|config| config.public_url = Some(PUBLIC.parse().unwrap()))
}

fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
        answer: 16 * 1024,
    }
}

/// A client that may ask this machine, and nobody else that is not public.
fn http(allowed: &str, limits: Limits, lookup: Arc<dyn Lookup>) -> CheckedHttp {
    let rule = DialRule::new(allowed.parse().unwrap());
    CheckedHttp::looking_up(rule, limits, lookup).unwrap()
}

fn worker_with(app: &TestApp, http: CheckedHttp) -> Worker {
    let reach = Reach {
        http,
        public: Some(PUBLIC.parse().unwrap()),
    };
    let tools = Tools::with(ModelState::Missing).reaching(Some(reach));
    Worker::new(app.app.resources.clone(), tools)
}

fn worker(app: &TestApp) -> Worker {
    worker_with(app, http("127.0.0.1", limits(), Arc::new(SystemLookup)))
}

/// Sends what is due.
async fn work(app: &TestApp) {
    worker(app).run_until_idle().await.unwrap();
}

/// A destination of everything that may be seen.
fn new(kind: &str, url: &str) -> Value {
    json!({
        "kind": kind,
        "name": "Build",
        "target": { "url": url, "room": "!r:example.org", "token": "syt_1" },
        "rule": { "events": ["comment.created", "recording.finished", "comment.resolved"], "places": "all" },
    })
}

/// Adds a destination; answers its id, and its secret where it has one.
async fn add(who: &Client, new: &Value) -> (String, String) {
    let made: Value = who.post("/api/destinations", new).await.expect(201).json();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    (text(&made["destination"]["id"]), text(&made["secret"]))
}

async fn log(who: &Client, id: &str) -> Vec<Value> {
    let path = format!("/api/destinations/{id}/deliveries?limit=100");
    let page: Value = who.get(&path).await.expect(200).json();
    page["deliveries"].as_array().unwrap().clone()
}

async fn destination(who: &Client, id: &str) -> Value {
    let all: Value = who.get("/api/destinations").await.expect(200).json();
    let all = all["destinations"].as_array().unwrap().clone();
    let found = all.into_iter().find(|it| it["id"] == id);
    found.expect("the destination")
}

async fn say(who: &Client, take: &Take, words: &str) -> String {
    let body = json!({ "at_ms": 500, "body": words });
    let comment: Value = who
        .post(&take.api("/comments"), &body)
        .await
        .expect(201)
        .json();
    comment["id"].as_str().unwrap().to_owned()
}
