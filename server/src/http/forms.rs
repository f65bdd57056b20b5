//! Forms whose last writer used to win: what stands in them has a tag, and a change may say with `If-Match` (RFC 9110 §13.1.1) which
//! state it was made from. Where another one is there meanwhile, nothing is changed. Without the header everything is as before.
//!
//! The state is what a request for reading would be answered with. Two changes of one thing that both name a state wait for each other
//! in one process; between servers, and with a change that names none, there are milliseconds in which the later one is not told.

use std::error::Error as _;

use aside_protocol::problem::ProblemCode;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use tokio::sync::Mutex;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::body::{is_stalled, stalled};
use super::error::ApiError;
use super::mcp::Inner;

/// A change, and where its state is read.
struct Form {
    method: &'static str,
    path: &'static str,
    read: &'static str,
    state: State,
}

/// What of an answer is the state.
#[derive(Clone, Copy)]
enum State {
    Whole,
    /// These fields of it; the rest changes by itself. A point goes into each of a list.
    Fields(&'static [&'static str]),
    /// One of the list in this field, by its `id`; its tag stands in its `etag`.
    Item(&'static str),
}

const fn form(method: &'static str, path: &'static str, read: &'static str, state: State) -> Form {
    Form {
        method,
        path,
        read,
        state,
    }
}

const FORMS: [Form; 12] = [
    form(
        "PATCH",
        "/api/folders/{id}",
        "/api/library",
        State::Item("folders"),
    ),
    form(
        "PATCH",
        "/api/folders/{id}/sharing",
        "/api/folders/{id}/sharing",
        State::Fields(&["audience"]),
    ),
    form(
        "PATCH",
        "/api/destinations/{id}",
        "/api/destinations",
        State::Item("destinations"),
    ),
    form(
        "PUT",
        "/api/server/team-words",
        "/api/server/team-words",
        State::Whole,
    ),
    form(
        "PUT",
        "/api/server/retention",
        "/api/server/retention",
        State::Whole,
    ),
    form(
        "PUT",
        "/api/server/sharing",
        "/api/me/sharing",
        State::Whole,
    ),
    form("PUT", "/api/server/views", "/api/me/views", State::Whole),
    form("PUT", "/api/me/sharing", "/api/me/sharing", State::Whole),
    form("PUT", "/api/me/views", "/api/me/views", State::Whole),
    form(
        "PATCH",
        "/api/me/profile",
        "/api/me/profile",
        State::Fields(&["name", "time_zone", "language"]),
    ),
    form(
        "PUT",
        "/api/me/notice-settings",
        "/api/me/notice-settings",
        State::Whole,
    ),
    form(
        "PUT",
        "/api/recordings/{id}/viewers",
        "/api/recordings/{id}/viewers",
        State::Fields(&["people.id", "due_at"]),
    ),
];

/// What says who asks, and how they reached this server.
const KEPT: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::HOST,
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-host"),
];

/// Most bytes of an answer, and of a change.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
const MAX_CHANGE: usize = 1024 * 1024;

/// Says of a request that this server asks itself for another, which was counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within;

/// The answer instead of the change.
struct Refused(Box<Response>);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(Box::new(error.into_response()))
    }
}

/// What is known of a state.
enum Known {
    /// Its tags, that of the state first.
    Tags(Vec<String>),
    /// A list was read in which it is not.
    Absent,
    /// This person is told nothing: the change says why.
    Untold,
}

/// Changes wait for those of the same thing, and seldom for others.
static TURNS: [Mutex<()>; 16] = [const { Mutex::const_new(()) }; 16];

/// Of what stands in a form: 32 hexadecimal digits.
pub(in crate::http) fn tag_of(state: &impl Serialize) -> String {
    // What an answer is made of always has a JSON form.
    let text = serde_json::to_vec(state).unwrap_or_default();
    hex::encode(&Sha256::digest(text)[..16])
}

fn of_request(method: &str, path: &str) -> Option<&'static Form> {
    FORMS
        .iter()
        .find(|it| it.method == method && it.path == path)
}

/// Whether it is a change whose state has a tag.
pub(super) fn is_form(method: &str, path: &str) -> bool {
    of_request(method, path).is_some()
}

