//! A request of ours and what was answered, as other parts of the worker tell of it.

use std::borrow::Cow;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::checked_http::{Ask, Told};
use crate::domain::outbound::chat::Answer;
use crate::domain::outbound::outgoing::Outgoing;
use crate::domain::outbound::tracker::Verb;

/// Characters of an answer that are kept.
const EXCERPT: usize = 500;

pub(super) fn ask(request: Outgoing) -> Ask {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers {
        // None holds what a header may not.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(matches!(name, "authorization" | "private-token"));
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ask {
        method: match request.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
        },
        url: request.url,
        headers,
        body: request.body,
    }
}

pub(super) fn answer(told: &Told) -> Answer<'_> {
    let header = |name: &str| told.headers.get(name).and_then(|it| it.to_str().ok());
    Answer {
        status: told.status,
        retry_after: header("retry-after"),
        reset: header("x-ratelimit-reset").or_else(|| header("ratelimit-reset")),
        remaining: header("x-ratelimit-remaining").or_else(|| header("ratelimit-remaining")),
        body: &told.body,
    }
}

/// The beginning of an answer, as text on one line.
pub(super) fn excerpt(told: &Told) -> String {
    let text: Cow<'_, str> = String::from_utf8_lossy(&told.body);
    let text: String = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .take(EXCERPT)
        .collect();
    text.trim().to_owned()
}
