//! `POST /api/watch/{slug}/unlock`: the password of a recording.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::cookie::Jar;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{ByLink, Json};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::sharing::{UnlockError, unlock};

/// The password of a recording.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    password: String,
}

/// Opens a recording that asks for a password, for this browser and some days
#[utoipa::path(post, path = "/api/watch/{slug}/unlock", tag = "watch", params(("slug" = String, Path)), request_body = Unlock,
    responses((status = 204), (status = 401, description = "`bad_credentials`"), (status = 404), (status = 410, description = "gone"), (status = 429)))]
pub async fn unlock_recording(
    State(app): State<App>,
    presented: Presented,
    link: ByLink,
    (via, base, jar): (Via, BaseUrl, Jar),
    headers: HeaderMap,
    Json(typed): Json<Unlock>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let means = (&app.passwords, &app.limits, &app.media_keys);
    let pass = unlock(
        &app,
        means,
        &presented,
        (&link.slug, link.pass),
        &typed.password,
        via.client,
    )
    .await?;
    let cookie = pass.map(|pass| (header::SET_COOKIE, jar.set_pass(&link.slug, &pass)));
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)))
}

impl From<UnlockError> for ApiError {
    fn from(error: UnlockError) -> Self {
        match error {
            UnlockError::Wrong => Self::new(ProblemCode::BadCredentials).detail(error),
            UnlockError::TooMany(wait) => {
                Self::too_many("Too many wrong passwords from here.", wait)
            }
            UnlockError::Ask(cause) => cause.into(),
            UnlockError::Password(cause) => Self::internal(cause),
            UnlockError::Store(cause) => cause.into(),
        }
    }
}
