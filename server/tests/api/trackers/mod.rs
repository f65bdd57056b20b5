//! Issue trackers: what people ask for is made there once, how it stands comes back. The trackers are stand-ins on this machine; none of the
//! real services is reached.

mod hooks;
mod links;
mod made;
mod refused;
mod slack;
mod stand_in;

use std::sync::Arc;
use std::time::Duration;

use aside_server::checked_http::{CheckedHttp, Limits, SystemLookup};
use aside_server::domain::dial::DialRule;
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Reach, Tools};
use aside_server::testing::{Client, TestApp};
use serde_json::{Value, json};

use crate::take::Take;
use stand_in::StandIn;

const KINDS: [&str; 4] = ["github", "gitlab", "jira", "linear"];
const PUBLIC: &str = "https://aside.test";

fn set_up(app: TestApp) -> TestApp {
    app.configured(|config| config.public_url = Some(PUBLIC.parse().unwrap()))
}

/// Does what is due.
async fn work(app: &TestApp) {
    let limits = Limits {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
        answer: 16 * 1024,
    };
    let rule = DialRule::new("127.0.0.1".parse().unwrap());
    let http = CheckedHttp::looking_up(rule, limits, Arc::new(SystemLookup)).unwrap();
    let reach = Reach {
        http,
        public: Some(PUBLIC.parse().unwrap()),
    };
    let tools = Tools::with(ModelState::Missing).reaching(Some(reach));
    Worker::new(app.app.resources.clone(), tools)
        .run_until_idle()
        .await
        .unwrap();
}

/// Adds the tracker; answers the id of the destination and the secret of its webhooks.
async fn add(who: &Client, tracker: &StandIn, kind: &str, server: bool) -> (String, String) {
    let new = json!({
        "server": server,
        "kind": kind,
        "name": "Tracker",
        "target": {
            "url": tracker.url(), "project": tracker.project(), "token": "lin_api_hush", "account": "sam@example.org",
            "hook": if kind == "linear" { "linears-own" } else { "" },
        },
        "rule": { "events": [], "places": "all" },
    });
    let made: Value = who.post("/api/destinations", &new).await.expect(201).json();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    (text(&made["destination"]["id"]), text(&made["secret"]))
}

/// Asks for an issue of a comment.
async fn ask(who: &Client, take: &Take, tracker: &str, comment: &str) -> Value {
    let body = json!({ "tracker": tracker, "comment": comment });
    who.post(&take.api("/issues"), &body)
        .await
        .expect(202)
        .json()
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

/// What the page shows of the issues of a comment.
async fn shown(who: &Client, take: &Take, comment: &str) -> Vec<Value> {
    let all: Value = who.get(&take.api("/comments")).await.expect(200).json();
    let all = all["comments"].as_array().unwrap();
    let found = all.iter().find(|it| it["id"] == comment).unwrap();
    found["issues"].as_array().unwrap().clone()
}

async fn offered(who: &Client, take: &Take, comment: &str) -> Value {
    let path = format!("/issues?comment={comment}");
    who.get(&take.api(&path)).await.expect(200).json()
}

async fn log(who: &Client, id: &str) -> Vec<Value> {
    let path = format!("/api/destinations/{id}/deliveries");
    let page: Value = who.get(&path).await.expect(200).json();
    page["deliveries"].as_array().unwrap().clone()
}
