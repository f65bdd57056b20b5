//! A picture as an answer, for every route that shows one.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::http::ApiResult;
use crate::http::etag::is_held;

/// The picture that `name` stands for, one name for the same bytes; 304 where the browser holds it, and then `bytes` is not asked.
/// The address stays when the picture changes, and who may see it is asked each time: it is kept by the browser alone.
pub(super) async fn answer(
    sent: &HeaderMap,
    kind: &'static str,
    name: &str,
    bytes: impl AsyncFnOnce() -> ApiResult<Bytes>,
) -> ApiResult<Response> {
    let etag = format!("\"{name}\"");
    let mut response = if is_held(sent, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        bytes().await?.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}
