//! `/api/me/subscriptions/{of}/{target}`: following and muting.

use aside_protocol::id::{CommentId, FolderId, RecordingId, UserId};
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::domain::notice::Target;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::notices::{self as service, SubscribeError};

/// What is followed or muted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubscriptionOf {
    Recording,
    /// By the comment that opened it.
    Thread,
    /// One's own, or one that is shared with one.
    Folder,
    Person,
}

#[derive(Deserialize)]
pub struct Of {
    of: SubscriptionOf,
    target: Uuid,
}

impl Of {
    const fn target(&self) -> Target {
        match self.of {
            SubscriptionOf::Recording => Target::Recording(RecordingId(self.target)),
            SubscriptionOf::Thread => Target::Thread(CommentId(self.target)),
            SubscriptionOf::Folder => Target::Folder(FolderId(self.target)),
            SubscriptionOf::Person => Target::Person(UserId(self.target)),
        }
    }
}

/// What one said about something.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// False: it is muted. None: one is told of what concerns one.
    #[schema(required)]
    follows: Option<bool>,
}

/// Whether one follows or mutes something
#[utoipa::path(get, path = "/api/me/subscriptions/{of}/{target}", tag = "inbox",
    params(("of" = inline(SubscriptionOf), Path), ("target" = Uuid, Path)),
    responses((status = 200, body = Subscription), (status = 404)))]
pub async fn get_subscription(
    State(app): State<App>,
    member: Member,
    Path(of): Path<Of>,
) -> ApiResult<Json<Subscription>> {
    let follows = service::subscription(&app, &member, &of.target()).await?;
    Ok(Json(Subscription { follows }))
}

/// Follows or mutes something, or neither
#[utoipa::path(put, path = "/api/me/subscriptions/{of}/{target}", tag = "inbox",
    params(("of" = inline(SubscriptionOf), Path), ("target" = Uuid, Path)), request_body = Subscription,
    responses((status = 204), (status = 404)))]
pub async fn set_subscription(
    State(app): State<App>,
    member: Member,
    Path(of): Path<Of>,
    Json(wanted): Json<Subscription>,
) -> ApiResult<StatusCode> {
    service::subscribe(&app, &member, &of.target(), wanted.follows).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SubscribeError> for ApiError {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::NotFound => Self::new(ProblemCode::NotFound),
            SubscribeError::Gate(cause) => cause.into(),
            SubscribeError::Store(cause) => cause.into(),
        }
    }
}
