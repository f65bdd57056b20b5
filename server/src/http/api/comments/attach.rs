//! Files of comments: sent before the comment that names them, read by a signed address without a cookie.

use std::time::Duration;

use aside_protocol::id::{AttachmentId, CommentId, Slug};
use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;

use super::view::{AttachmentView, CommentView};
use crate::app::App;
use crate::domain::access::{Allowed, Comment, Watch};
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json, Path, Query};
use crate::http::forwarded::Via;
use crate::http::saved::{self, Saved, percent_encoded};
use crate::http::{ApiError, ApiResult, body};
use crate::objects::ObjectKey;
use crate::service::attachments::{self, AttachError, Incoming};
use crate::service::comments;

#[derive(Debug, Deserialize)]
pub struct FileName {
    #[serde(default)]
    name: String,
}

/// Sends a file for a comment that is written next: name it in `attachments` of that comment
///
/// What it is, is seen by what is in it. A file that no comment names is removed after a day.
#[utoipa::path(post, path = "/api/watch/{slug}/attachments", tag = "comments",
    params(("slug" = String, Path), ("name" = Option<String>, Query, description = "as the file is called")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = AttachmentView), (status = 400, description = "body_incomplete"), (status = 403), (status = 404),
        (status = 410, description = "gone"), (status = 413, description = "too_large, with the limit"),
        (status = 422, description = "invalid: it is empty"), (status = 429)))]
pub async fn post_attachment(
    State(app): State<App>,
    recording: Allowed<Comment>,
    actor: Actor,
    (via, base): (Via, BaseUrl),
    Query(file): Query<FileName>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<(StatusCode, Json<AttachmentView>)> {
    let length = match admitted(&app, &recording, &actor, &via, &base, &headers) {
        Ok(length) => length,
        Err(refusal) => {
            body::drain(body).await;
            return Err(refusal);
        }
    };
    let incoming = Incoming {
        name: file.name,
        length: Some(length),
        body: body.into_data_stream(),
    };
    let most = app.config.attachment_bytes;
    let intake = &app.attachment_intake;
    let taken = attachments::attach(&app, intake, most, &recording, incoming).await?;
    Ok((StatusCode::CREATED, Json(taken.into())))
}

/// Whether the body is read, and how long it is.
fn admitted(
    app: &App,
    recording: &Allowed<Comment>,
    actor: &Actor,
    via: &Via,
    base: &BaseUrl,
    headers: &HeaderMap,
) -> ApiResult<usize> {
    if actor.user().is_none() {
        not_from_elsewhere(base, headers)?;
    }
    let most = app.config.attachment_bytes;
    if most == 0 {
        return Err(
            ApiError::new(ProblemCode::Forbidden).detail("This server takes no files in comments.")
        );
    }
    let length = body::announced_length(headers, usize::MAX)?;
    if length as u64 > most {
        return Err(ApiError::new(ProblemCode::TooLarge).detail(format!(
            "A file of a comment has at most {} MB; this one has {} MB. Make it smaller, or share a link to it.",
            most / MB,
            (length as u64).div_ceil(MB)
        )));
    }
    attachments::limit(&app.limits, recording, via.client)?;
    Ok(length)
}

const MB: u64 = 1024 * 1024;

#[derive(Debug, Deserialize)]
pub struct Named {
    #[serde(rename = "slug")]
    _slug: Slug,
    comment: CommentId,
    attachment: AttachmentId,
}

#[derive(Debug, Deserialize)]
pub struct Size {
    #[serde(default)]
    small: bool,
}

/// A file of a comment: leads to an address that opens it for a while
#[utoipa::path(get, path = "/api/watch/{slug}/comments/{comment}/attachments/{attachment}", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path), ("attachment" = Uuid, Path),
        ("small" = Option<bool>, Query, description = "a picture small, where that was made")),
    responses((status = 302), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_attachment(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(named): Path<Named>,
    Query(size): Query<Size>,
) -> ApiResult<Response> {
    let (comment, id) = (named.comment, named.attachment);
    let found = attachments::address(&app, &app.media_keys, &recording, comment, id).await?;
    let (signed, file) = found.ok_or_else(ApiError::not_found)?;
    let small = if size.small { "?small=true" } else { "" };
    let address = format!(
        "/attachments/{signed}/{}{small}",
        percent_encoded(&file.name)
    );
    Ok((StatusCode::FOUND, [(header::LOCATION, address)]).into_response())
}

/// Takes a file out of a comment for good; its author may, and the history of the comment says so
#[utoipa::path(delete, path = "/api/comments/{id}/attachments/{attachment}", tag = "comments",
    params(("id" = Uuid, Path), ("attachment" = Uuid, Path)),
    responses((status = 200, body = CommentView), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid: nothing would be left of the comment")))]
pub async fn remove_attachment(
    State(app): State<App>,
    Path(of): Path<OfComment>,
    actor: Actor,
) -> ApiResult<Json<CommentView>> {
    let viewer = actor.viewer();
    let read = comments::remove_file(&app, &viewer, of.id, of.attachment).await?;
    Ok(Json(CommentView::of(read, &viewer)))
}

#[derive(Debug, Deserialize)]
pub struct OfComment {
    id: CommentId,
    attachment: AttachmentId,
}

/// `/attachments/{cap}/{name}`: the file, for whoever holds its signed address; no cookie is looked at or set.
pub fn attachment_file() -> MethodRouter<App> {
    get(file)
}

async fn file(
    State(app): State<App>,
    Path((signed, _name)): Path<(String, String)>,
    Query(size): Query<Size>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let opened = attachments::open(&app, &app.media_keys, &app.tracks, &signed).await?;
    let (playing, found) = opened.ok_or_else(ApiError::not_found)?;
    if size.small
        && let Some(jpeg) = attachments::small(&app, &found.attachment).await?
    {
        let age = playing.capability().remaining(app.now());
        return Ok(saved::picture(jpeg, &found.attachment.name, age));
    }
    let key = ObjectKey::from_path(&found.key)
        .ok_or_else(|| ApiError::internal("attachments.key names no object"))?;
    let file = found.attachment;
    let age: Duration = playing.capability().remaining(app.now());
    let saved = Saved {
        key: &key,
        size: file.size,
        content_type: &file.content_type,
        inline: file.picture.is_some(),
        name: &file.name,
        cache_control: format!("private, max-age={}, immutable", age.as_secs()),
    };
    saved.answer(&app.objects, &headers).await
}

impl From<AttachError> for ApiError {
    fn from(error: AttachError) -> Self {
        match error {
            AttachError::Attachment(cause) => Self::invalid("attachments", cause),
            AttachError::TooMany(wait) => Self::too_many("Too many files in a short time.", wait),
            AttachError::Gate(cause) => cause.into(),
            AttachError::Intake(cause) => cause.into(),
            AttachError::Storage(cause) => cause.into(),
            AttachError::Store(cause) => cause.into(),
        }
    }
}
