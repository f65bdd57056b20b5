//! Files of strangers on their way to a browser: saved, or shown in a box in which they can do nothing.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;

use super::etag::is_held;
use super::range::{Wanted, insert, not_satisfiable, wanted};
use super::{ApiError, ApiResult};
use crate::objects::{ObjectError, ObjectKey, Objects};

/// Answers that carry it are sent as they are stored: not compressed anew for each request.
#[derive(Debug, Clone, Copy)]
pub(super) struct AsStored;

/// What stays in this origin, and is no part of another site's page (Fetch, "Cross-Origin-Resource-Policy").
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// An object that somebody gets as a file.
#[derive(Debug)]
pub(super) struct Saved<'a> {
    pub(super) key: &'a ObjectKey,
    /// Bytes.
    pub(super) size: u64,
    pub(super) content_type: &'a str,
    /// Whether a page may show it.
    pub(super) inline: bool,
    pub(super) name: &'a str,
    pub(super) cache_control: String,
}

impl Saved<'_> {
    /// The bytes that were asked for. Always sent from here: a bucket would not say what it must not be taken for.
    pub(super) async fn answer(
        self,
        objects: &Objects,
        headers: &HeaderMap,
    ) -> ApiResult<Response> {
        let etag = format!("\"{}\"", self.key.path().filename().unwrap_or_default());
        // A part of another file would be of no use (RFC 9110 §13.1.5).
        let same = headers
            .get(header::IF_RANGE)
            .is_none_or(|tag| tag.as_bytes() == etag.as_bytes());
        let asked = if same {
            wanted(headers, self.size)
        } else {
            Wanted::All
        };
        let mut response = if is_held(headers, &etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let (status, first, last) = match asked {
                Wanted::All => (StatusCode::OK, 0, self.size.saturating_sub(1)),
                Wanted::Span(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
                Wanted::Nothing => return Ok(not_satisfiable(self.size)),
            };
            let bytes = objects.stream(self.key, self.size, first..last + 1).await;
            let bytes = bytes.map_err(|error| missing(&error))?.inspect_err(
                |cause| tracing::error!(%cause, "a stored file cannot be read: {cause}"),
            );
            let mut response = (status, Body::from_stream(bytes)).into_response();
            insert(&mut response, header::CONTENT_LENGTH, last - first + 1);
            insert(&mut response, header::ACCEPT_RANGES, "bytes");
            if status == StatusCode::PARTIAL_CONTENT {
                let range = format!("bytes {first}-{last}/{}", self.size);
                insert(&mut response, header::CONTENT_RANGE, range);
            }
            response
        };
        let content_type = match self.content_type {
            "text/plain" => "text/plain; charset=utf-8",
            other => other,
        };
        let how = if self.inline { "inline" } else { "attachment" };
        insert(&mut response, header::ETAG, &etag);
        boxed(
            &mut response,
            content_type,
            &self.cache_control,
            &disposition(how, self.name),
        );
        Ok(response)
    }
}

/// In a box in which it can do nothing, sent as it is stored.
fn boxed(response: &mut Response, content_type: &str, cache_control: &str, disposition: &str) {
    let policy = "default-src 'none'; sandbox; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, cache_control),
        (header::CONTENT_DISPOSITION, disposition),
        (RESOURCE_POLICY, "same-origin"),
    ] {
        insert(response, name, value);
    }
    response.extensions_mut().insert(AsStored);
}

/// A small picture that was made here, a JPEG.
pub(super) fn picture(jpeg: Vec<u8>, name: &str, age: Duration) -> Response {
    let mut response = jpeg.into_response();
    let kept = format!("private, max-age={}, immutable", age.as_secs());
    boxed(
        &mut response,
        "image/jpeg",
        &kept,
        &disposition("inline", name),
    );
    response
}

fn missing(error: &ObjectError) -> ApiError {
    if let ObjectError::NotFound(key) = error {
        tracing::error!(key, "the object of a file is missing: {key}");
        return ApiError::not_found().detail("This file is missing on the server.");
    }
    ApiError::internal(error)
}

/// How a file is taken, and its name. The plain form is for clients that know no other (RFC 6266 §4.3, RFC 8187).
pub(super) fn disposition(how: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let encoded = percent_encoded(name);
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// As a piece of a path, and as RFC 8187 has it.
pub(super) fn percent_encoded(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes()
        .map(|b| {
            if keep(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_name_of_any_letters_is_a_header_that_names_a_file() {
        let header = disposition("attachment", "Überblick.mp4");
        assert_eq!(
            header,
            "attachment; filename=\"_berblick.mp4\"; filename*=UTF-8''%C3%9Cberblick.mp4"
        );
        assert!(HeaderValue::try_from(header).is_ok());
        let quoted = disposition("inline", "a\"b\r\n\\c%41.png");
        assert!(
            quoted.starts_with("inline; filename=\"a_b___c_41.png\";"),
            "{quoted}"
        );
        assert!(HeaderValue::try_from(quoted).is_ok());
    }
}
