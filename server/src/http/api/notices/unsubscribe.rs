//! `/unsubscribe/{token}`: mails are turned off by the address in them, without signing in (RFC 8058).

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::notice::Kind;
use crate::domain::unsubscribe::Unsubscribe;
use crate::http::extract::{Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::notices as service;

/// What an address turns off.
#[derive(Debug, Serialize, ToSchema)]
pub struct TurnsOff {
    /// None: every kind.
    #[schema(required)]
    kind: Option<Kind>,
}

async fn found(app: &App, token: &str) -> ApiResult<Unsubscribe> {
    service::turned_off(app, &app.media_keys, token)
        .await?
        .ok_or_else(|| ApiError::new(ProblemCode::NotFound))
}

/// What the address in a mail turns off
#[utoipa::path(get, path = "/api/unsubscribe/{token}", tag = "inbox", params(("token" = String, Path)),
    responses((status = 200, body = TurnsOff), (status = 404)))]
pub async fn get_unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
) -> ApiResult<Json<TurnsOff>> {
    let of = found(&app, &token).await?;
    Ok(Json(TurnsOff { kind: of.kind }))
}

/// Off or on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnMails {
    off: bool,
}

/// Turns mails off, or on again
#[utoipa::path(post, path = "/api/unsubscribe/{token}", tag = "inbox", params(("token" = String, Path)), request_body = TurnMails,
    responses((status = 204), (status = 404)))]
pub async fn post_unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
    Json(wanted): Json<TurnMails>,
) -> ApiResult<StatusCode> {
    let of = found(&app, &token).await?;
    service::turn(&app, &of, wanted.off).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /unsubscribe/{token}`: the mail program's one click. Its form says `List-Unsubscribe=One-Click`, and nothing else is
/// asked of it.
pub async fn one_click(State(app): State<App>, Path(token): Path<String>) -> ApiResult<StatusCode> {
    let of = found(&app, &token).await?;
    service::turn(&app, &of, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
