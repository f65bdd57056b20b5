//! `/api/me/calendar`, and the calendar under its secret address.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::base_url::BaseUrl;
use crate::http::etag::is_held;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::calendar as service;

/// Where one's due dates can be read by a calendar.
#[derive(Serialize, ToSchema)]
pub struct CalendarAddress {
    /// Whoever has it reads them; none: there is none.
    #[schema(required)]
    address: Option<String>,
}

fn address(base: &BaseUrl, piece: &str) -> String {
    format!("{}/calendar/{piece}", base.as_str())
}

/// Where one's due dates can be read by a calendar
#[utoipa::path(get, path = "/api/me/calendar", tag = "integrations", responses((status = 200, body = CalendarAddress)))]
pub async fn get_calendar(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
) -> ApiResult<Json<CalendarAddress>> {
    let found = service::address(&app, &app.media_keys, member.user.id).await?;
    Ok(Json(CalendarAddress {
        address: found.map(|it| address(&base, &it)),
    }))
}

/// Gives the calendar an address, or another one: the one before ends at once
#[utoipa::path(post, path = "/api/me/calendar", tag = "integrations", responses((status = 200, body = CalendarAddress)))]
pub async fn renew_calendar(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
) -> ApiResult<Json<CalendarAddress>> {
    let new = service::renew(&app, &app.media_keys, member.user.id).await?;
    Ok(Json(CalendarAddress {
        address: Some(address(&base, &new)),
    }))
}

/// The calendar has no address any more
#[utoipa::path(delete, path = "/api/me/calendar", tag = "integrations", responses((status = 204)))]
pub async fn end_calendar(State(app): State<App>, member: Member) -> ApiResult<StatusCode> {
    service::end(&app, member.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calendar (`text/calendar`, RFC 5545), for whoever has its address.
pub async fn read_calendar(
    State(app): State<App>,
    Path(piece): Path<String>,
    base: BaseUrl,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let text = service::read(&app, &app.media_keys, &piece, base.as_str()).await?;
    let text = text.ok_or_else(ApiError::not_found)?;
    let digest = Sha256::digest(text.as_bytes());
    let etag = format!("\"{}\"", hex::encode(&digest[..16]));
    let caching = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if is_held(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
    Ok((caching, kind, text).into_response())
}
