//! Whether a client holds the current version already (`If-None-Match`, RFC 9110 §13.1.2).

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Body as _;
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::who::Policy;

/// Whether one of the tags that the client names is `etag`, by the weak comparison: `W/` does not count.
pub(super) fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let etag = opaque(etag);
    let fields = headers.get_all(header::IF_NONE_MATCH).iter();
    fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .any(|tag| opaque(tag) == etag)
}

/// What a request says that decides whether its answer gets a tag.
#[derive(Debug)]
pub(super) struct Asked {
    /// The headers of a program that reads; none of every other request: pages keep no answers.
    by_program: Option<HeaderMap>,
}

/// Longer answers get no tag; in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

impl Asked {
    pub(super) fn of(parts: &Parts, policy: Policy) -> Self {
        let reads = parts.method == Method::GET
            && parts.headers.contains_key(header::AUTHORIZATION)
            && !matches!(policy, Policy::Open | Policy::Capability);
        Self {
            by_program: reads.then(|| parts.headers.clone()),
        }
    }

    /// The same answer with a tag of its JSON, or that there is nothing new. The tag is weak: the bytes may travel compressed.
    pub(super) async fn answer(self, response: Response) -> Response {
        let json = response.headers().get(header::CONTENT_TYPE);
        let json = json.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let tagged = response.headers().contains_key(header::ETAG);
        let asked = self.by_program;
        // What is streamed is no answer that somebody polls for.
        let length = response.body().size_hint().exact();
        let whole = length.is_some_and(|length| length <= MAX_BYTES);
        let asked =
            asked.filter(|_| json && whole && !tagged && response.status() == StatusCode::OK);
        let Some(asked) = asked else {
            return response;
        };
        let (mut head, body) = response.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return ApiError::internal("an answer could not be read to its end").into_response();
        };
        let digest = Sha256::digest(&bytes);
        let etag = format!("W/\"{}\"", hex::encode(&digest[..16]));
        if let Ok(value) = HeaderValue::from_str(&etag) {
            head.headers.insert(header::ETAG, value);
        }
        head.headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        if is_held(&asked, &etag) {
            head.status = StatusCode::NOT_MODIFIED;
            head.headers.remove(header::CONTENT_TYPE);
            head.headers.remove(header::CONTENT_LENGTH);
            return Response::from_parts(head, Body::empty());
        }
        Response::from_parts(head, Body::from(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_tags() {
        let table = [
            ("\"a\"", "\"a\"", true),
            ("W/\"a\"", "\"a\"", true),
            ("\"b\", W/\"a\"", "W/\"a\"", true),
            ("\"ab\"", "\"a\"", false),
            ("", "\"a\"", false),
        ];
        for (named, etag, held) in table {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, named.parse().unwrap())]);
            assert_eq!(is_held(&headers, etag), held, "{named} {etag}");
        }
        assert!(!is_held(&HeaderMap::new(), "\"a\""));
    }
}
