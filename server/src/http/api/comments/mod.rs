//! Comments: threads at a moment of the recording.

mod assign;
mod attach;
mod change;
mod drawing;
mod export;
mod history;
mod react;
mod view;
mod write;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::comment::CommentError;
use crate::domain::comment_page::Place;
use crate::domain::reaction::ReactionError;
use crate::http::extract::{ByLink, Json, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::comments;

pub use assign::{
    __path_assign_comment, __path_unassign_comment, assign_comment, unassign_comment,
};
pub use attach::{
    __path_get_attachment, __path_post_attachment, __path_remove_attachment, attachment_file,
    get_attachment, post_attachment, remove_attachment,
};
pub use change::{
    __path_delete_comment, __path_patch_comment, __path_restore_comment, delete_comment,
    patch_comment, restore_comment,
};
pub use drawing::{__path_get_drawing, get_drawing};
pub use export::{__path_export_comments, export_comments};
pub use history::{__path_comment_history, comment_history};
pub use react::{
    __path_delete_reaction, __path_post_reaction, __path_react_to_comment, DeletedMoment,
    MomentNews, MomentView, delete_reaction, post_reaction, react_to_comment,
};
pub use view::CommentView;
pub use write::{__path_post_comment, post_comment};

const DEFAULT: u32 = 50;
const MAX_PAGE: u32 = 200;

/// Which page of the comments; without both all of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CommentPage {
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 when only `cursor` is said.
    limit: Option<u32>,
}

impl CommentPage {
    /// Behind which one, and how many; none: all of them.
    fn wanted(&self) -> ApiResult<Option<(Option<Place>, usize)>> {
        if self.cursor.is_none() && self.limit.is_none() {
            return Ok(None);
        }
        let cursor = self.cursor.as_deref().map(str::parse::<Place>);
        let after = cursor.transpose();
        let after = after.map_err(|e| ApiError::invalid("cursor", e))?;
        let limit = self.limit.unwrap_or(DEFAULT).clamp(1, MAX_PAGE);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(Some((after, limit)))
    }
}

/// What people said of a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comments {
    /// By moment, then by instant.
    pub comments: Vec<CommentView>,
    /// To moments, by moment; of pages all come with the first.
    pub reactions: Vec<MomentView>,
    /// Most bytes of a file of a comment; 0: there are none here.
    pub attachment_bytes: u64,
    /// `cursor` of the next page; missing at the end, and where all were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The comments of a recording
///
/// All of them, or with `limit` or `cursor` page by page. A page holds what may be read alone: what one may not read makes none shorter. An
/// answer may come on a later page than what it answers.
#[utoipa::path(get, path = "/api/watch/{slug}/comments", tag = "comments", params(("slug" = String, Path), CommentPage),
    responses((status = 200, body = Comments), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field")))]
pub async fn get_comments(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
    Query(page): Query<CommentPage>,
) -> ApiResult<Json<Comments>> {
    let wanted = page.wanted()?;
    let (recording, said) = comments::shown(&app, &app.limits, &presented, pass, &slug).await?;
    let (said, next) = match wanted {
        None => (said, None),
        Some((after, limit)) => comments::page_of(said, after, limit),
    };
    let viewer = *recording.viewer();
    let owns = viewer.owns(&recording);
    let attachment_bytes = app.config.attachment_bytes;
    // Rendering thousands that nobody asked for lately takes a while.
    let views = tokio::task::spawn_blocking(move || Comments {
        comments: said
            .comments
            .into_iter()
            .map(|comment| CommentView::of(comments::ReadComment { comment, owns }, &viewer))
            .collect(),
        reactions: said
            .moments
            .into_iter()
            .map(|reaction| MomentView::of(reaction, &viewer))
            .collect(),
        attachment_bytes,
        next: next.map(|place| place.to_string()),
    });
    Ok(Json(views.await.map_err(ApiError::internal)?))
}

impl From<CommentError> for ApiError {
    fn from(error: CommentError) -> Self {
        Self::invalid(error.field(), error)
    }
}

impl From<ReactionError> for ApiError {
    fn from(error: ReactionError) -> Self {
        Self::invalid(error.field(), error)
    }
}
