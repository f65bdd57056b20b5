//! One byte range (RFC 9110 §14). Several ranges, other units and nonsense are passed over, which
//! the RFC allows: the whole is sent.

use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::ApiError;

/// What a request wants of a body of `total` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// First and last byte, both included.
    Span(u64, u64),
    /// It lies outside: 416.
    Nothing,
}

pub(super) fn wanted(headers: &HeaderMap, total: u64) -> Wanted {
    let mut fields = headers.get_all(header::RANGE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Wanted::All;
    };
    field
        .to_str()
        .ok()
        .and_then(|text| parse(text, total))
        .unwrap_or(Wanted::All)
}

/// `None` for what is no single byte range.
fn parse(text: &str, total: u64) -> Option<Wanted> {
    let (unit, spec) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = spec.trim().split_once('-')?;
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(if suffix == 0 || total == 0 {
            Wanted::Nothing
        } else {
            Wanted::Span(total.saturating_sub(suffix), total - 1)
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    if last < first {
        return None;
    }
    Some(if first >= total {
        Wanted::Nothing
    } else {
        Wanted::Span(first, last.min(total - 1))
    })
}

/// Digits only; a number too large for us is larger than any file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

pub(super) fn not_satisfiable(total: u64) -> Response {
    let mut refused = ApiError::new(ProblemCode::RangeNotSatisfiable).into_response();
    insert(
        &mut refused,
        header::CONTENT_RANGE,
        format!("bytes */{total}"),
    );
    refused
}

/// Every value here is a number or plain text, so it is always a header value.
pub(super) fn insert(
    response: &mut Response,
    name: header::HeaderName,
    value: impl std::fmt::Display,
) {
    if let Ok(value) = HeaderValue::try_from(value.to_string()) {
        response.headers_mut().insert(name, value);
    }
}

/// What is sent; both ends included.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) status: StatusCode,
    pub(super) first: u64,
    pub(super) last: u64,
}

/// What is wanted of a body of `size` bytes whose tag is `etag`; none: it lies outside.
pub(super) fn span(headers: &HeaderMap, size: u64, etag: &str) -> Option<Span> {
    // A part of another file would be of no use (RFC 9110 §13.1.5).
    let same = headers
        .get(header::IF_RANGE)
        .is_none_or(|tag| tag.as_bytes() == etag.as_bytes());
    let asked = if same {
        wanted(headers, size)
    } else {
        Wanted::All
    };
    let (status, first, last) = match asked {
        Wanted::All => (StatusCode::OK, 0, size.saturating_sub(1)),
        Wanted::Span(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
        Wanted::Nothing => return None,
    };
    Some(Span {
        status,
        first,
        last,
    })
}

/// That much of a body of `size` bytes.
pub(super) fn answer(body: Body, kind: &'static str, span: &Span, size: u64) -> Response {
    let Span {
        status,
        first,
        last,
    } = *span;
    let mut response = (status, body).into_response();
    insert(&mut response, header::CONTENT_TYPE, kind);
    insert(&mut response, header::CONTENT_LENGTH, last - first + 1);
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{last}/{size}");
        insert(&mut response, header::CONTENT_RANGE, range);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_ranges() {
        let table = [
            ("bytes=0-0", Wanted::Span(0, 0)),
            ("bytes=0-", Wanted::Span(0, 99)),
            ("bytes=10-19", Wanted::Span(10, 19)),
            ("bytes=90-1000", Wanted::Span(90, 99)),
            ("bytes=-5", Wanted::Span(95, 99)),
            ("bytes=-1000", Wanted::Span(0, 99)),
            ("bytes=99-99999999999999999999999", Wanted::Span(99, 99)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("lines=0-1", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("bytes", Wanted::All),
        ];
        for (text, expected) in table {
            let headers = HeaderMap::from_iter([(header::RANGE, text.parse().unwrap())]);
            assert_eq!(wanted(&headers, 100), expected, "{text}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 100), Wanted::All);
    }
}