/// Whether the request says which state it was made from.
pub(super) fn wanted(parts: &Parts, path: &str) -> bool {
    let named = parts.headers.get(header::IF_MATCH);
    named.is_some_and(|it| it != "*") && of_request(parts.method.as_str(), path).is_some()
}

/// Carries the change out if that is still the state. Its answer has the tag of the state after it.
pub(super) async fn answer(parts: Parts, path: &str, body: Body, next: Next) -> Response {
    match carry_out(parts, path, body, next).await {
        Ok(response) => response,
        Err(Refused(answer)) => *answer,
    }
}

async fn carry_out(parts: Parts, path: &str, body: Body, next: Next) -> Result<Response, Refused> {
    let form = of_request(parts.method.as_str(), path);
    let form = form.ok_or_else(|| ApiError::internal("this is no form"))?;
    let read = filled(form, parts.uri.path());
    // All of it first: whoever sends slowly keeps nobody waiting.
    let bytes = to_bytes(body, MAX_CHANGE).await.map_err(|error| {
        if is_stalled(&error) {
            return stalled();
        }
        if error.source().is_some_and(|it| it.is::<LengthLimitError>()) {
            return ApiError::new(ProblemCode::TooLarge);
        }
        ApiError::new(ProblemCode::BadRequest).detail(error)
    })?;
    let turn = Sha256::digest(&read)[0] % 16;
    let _turn = TURNS[usize::from(turn)].lock().await;
    let id = parts.uri.path().split('/').nth(3).unwrap_or_default();
    let reading = Reading::of(&parts, &read, id.to_owned(), form.state)?;
    let is_same = match reading.known().await? {
        Known::Tags(tags) => names_one(&parts, &tags),
        Known::Absent => false,
        Known::Untold => true,
    };
    if !is_same {
        let refused = ApiError::new(ProblemCode::VersionConflict).detail(
            "It was changed meanwhile, by somebody else or in another window. Nothing was overwritten. Look at it again, then change it.",
        );
        return Err(refused.into());
    }
    let mut response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    // What cannot be read now was changed all the same.
    if response.status().is_success()
        && let Ok(Known::Tags(tags)) = reading.known().await
        && let Some(tag) = tags.first()
        && let Ok(value) = HeaderValue::from_str(&format!("\"{tag}\""))
    {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// Whether the request was made from the state of one of these tags.
fn names_one(parts: &Parts, tags: &[String]) -> bool {
    let named = parts.headers.get_all(header::IF_MATCH).iter();
    let named = named.filter_map(|it| it.to_str().ok());
    named.flat_map(|it| it.split(',')).any(|it| {
        let tag = it.trim().trim_start_matches("W/").trim_matches('"');
        tags.iter().any(|there| there == tag)
    })
}

/// Where the state of what the request changes is read.
fn filled(form: &Form, path: &str) -> String {
    let id = path.split('/').nth(3).unwrap_or_default();
    form.read.replace("{id}", id)
}

/// Asks this server what stands there now, as whoever asks for the change.
struct Reading {
    router: axum::Router,
    request: Parts,
    /// Where it is read else.
    second: Option<Uri>,
    id: String,
    state: State,
}

impl Reading {
    fn of(parts: &Parts, read: &str, id: String, state: State) -> Result<Self, ApiError> {
        let Some(Inner(router)) = parts.extensions.get::<Inner>().cloned() else {
            return Err(ApiError::internal("the router was built without itself"));
        };
        let mut request = Request::new(());
        *request.uri_mut() = read.parse().map_err(ApiError::internal)?;
        // Those of the server are a list of their own.
        let second = match state {
            State::Item("destinations") => Some(format!("{read}?server=true")),
            _ => None,
        };
        let second = second.map(|it| it.parse()).transpose();
        let kept = KEPT.into_iter().filter_map(|name| {
            let value = parts.headers.get(&name)?.clone();
            Some((name, value))
        });
        request.headers_mut().extend(kept);
        if let Some(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            request.extensions_mut().insert(*peer);
        }
        request.extensions_mut().insert(Within);
        Ok(Self {
            router,
            request: request.into_parts().0,
            second: second.map_err(ApiError::internal)?,
            id,
            state,
        })
    }

    async fn known(&self) -> Result<Known, Refused> {
        let first = self.read(self.request.clone()).await?;
        let Some(uri) = self.second.clone() else {
            return Ok(first);
        };
        if matches!(first, Known::Tags(_)) {
            return Ok(first);
        }
        let mut request = self.request.clone();
        request.uri = uri;
        Ok(match self.read(request).await? {
            Known::Untold => first,
            second => second,
        })
    }

    /// Where it cannot be read, nothing is changed.
    async fn read(&self, request: Parts) -> Result<Known, Refused> {
        let request = Request::from_parts(request, Body::empty());
        let Ok(response) = self.router.clone().oneshot(request).await;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => return Ok(Known::Untold),
            _ => return Err(Refused(Box::new(response))),
        }
        let bytes = to_bytes(response.into_body(), MAX_ANSWER).await;
        let bytes = bytes.map_err(ApiError::internal)?;
        Ok(tags(&bytes, self.state, &self.id).map_or(Known::Absent, Known::Tags))
    }
}

/// The tag of a state first, then that of the whole answer.
fn tags(answer: &[u8], state: State, id: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_slice(answer).ok()?;
    let whole = hex::encode(&Sha256::digest(answer)[..16]);
    match state {
        State::Item(list) => {
            // An id may be written in several ways.
            let id = id.parse::<Uuid>().ok()?;
            let is_it = |it: &&Value| {
                let there = it["id"].as_str().and_then(|text| text.parse::<Uuid>().ok());
                there == Some(id)
            };
            let found = value[list].as_array()?.iter().find(is_it)?;
            Some(vec![found["etag"].as_str()?.to_owned()])
        }
        State::Whole => Some(vec![tag_of(&value), whole]),
        State::Fields(fields) => {
            let fields: Vec<Value> = fields.iter().map(|it| field(&value, it)).collect();
            Some(vec![tag_of(&fields), whole])
        }
    }
}

fn field(value: &Value, path: &str) -> Value {
    match path.split_once('.') {
        None => value[path].clone(),
        Some((list, of_each)) => {
            let all = value[list].as_array().into_iter().flatten();
            all.map(|it| field(it, of_each)).collect()
        }
    }
}

/// The same answer with the tag of what it shows, where that is what a form changes. Programs got one of the whole answer.
pub(super) async fn tagged(method: &Method, path: &str, response: Response) -> Response {
    let form = FORMS
        .iter()
        .find(|it| it.read == path && !matches!(it.state, State::Item(_)));
    let Some(form) = form.filter(|_| method == Method::GET) else {
        return response;
    };
    if response.status() != StatusCode::OK || response.headers().contains_key(header::ETAG) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_ANSWER).await else {
        return ApiError::internal("an answer could not be read to its end").into_response();
    };
    let tag = tags(&bytes, form.state, "").and_then(|all| all.into_iter().next());
    if let Some(Ok(value)) = tag.map(|tag| HeaderValue::from_str(&format!("\"{tag}\""))) {
        head.headers.insert(header::ETAG, value);
    }
    Response::from_parts(head, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_what_the_form_changes_and_nothing_beside() {
        let answer = |percent: u8, id: u8| {
            json!({ "people": [{ "id": id, "percent": percent }], "due_at": 1 }).to_string()
        };
        let of = |text: &str, state| tags(text.as_bytes(), state, "").unwrap().remove(0);
        let viewers = State::Fields(&["people.id", "due_at"]);
        assert_eq!(of(&answer(1, 1), viewers), of(&answer(2, 1), viewers));
        assert_ne!(of(&answer(1, 1), viewers), of(&answer(1, 2), viewers));
        assert_ne!(
            of(&answer(1, 1), State::Whole),
            of(&answer(2, 1), State::Whole)
        );
        let id = "01890000-0000-7000-8000-00000000000a";
        let list = json!({ "folders": [{ "id": id, "etag": "x" }] }).to_string();
        let item = State::Item("folders");
        for id in [id, &id.to_uppercase(), &id.replace('-', "")] {
            let found = tags(list.as_bytes(), item, id);
            assert_eq!(found, Some(vec!["x".to_owned()]), "{id}");
        }
        let other = id.replace('a', "b");
        assert_eq!(tags(list.as_bytes(), item, &other), None);
    }
}
