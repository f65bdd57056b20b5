//! Linear.
//!
//! After linear.app/developers: "Getting started" (personal API keys go into `Authorization` as they are, OAuth tokens behind `Bearer`), the
//! schema (`issueCreate` with an `id` of our own, `issue`, `commentCreate`, `teams`), "Rate limiting" (400 with the code `RATELIMITED`),
//! "Webhooks" (`Linear-Signature`, `webhookTimestamp`).

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::chat::Answer;
use super::super::retry::Outcome;
use super::{Call, Heard, Remote, Request, Tracker, Verb, instant, link, said, text};

const ISSUE: &str = "id identifier url updatedAt state { name type }";

/// The id that an issue gets, in the form of a random UUID: Linear makes no second one of the same.
fn id_of(mark: &str) -> String {
    let digest = Sha256::digest(mark.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

pub fn request(tracker: &Tracker, call: &Call) -> Request {
    let (query, variables) = match call {
        Call::Look | Call::Team => (
            "query($key: String!) { teams(filter: { key: { eq: $key } }) { nodes { id } } }"
                .to_owned(),
            json!({ "key": tracker.project }),
        ),
        Call::Find { mark } => (
            // By a filter, as one that is not there is an error by its id.
            format!(
                "query($id: ID!) {{ issues(filter: {{ id: {{ eq: $id }} }}) {{ nodes {{ {ISSUE} }} }} }}"
            ),
            json!({ "id": id_of(mark) }),
        ),
        Call::Create { mark, team, draft } => (
            format!(
                "mutation($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {ISSUE} }} }} }}"
            ),
            json!({ "input": { "id": id_of(mark), "teamId": team, "title": draft.title, "description": draft.markdown() } }),
        ),
        Call::Remark { remote, words } => (
            "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { success } }"
                .to_owned(),
            json!({ "input": { "issueId": remote, "body": words } }),
        ),
        Call::Read { remote } => (
            format!("query($id: String!) {{ issue(id: $id) {{ {ISSUE} }} }}"),
            json!({ "id": remote }),
        ),
    };
    let authorization = match tracker.token.starts_with("lin_api_") {
        true => tracker.token.clone(),
        false => format!("Bearer {}", tracker.token),
    };
    Request {
        verb: Verb::Post,
        url: tracker.url.clone(),
        headers: vec![("authorization", authorization)],
        body: Some(json!({ "query": query, "variables": variables })),
    }
}

/// What is wrong stands in `errors`, with 200 as well as with 400.
pub fn refusal(tracker: &Tracker, answer: &Answer<'_>) -> Result<(), Outcome> {
    let json = answer.json();
    let Some(first) = json["errors"].as_array().and_then(|it| it.first()) else {
        return Ok(());
    };
    let code = first["extensions"]["code"]
        .as_str()
        .or_else(|| first["extensions"]["type"].as_str());
    let code = code
        .unwrap_or_default()
        .to_lowercase()
        .replace([' ', '_'], "");
    let said = said(answer);
    let never = |why: String| Err(Outcome::Never { why });
    match code.as_str() {
        "ratelimited" => Err(Outcome::NotNow {
            why: format!("Linear asks for a slower pace{said}"),
            wait: Some(answer.wait().unwrap_or(Duration::from_secs(60))),
            paced: true,
        }),
        "authenticationerror" | "authenticationrequired" => never(format!(
            "Linear does not take the token{said}. Make a new one there, enter it under Settings → Integrations, then try again"
        )),
        "forbidden" => never(format!(
            "Linear does not let this token write in {}{said}. It needs “Create issues” and “Create comments”; then try again",
            tracker.project
        )),
        "internalerror" | "internalservererror" => Err(Outcome::NotNow {
            why: format!("Linear does not work at the moment{said}"),
            wait: None,
            paced: false,
        }),
        _ => never(format!("Linear does not take it like this{said}")),
    }
}

pub fn heard(call: &Call, json: &Value) -> Option<Heard> {
    let data = &json["data"];
    match call {
        Call::Look | Call::Team => {
            let team = data["teams"]["nodes"].as_array()?.first();
            Some(
                team.and_then(|it| it["id"].as_str())
                    .map_or(Heard::Nothing, |id| Heard::Team(id.to_owned())),
            )
        }
        Call::Find { .. } => match data["issues"]["nodes"].as_array()?.first() {
            Some(found) => issue(found).map(Heard::Issue),
            None => Some(Heard::Nothing),
        },
        Call::Create { .. } => issue(&data["issueCreate"]["issue"]).map(Heard::Issue),
        Call::Read { .. } => issue(&data["issue"]).map(Heard::Issue),
        Call::Remark { .. } => data["commentCreate"]["success"]
            .as_bool()
            .filter(|it| *it)
            .map(|_| Heard::Done),
    }
}

fn issue(json: &Value) -> Option<Remote> {
    let state = &json["state"];
    Some(Remote {
        id: json["id"].as_str()?.to_owned(),
        name: json["identifier"].as_str()?.to_owned(),
        url: link(&json["url"])?,
        state: text(&state["name"]),
        closed: matches!(
            state["type"].as_str(),
            Some("completed" | "canceled" | "duplicate")
        ),
        changed_at: instant(&json["updatedAt"]),
    })
}

/// The issue of a webhook of the type `Issue`; none: it is about something else.
pub(super) fn told(tracker: &Tracker, json: &Value) -> Option<Remote> {
    if json["type"].as_str() != Some("Issue") {
        return None;
    }
    let mut data = json["data"].clone();
    // Outside of `data` in some of them.
    if data["url"].is_null() {
        data["url"] = json["url"].clone();
    }
    let mut issue = issue(&data)?;
    if !tracker.holds("", &issue.name) {
        return None;
    }
    if json["action"].as_str() == Some("remove") {
        issue.state = "deleted".to_owned();
        issue.closed = true;
    }
    Some(issue)
}
