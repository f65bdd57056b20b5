//! Asking for access, and the answer.

use aside_protocol::id::{AccessRequestId, RecordingId, Slug};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Sharing;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::service::sharing::{self as service, Question};

/// A question for the owner.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskForAccess {
    message: String,
}

/// Asks the owner to let one see what is behind a link. The answer is the same whether there is anything or not
#[utoipa::path(post, path = "/api/watch/{slug}/ask", tag = "sharing", params(("slug" = String, Path)),
    request_body = AskForAccess, responses((status = 202)))]
pub async fn ask_for_access(
    State(app): State<App>,
    member: Member,
    Path(slug): Path<Slug>,
    Json(asked): Json<AskForAccess>,
) -> ApiResult<StatusCode> {
    let question = Question {
        slug,
        message: asked.message,
    };
    service::ask(&app, &member, &question).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The owner's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerAccess {
    /// Yes names the person; no tells them nothing.
    allow: bool,
}

#[derive(Deserialize)]
pub struct OfRequest {
    id: RecordingId,
    request: AccessRequestId,
}

/// Answers a question for access
#[utoipa::path(post, path = "/api/recordings/{id}/requests/{request}", tag = "sharing",
    params(("id" = RecordingId, Path,), ("request" = AccessRequestId, Path,)),
    request_body = AnswerAccess, responses((status = 200, body = Sharing)))]
pub async fn answer_access(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(OfRequest { id, request }): Path<OfRequest>,
    Json(answer): Json<AnswerAccess>,
) -> ApiResult<Json<Sharing>> {
    let shared = service::answer(&app, &member, id, request, answer.allow).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

/// Takes the answer to a question for access back, within a minute: the question is open again, and who was named by it no more
#[utoipa::path(post, path = "/api/recordings/{id}/requests/{request}/undo", tag = "sharing",
    params(("id" = RecordingId, Path,), ("request" = AccessRequestId, Path,)), responses((status = 200, body = Sharing), (status = 404)))]
pub async fn take_answer_back(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(OfRequest { id, request }): Path<OfRequest>,
) -> ApiResult<Json<Sharing>> {
    let shared = service::reopen(&app, &member, id, request).await?;
    Ok(Json(Sharing::of(&base, shared)))
}
