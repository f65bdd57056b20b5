//! Pictures of people.

use aside_protocol::id::UserId;
use aside_protocol::problem::ProblemCode;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::etag::is_held;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::profile;

/// The address of a picture; another one for another picture.
pub(in crate::http) fn picture_url(user: UserId, hash: &[u8; 32]) -> String {
    format!("/api/users/{user}/picture?v={}", hex::encode(&hash[..6]))
}

/// One's new picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureSet {
    picture: String,
}

/// Sets one's picture: a PNG or JPEG of at most 5 MB, of which a small square is kept
#[utoipa::path(put, path = "/api/me/picture", tag = "account", request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = PictureSet), (status = 413), (status = 422, description = "no PNG or JPEG, or more than 4096 pixels on a side")))]
pub async fn set_picture(
    State(app): State<App>,
    member: Member,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<PictureSet>> {
    let body = body.map_err(|rejection| {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
            _ => ProblemCode::BodyIncomplete,
        };
        ApiError::new(code).detail("A picture has at most 5 MB. Nothing was changed.")
    })?;
    let hash = profile::set_picture(&app, member.user.id, body.into()).await?;
    Ok(Json(PictureSet {
        picture: picture_url(member.user.id, &hash),
    }))
}

/// Removes one's picture
#[utoipa::path(delete, path = "/api/me/picture", tag = "account", responses((status = 204)))]
pub async fn remove_picture(State(app): State<App>, member: Member) -> ApiResult<StatusCode> {
    profile::remove_picture(&app, member.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The picture of somebody on this server
#[utoipa::path(get, path = "/api/users/{id}/picture", tag = "account", params(("id" = UserId, Path,)),
    responses((status = 200, content_type = "image/png"), (status = 304), (status = 404)))]
pub async fn get_picture(
    State(app): State<App>,
    _: Member,
    Path(id): Path<UserId>,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let found = profile::picture(&app, id).await?;
    let picture = found.ok_or_else(ApiError::not_found)?;
    let etag = format!("\"{}\"", hex::encode(picture.sha256));
    let mut response = if is_held(&sent, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        picture.png.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    // Opened as a page it can do nothing.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}
