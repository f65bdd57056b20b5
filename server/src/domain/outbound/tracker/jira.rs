//! Jira Cloud, Server and Data Center.
//!
//! After developer.atlassian.com: "The Jira Cloud platform REST API" v2 and the "Jira Server platform REST API" (create issue, get issue, add
//! comment, get project; v2 takes wiki markup in both), "Search for issues using JQL" (`/search/jql` in the Cloud, `/search` on a server),
//! "Basic auth for REST APIs" (mail address and API token), "Personal Access Tokens" (`Bearer`), "Rate limiting" (429, `Retry-After`),
//! "Webhooks" (`X-Hub-Signature`), and "Text Formatting Notation".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Call, Heard, Remote, Request, Tracker, Verb, instant, text};

const FIELDS: &str = "status,updated";

pub fn request(tracker: &Tracker, call: &Call) -> Request {
    let (project, kind) = tracker
        .project
        .split_once('/')
        .unwrap_or((&tracker.project, "Task"));
    let under = |more: &[&str]| {
        let mut all = vec!["rest", "api", "2"];
        all.extend(more);
        tracker.at(&all)
    };
    let with = |mut url: url::Url, pairs: &[(&str, &str)]| {
        url.query_pairs_mut().extend_pairs(pairs);
        url
    };
    let (verb, url, body) = match call {
        Call::Look | Call::Team => (Verb::Get, under(&["project", project]), None),
        Call::Find { mark } => {
            let jql = format!("project = \"{project}\" AND labels = \"{mark}\"");
            let url = match tracker.account.is_empty() {
                true => under(&["search"]),
                false => under(&["search", "jql"]),
            };
            (
                Verb::Get,
                with(
                    url,
                    &[("jql", &jql), ("fields", FIELDS), ("maxResults", "1")],
                ),
                None,
            )
        }
        Call::Create { mark, draft, .. } => {
            let fields = json!({
                "project": { "key": project },
                "issuetype": { "name": kind.trim() },
                "summary": draft.title,
                "description": draft.wiki(),
                "labels": [mark],
            });
            (
                Verb::Post,
                under(&["issue"]),
                Some(json!({ "fields": fields })),
            )
        }
        Call::Remark { remote, words } => (
            Verb::Post,
            under(&["issue", remote, "comment"]),
            Some(json!({ "body": words })),
        ),
        Call::Read { remote } => (
            Verb::Get,
            with(under(&["issue", remote]), &[("fields", FIELDS)]),
            None,
        ),
    };
    let authorization = match tracker.account.as_str() {
        "" => format!("Bearer {}", tracker.token),
        mail => format!(
            "Basic {}",
            STANDARD.encode(format!("{mail}:{}", tracker.token))
        ),
    };
    Request {
        verb,
        url,
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("authorization", authorization),
            // Without it a server takes a request with a body for one of a browser ("XSRF check failed").
            ("x-atlassian-token", "no-check".to_owned()),
        ],
        body,
    }
}

pub fn heard(tracker: &Tracker, call: &Call, json: &Value) -> Option<Heard> {
    match call {
        Call::Look | Call::Team => json["key"].as_str().map(|_| Heard::Done),
        Call::Find { .. } => match json["issues"].as_array()?.first() {
            Some(found) => issue(tracker, found).map(Heard::Issue),
            None => Some(Heard::Nothing),
        },
        Call::Create { .. } | Call::Read { .. } => issue(tracker, json).map(Heard::Issue),
        Call::Remark { .. } => json["id"].as_str().map(|_| Heard::Done),
    }
}

/// The object of an issue, in answers and in webhooks. One that was just made has no fields.
pub(super) fn issue(tracker: &Tracker, json: &Value) -> Option<Remote> {
    let key = json["key"].as_str().filter(|it| it.contains('-'))?;
    let status = &json["fields"]["status"];
    Some(Remote {
        id: key.to_owned(),
        name: key.to_owned(),
        url: tracker.at(&["browse", key]).to_string(),
        state: text(&status["name"]),
        closed: status["statusCategory"]["key"].as_str() == Some("done"),
        changed_at: instant(&json["fields"]["updated"]),
    })
}

/// The issue of a webhook; none: it is about something else.
pub(super) fn told(tracker: &Tracker, json: &Value) -> Option<Remote> {
    let event = json["webhookEvent"].as_str()?;
    let mut issue = issue(tracker, &json["issue"])?;
    if !tracker.holds("", &issue.id) {
        return None;
    }
    match event {
        "jira:issue_deleted" => {
            issue.state = "deleted".to_owned();
            issue.closed = true;
        }
        "jira:issue_created" | "jira:issue_updated" => {}
        _ => return None,
    }
    Some(issue)
}
