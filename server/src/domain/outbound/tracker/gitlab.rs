//! GitLab, gitlab.com or one's own.
//!
//! After docs.gitlab.com: "Issues API" (new, single, list project issues with `search` and `in`), "Notes API", "Projects API", "Personal access
//! tokens" (`PRIVATE-TOKEN`), "Rate limits" (429, `Retry-After`, `RateLimit-Reset`), "Webhook events" (issue events), "Webhooks" (`X-Gitlab-Token`).

use serde_json::{Value, json};

use super::{Call, Heard, Remote, Request, Tracker, Verb, instant, link, text};

pub fn request(tracker: &Tracker, call: &Call) -> Request {
    let under = |more: &[&str]| {
        // One piece: its slashes are escaped.
        let mut all = vec!["api", "v4", "projects", &tracker.project];
        all.extend(more);
        tracker.at(&all)
    };
    let (verb, url, body) = match call {
        Call::Look | Call::Team => (Verb::Get, under(&[]), None),
        Call::Find { mark } => {
            let mut url = under(&["issues"]);
            let mut query = url.query_pairs_mut();
            query
                .append_pair("search", mark)
                .append_pair("in", "description")
                .append_pair("scope", "all");
            drop(query);
            (Verb::Get, url, None)
        }
        Call::Create { mark, draft, .. } => {
            let body = format!("{}\n\n<!-- {mark} -->", draft.markdown());
            (
                Verb::Post,
                under(&["issues"]),
                Some(json!({ "title": draft.title, "description": body })),
            )
        }
        Call::Remark { remote, words } => (
            Verb::Post,
            under(&["issues", remote, "notes"]),
            Some(json!({ "body": words })),
        ),
        Call::Read { remote } => (Verb::Get, under(&["issues", remote]), None),
    };
    Request {
        verb,
        url,
        headers: vec![("private-token", tracker.token.clone())],
        body,
    }
}

pub fn heard(call: &Call, json: &Value) -> Option<Heard> {
    match call {
        Call::Look | Call::Team => json["path_with_namespace"].as_str().map(|_| Heard::Done),
        Call::Find { mark } => {
            let marked = |it: &&Value| {
                it["description"]
                    .as_str()
                    .is_some_and(|text| text.contains(mark.as_str()))
            };
            match json.as_array()?.iter().find(marked) {
                Some(found) => issue(found).map(Heard::Issue),
                None => Some(Heard::Nothing),
            }
        }
        Call::Create { .. } | Call::Read { .. } => issue(json).map(Heard::Issue),
        Call::Remark { .. } => json["id"].as_u64().map(|_| Heard::Done),
    }
}

fn issue(json: &Value) -> Option<Remote> {
    let number = json["iid"].as_u64()?;
    let url = link(&json["web_url"])?;
    // `group/project#12`, as people there write it.
    let name = json["references"]["relative"]
        .as_str()
        .or_else(|| json["references"]["short"].as_str());
    Some(remote(
        number,
        name,
        url,
        json["state"].as_str()?,
        &json["updated_at"],
    ))
}

fn remote(number: u64, name: Option<&str>, url: String, state: &str, at: &Value) -> Remote {
    let project = url
        .split("/-/")
        .next()
        .and_then(|it| it.rsplit('/').next())
        .unwrap_or_default();
    let name = name
        .filter(|it| !it.starts_with('#'))
        .map_or_else(|| format!("{project}#{number}"), str::to_owned);
    let closed = state == "closed";
    Remote {
        id: number.to_string(),
        name,
        url,
        state: if state == "opened" {
            "open".to_owned()
        } else {
            state.to_owned()
        },
        closed,
        changed_at: instant(at),
    }
}

/// The issue of a webhook of an issue event; none: it is about something else.
pub(super) fn told(tracker: &Tracker, json: &Value) -> Option<Remote> {
    let (path, number) = (
        text(&json["project"]["path_with_namespace"]),
        json["project"]["id"].to_string(),
    );
    let here = path.eq_ignore_ascii_case(&tracker.project) || number == tracker.project;
    if json["object_kind"].as_str() != Some("issue") || !here {
        return None;
    }
    let it = &json["object_attributes"];
    let url = link(&it["url"])?;
    Some(remote(
        it["iid"].as_u64()?,
        None,
        url,
        it["state"].as_str()?,
        &it["updated_at"],
    ))
}
