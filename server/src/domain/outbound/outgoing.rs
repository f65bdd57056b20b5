//! The request that carries a message, and what its answer means. Pure.

use aside_protocol::time::Timestamp;
use serde_json::Value;
use url::Url;

use super::chat::{Answer, common, discord, matrix, mattermost, slack, teams};
use super::message::Message;
use super::retry::Outcome;
use super::target::{Target, Way};

/// A request with a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// PUT; else POST.
    pub put: bool,
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// The request. The id of a message is that of its event: the same at every attempt, so that a receiver knows what it has had.
pub fn outgoing(target: &Target, message: &Message, now: Timestamp) -> Outgoing {
    let id = format!("msg_{}", message.event.id.0.simple());
    let (put, url, body) = match target {
        Target::Webhook { url, .. } => (false, url.clone(), message.json()),
        Target::Slack { url } => (false, url.clone(), slack::body(&message.card())),
        Target::Teams { url } => (false, url.clone(), teams::body(&message.card())),
        Target::Discord { url } => {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("with_components", "true");
            (false, url, discord::body(&message.card()))
        }
        Target::Mattermost { url } => (false, url.clone(), mattermost::body(&message.card())),
        Target::Matrix { url, room, .. } => {
            let url = matrix::address(url, room, &id);
            (true, url, matrix::body(&message.card()))
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
        put,
        url,
        headers,
        body,
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
    }
}
