//! GitHub, and GitHub Enterprise Server under `https://HOST/api/v3`.
//!
//! After docs.github.com, REST API version 2022-11-28: "REST API endpoints for issues" (create, get, list), "… for issue comments",
//! "Rate limits for the REST API", and "Webhook events and payloads" (`issues`), "Validating webhook deliveries".

use serde_json::{Value, json};

use super::{Call, Heard, Remote, Request, Tracker, Verb, instant, link, text};

pub fn request(tracker: &Tracker, call: &Call) -> Request {
    let mut pieces: Vec<&str> = vec!["repos"];
    pieces.extend(tracker.project.split('/'));
    let under = |more: &[&str]| {
        let mut all = pieces.clone();
        all.extend(more);
        tracker.at(&all)
    };
    let (verb, url, body) = match call {
        Call::Look | Call::Team => (Verb::Get, under(&[]), None),
        Call::Find { .. } => {
            let mut url = under(&["issues"]);
            url.set_query(Some("state=all&sort=created&direction=desc&per_page=50"));
            (Verb::Get, url, None)
        }
        Call::Create { mark, draft, .. } => {
            let body = format!("{}\n\n<!-- {mark} -->", draft.markdown());
            (
                Verb::Post,
                under(&["issues"]),
                Some(json!({ "title": draft.title, "body": body })),
            )
        }
        Call::Remark { remote, words } => (
            Verb::Post,
            under(&["issues", remote, "comments"]),
            Some(json!({ "body": words })),
        ),
        Call::Read { remote } => (Verb::Get, under(&["issues", remote]), None),
    };
    Request {
        verb,
        url,
        headers: vec![
            ("accept", "application/vnd.github+json".to_owned()),
            ("x-github-api-version", "2022-11-28".to_owned()),
            ("authorization", format!("Bearer {}", tracker.token)),
        ],
        body,
    }
}

pub fn heard(tracker: &Tracker, call: &Call, json: &Value) -> Option<Heard> {
    match call {
        Call::Look | Call::Team => json["full_name"].as_str().map(|_| Heard::Done),
        Call::Find { mark } => {
            let marked = |it: &&Value| {
                it["body"]
                    .as_str()
                    .is_some_and(|body| body.contains(mark.as_str()))
            };
            match json.as_array()?.iter().find(marked) {
                Some(found) => issue(tracker, found).map(Heard::Issue),
                None => Some(Heard::Nothing),
            }
        }
        Call::Create { .. } | Call::Read { .. } => issue(tracker, json).map(Heard::Issue),
        Call::Remark { .. } => json["id"].as_u64().map(|_| Heard::Done),
    }
}

/// The object "Issue", in answers and in webhooks.
pub(super) fn issue(tracker: &Tracker, json: &Value) -> Option<Remote> {
    let number = json["number"].as_u64()?;
    let state = json["state"].as_str()?;
    let closed = state == "closed";
    let state = match json["state_reason"].as_str() {
        Some("not_planned") if closed => "not planned",
        Some("duplicate") if closed => "duplicate",
        _ => state,
    };
    let repo = tracker.project.split('/').next_back().unwrap_or_default();
    Some(Remote {
        id: number.to_string(),
        name: format!("{repo}#{number}"),
        url: link(&json["html_url"])?,
        state: state.to_owned(),
        closed,
        changed_at: instant(&json["updated_at"]),
    })
}

/// The issue of a webhook of the event `issues`; none: it is about something else.
pub(super) fn told(tracker: &Tracker, event: &str, json: &Value) -> Option<Remote> {
    let here = text(&json["repository"]["full_name"]);
    if event != "issues" || !here.eq_ignore_ascii_case(&tracker.project) {
        return None;
    }
    let mut issue = issue(tracker, &json["issue"])?;
    if matches!(json["action"].as_str(), Some("deleted" | "transferred")) {
        issue.state = text(&json["action"]);
        issue.closed = true;
    }
    Some(issue)
}
