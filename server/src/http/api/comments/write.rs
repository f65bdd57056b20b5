//! Writing a comment or a reply. Who has no account gives a name, and gets a cookie by which it may
//! change its words later.

use aside_protocol::id::{CommentId, Slug};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CommentView, tell};
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::auth::issue;
use crate::auth::token::{Kind, Secret};
use crate::domain::access::{Action, Author, Viewer};
use crate::domain::account::{clean_name, looks_like};
use crate::domain::comment::{
    Comment, CommentError, MAX_COMMENTS, check_moment, clean_body, reply_to,
};
use crate::domain::recording::Recording;
use crate::http::actor::not_from_elsewhere;
use crate::http::api::watch::visible;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json, Path};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::limits::Commenter;
use crate::store::Tx;

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
    /// Markdown.
    body: String,
    /// Needed from who has no account and was not here before.
    #[serde(default)]
    guest_name: Option<String>,
}

/// Writes a comment or a reply
#[utoipa::path(post, path = "/api/watch/{slug}/comments", tag = "comments", params(("slug" = String, Path)), request_body = NewComment,
    responses((status = 201, body = CommentView), (status = 403, description = "members_only"), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field"), (status = 429)))]
pub async fn post_comment(
    State(app): State<App>,
    Path(slug): Path<Slug>,
    actor: Actor,
    (via, base, jar): (Via, BaseUrl, Jar),
    headers: HeaderMap,
    Json(new): Json<NewComment>,
) -> ApiResult<impl IntoResponse> {
    let recording = visible(&app, &slug, &actor, Action::Comment).await?;
    let now = app.now();
    let name = name(&actor, new.guest_name.as_deref())?;
    if actor.user().is_none() && new.guest_name.is_some() {
        let members = app.store.member_names(recording.id).await?;
        if members.iter().any(|member| looks_like(member, &name)) {
            return Err(CommentError::NameTaken.into());
        }
    }
    let body = clean_body(&new.body)?;
    if app.store.count_comments(recording.id).await? >= MAX_COMMENTS {
        return Err(CommentError::TooMany.into());
    }
    let length = length(&app, &recording).await?;
    let commenter = match &actor {
        Actor::Member(_) => None,
        Actor::Guest(guest) => Some(Commenter::Known(guest.id)),
        Actor::Anonymous => Some(Commenter::New),
    };
    if let Some(commenter) = commenter {
        not_from_elsewhere(&base, &headers)?;
        app.limits
            .comment(commenter, via.client, recording.id)
            .map_err(|wait| ApiError::too_many("Too many comments in a short time.", wait))?;
    }

    let (comment, author, secret) = app
        .store
        .write(
            async |tx: &mut Tx| -> ApiResult<(Comment, Viewer, Option<Secret>)> {
                let (parent, at_ms, end_ms) = match new.parent_id {
                    Some(answered) => {
                        let answered = tx
                            .comment(answered)
                            .await?
                            .ok_or(CommentError::NoSuchThread)?;
                        let root = tx
                            .comment(answered.thread())
                            .await?
                            .ok_or(CommentError::NoSuchThread)?;
                        let (root, at_ms, end_ms) = reply_to(&root, recording.id)?;
                        (Some(root), at_ms, end_ms)
                    }
                    None => {
                        check_moment(new.at_ms, new.end_ms, length)?;
                        (None, new.at_ms, new.end_ms)
                    }
                };
                let (author, viewer, secret) = match &actor {
                    Actor::Member(member) => (Author::Member(member.user.id), actor.viewer(), None),
                    Actor::Guest(guest) => (Author::Guest(guest.id), actor.viewer(), None),
                    Actor::Anonymous => {
                        let (token, secret) =
                            issue::token(&app, tx, Kind::Guest, None, &name).await?;
                        (
                            Author::Guest(token.id),
                            Viewer::Guest(token.id),
                            Some(secret),
                        )
                    }
                };
                let comment = Comment {
                    id: CommentId::new(now, app.id_entropy()),
                    recording: recording.id,
                    parent,
                    author,
                    author_name: name,
                    at_ms,
                    end_ms,
                    body,
                    created_at: now,
                    edited_at: None,
                    resolved_at: None,
                    resolved_by: None,
                    deleted_at: None,
                    deleted_by: None,
                    version: 1,
                };
                tx.insert_comment(&comment).await?;
                tell(tx, &comment, now).await?;
                Ok((comment, viewer, secret))
            },
        )
        .await?;
    app.notify.notify(recording.id);

    let cookie = secret.map(|secret| (header::SET_COOKIE, jar.set(Kind::Guest, &secret)));
    Ok((
        StatusCode::CREATED,
        AppendHeaders(cookie),
        Json(CommentView::of(comment, &author)),
    ))
}

/// The name the comment is signed with.
fn name(actor: &Actor, given: Option<&str>) -> ApiResult<String> {
    let cleaned = |raw: &str| clean_name(raw).map_err(|e| ApiError::invalid("guest_name", e));
    match (actor, given) {
        (Actor::Member(member), _) => Ok(member.user.name.clone()),
        (_, Some(raw)) => cleaned(raw),
        (Actor::Guest(guest), None) => Ok(guest.name.clone()),
        (Actor::Anonymous, None) => Err(ApiError::invalid(
            "guest_name",
            "Say who you are: a name is enough.",
        )),
    }
}

/// Length of a recording that will not grow any more.
async fn length(app: &App, recording: &Recording) -> ApiResult<Option<u64>> {
    if recording.finished_at.is_none() {
        return Ok(None);
    }
    let view = app.watching.tracks.view(recording.id).await?;
    Ok(view.map(|view| view.length_ms()))
}
