//! Browsers in which one is signed in.

use aside_protocol::id::TokenId;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::sessions as service;

/// A browser in which one is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionInfo {
    id: TokenId,
    /// What it calls itself, such as "Firefox on Linux".
    device: String,
    /// From where it was signed in.
    #[schema(required)]
    address: Option<String>,
    created_at: Timestamp,
    /// To the hour.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
    /// The one that asks.
    this: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    sessions: Vec<SessionInfo>,
}

/// The browsers in which one is signed in, the one that was used last first
#[utoipa::path(get, path = "/api/me/sessions", tag = "account", responses((status = 200, body = SessionList)))]
pub async fn list_sessions(State(app): State<App>, member: Member) -> ApiResult<Json<SessionList>> {
    let sessions = service::list(&app, &member).await?;
    let sessions = sessions.into_iter().map(|session| SessionInfo {
        this: session.id == member.token,
        id: session.id,
        device: session.device,
        address: session.address,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
    });
    Ok(Json(SessionList {
        sessions: sessions.collect(),
    }))
}

/// Signs a browser of one's own out, at once
#[utoipa::path(delete, path = "/api/me/sessions/{id}", tag = "account", params(("id" = TokenId, Path,)), responses((status = 204)))]
pub async fn end_session(
    State(app): State<App>,
    member: Member,
    Path(id): Path<TokenId>,
) -> ApiResult<StatusCode> {
    if service::end(&app, &member, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}

/// Signs every other browser of one's own out, at once
#[utoipa::path(delete, path = "/api/me/sessions", tag = "account", responses((status = 204)))]
pub async fn end_other_sessions(State(app): State<App>, member: Member) -> ApiResult<StatusCode> {
    service::end_others(&app, &member).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's own recorders and programs, but for the one that asks
#[utoipa::path(delete, path = "/api/tokens", tag = "account", responses((status = 204)))]
pub async fn end_all_tokens(State(app): State<App>, member: Member) -> ApiResult<StatusCode> {
    service::end_tokens(&app, &member).await?;
    Ok(StatusCode::NO_CONTENT)
}
