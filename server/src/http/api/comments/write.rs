//! Writing a comment or a reply. Who has no account gives a name, and gets a cookie by which it may
//! change its words later.

use aside_protocol::id::{AttachmentId, CommentId};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CommentView;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::access::{Allowed, Comment};
use crate::domain::comment::{CommentError, Visibility};
use crate::domain::drawing::Drawing;
use crate::domain::token::Kind;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::comments::{self, PostError, Posted};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Where it stands; a reply stands where its thread does.
    #[serde(default)]
    at_ms: u64,
    #[serde(default)]
    end_ms: Option<u64>,
    /// The comment that is answered.
    #[serde(default)]
    parent_id: Option<CommentId>,
    /// Who reads the thread; a reply is read by who reads its thread. Everyone, when it is not said.
    #[serde(default)]
    visibility: Visibility,
    /// Markdown, with markers such as `<@user:0192…>` for whom it mentions. With a drawing or with files it may be empty.
    body: String,
    /// What is drawn on the picture at that moment.
    #[serde(default)]
    drawing: Option<Drawing>,
    /// Files that were sent before, at most 10; each belongs to one comment.
    #[serde(default)]
    attachments: Vec<AttachmentId>,
    /// Needed from who has no account and was not here before.
    #[serde(default)]
    guest_name: Option<String>,
}

/// Writes a comment or a reply
///
/// With a token that has scopes it is marked as written by an agent. With `Idempotency-Key`, once.
#[utoipa::path(post, path = "/api/watch/{slug}/comments", tag = "comments", params(("slug" = String, Path)), request_body = NewComment,
    responses((status = 201, body = CommentView), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"), (status = 413),
        (status = 422, description = "invalid, with the field"), (status = 429)))]
pub async fn post_comment(
    State(app): State<App>,
    recording: Allowed<Comment>,
    actor: Actor,
    (via, base, jar): (Via, BaseUrl, Jar),
    headers: HeaderMap,
    Json(new): Json<NewComment>,
) -> ApiResult<impl IntoResponse> {
    if actor.user().is_none() {
        not_from_elsewhere(&base, &headers)?;
    }
    let new = comments::NewComment {
        at_ms: new.at_ms,
        end_ms: new.end_ms,
        parent: new.parent_id,
        visibility: new.visibility,
        body: new.body,
        drawing: new.drawing,
        attachments: new.attachments,
        guest_name: new.guest_name,
        address: via.client,
        by_mail: None,
        by_agent: actor.is_agent(),
    };
    let name = actor.name();
    let Posted {
        read,
        author,
        secret,
    } = comments::post(&app, &app.tracks, &app.limits, &recording, name, new).await?;
    let cookie = secret.map(|secret| (header::SET_COOKIE, jar.set(Kind::Guest, &secret)));
    Ok((
        StatusCode::CREATED,
        AppendHeaders(cookie),
        Json(CommentView::of(read, &author)),
    ))
}

impl From<PostError> for ApiError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Comment(cause) => cause.into(),
            PostError::TooMany(wait) => Self::too_many("Too many comments in a short time.", wait),
            PostError::Store(cause) => cause.into(),
            // Only of mails.
            PostError::Twice => CommentError::Empty.into(),
        }
    }
}
