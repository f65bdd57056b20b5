//! `/api/me/push`: browsers in which one is told.

use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::push::SubscriptionId;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::push::{self as service, SubscribeError};

/// How one is told in browsers.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushView {
    /// The key of this server, as `applicationServerKey` of the Push API.
    key: String,
    browsers: Vec<PushBrowser>,
}

/// A browser in which one is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PushBrowser {
    id: SubscriptionId,
    /// What it calls itself, such as "Firefox on Linux".
    device: String,
    /// Whose push service hands the messages over.
    service: String,
    created_at: Timestamp,
    /// When the push service took a message last.
    #[schema(required)]
    delivered_at: Option<Timestamp>,
    /// It has taken nothing since then.
    #[schema(required)]
    failing_since: Option<Timestamp>,
    /// The one that asks.
    this: bool,
}

/// What a browser says of itself: `PushSubscription.toJSON` of the Push API.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PushWanted {
    endpoint: String,
    keys: PushKeys,
    /// The address in whose place it comes, when the push service gave another: one is to be told there by this sign-in.
    renews: Option<String>,
}

/// In base64url.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PushKeys {
    p256dh: String,
    auth: String,
}

/// The browsers in which one is told
#[utoipa::path(get, path = "/api/me/push", tag = "inbox", responses((status = 200, body = PushView)))]
pub async fn get_push(State(app): State<App>, member: Member) -> ApiResult<Json<PushView>> {
    let key = app.vapid.get(&app).await?.public();
    let browsers = service::list(&app, &member).await?;
    let browsers = browsers.into_iter().map(|it| PushBrowser {
        id: it.id,
        this: it.token == member.token,
        device: it.device,
        service: url::Url::parse(&it.endpoint)
            .ok()
            .and_then(|it| it.host_str().map(str::to_owned))
            .unwrap_or_default(),
        created_at: it.created_at,
        delivered_at: it.delivered_at,
        failing_since: it.failing_since,
    });
    Ok(Json(PushView {
        key,
        browsers: browsers.collect(),
    }))
}

/// Tells one in this browser from now on, until its sign-in ends
#[utoipa::path(put, path = "/api/me/push", tag = "inbox", request_body = PushWanted,
    responses((status = 204), (status = 404, description = "this sign-in is not told at the address that is to be renewed"), (status = 422, description = "invalid, with the field")))]
pub async fn set_push(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<PushWanted>,
) -> ApiResult<StatusCode> {
    let PushWanted {
        endpoint,
        keys: PushKeys { p256dh, auth },
        renews,
    } = wanted;
    service::subscribe(&app, &member, &endpoint, &p256dh, &auth, renews.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells one nothing more in that browser
#[utoipa::path(delete, path = "/api/me/push/{id}", tag = "inbox", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404)))]
pub async fn end_push(
    State(app): State<App>,
    member: Member,
    Path(id): Path<SubscriptionId>,
) -> ApiResult<StatusCode> {
    if service::end(&app, &member, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}

impl From<SubscribeError> for ApiError {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Subscription(cause) => Self::invalid(cause.field(), cause),
            SubscribeError::NotToldThere => Self::not_found(),
            SubscribeError::Store(cause) => cause.into(),
        }
    }
}
