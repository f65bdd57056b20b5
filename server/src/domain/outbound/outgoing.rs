//! The request that carries a message, and what its answer means. Pure.

use aside_protocol::time::Timestamp;
use serde_json::Value;
use url::Url;

use super::chat::{Answer, common, discord, matrix, mattermost, slack, teams};
use super::message::Message;
use super::retry::Outcome;
use super::slack_app::{self, SlackApp};
use super::target::{Target, Way};
use super::tracker::{Call, Request, Verb, ask};

/// A request with a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub verb: Verb,
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl From<Request> for Outgoing {
    fn from(it: Request) -> Self {
        let mut headers = it.headers;
        if it.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Self {
            verb: it.verb,
            url: it.url,
            headers,
            body: it.body.as_ref().map(bytes).unwrap_or_default(),
        }
    }
}

/// The request. The id of a message is that of its event: the same at every attempt, so that a receiver knows what it has had.
pub fn outgoing(target: &Target, message: &Message, now: Timestamp) -> Outgoing {
    let id = format!("msg_{}", message.event.id.0.simple());
    let (verb, url, body) = match target {
        Target::Tracker(tracker) => return ask::request(tracker, &Call::Look).into(),
        Target::SlackApp(app) => return to_slack(app, slack_app::whose(app), &Value::Null),
        Target::Webhook { url, .. } => (Verb::Post, url.clone(), message.json()),
        Target::Slack { url } => (Verb::Post, url.clone(), slack::body(&message.card())),
        Target::Teams { url } => (Verb::Post, url.clone(), teams::body(&message.card())),
        Target::Discord { url } => {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("with_components", "true");
            (Verb::Post, url, discord::body(&message.card()))
        }
        Target::Mattermost { url } => (Verb::Post, url.clone(), mattermost::body(&message.card())),
        Target::Matrix { url, room, .. } => {
            let url = matrix::address(url, room, &id);
            (Verb::Put, url, matrix::body(&message.card()))
        }
    };
    let body = bytes(&body);
    let mut headers = vec![("content-type", "application/json".to_owned())];
    match target {
        Target::Webhook { secrets, .. } => {
            let signature = secrets.header(&id, now, &body);
            headers.push(("webhook-id", id));
            headers.push(("webhook-timestamp", (now.micros() / 1_000_000).to_string()));
            headers.push(("webhook-signature", signature));
        }
        Target::Matrix { token, .. } => {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        _ => {}
    }
    Outgoing {
        verb,
        url,
        headers,
        body,
    }
}

/// A call of Slack's Web API.
pub fn to_slack(app: &SlackApp, url: Url, body: &Value) -> Outgoing {
    Outgoing {
        verb: Verb::Post,
        url,
        headers: vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("authorization", format!("Bearer {}", app.token)),
        ],
        body: match body {
            Value::Null => b"{}".to_vec(),
            body => bytes(body),
        },
    }
}

/// Values always have a JSON form.
fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// What the answer to it means.
pub fn read(way: Way, answer: &Answer<'_>) -> Outcome {
    match way {
        Way::Webhook => common(answer),
        Way::Slack => slack::read(answer),
        Way::Teams => teams::read(answer),
        Way::Discord => discord::read(answer),
        Way::Mattermost => mattermost::read(answer),
        Way::Matrix => matrix::read(answer),
        Way::Github | Way::Gitlab | Way::Jira | Way::Linear => common(answer),
        Way::SlackApp => slack_app::read(answer),
    }
}
