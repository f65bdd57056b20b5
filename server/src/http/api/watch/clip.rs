//! Ranges of a recording as files.

use std::sync::Arc;

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::picture;
use crate::app::App;
use crate::domain::access::{Allowed, Download};
use crate::domain::excerpt::{ExcerptFormat, ExcerptWanted, NoExcerpt};
use crate::http::extract::Query;
use crate::http::forwarded::Via;
use crate::http::range::insert;
use crate::http::saved::disposition;
use crate::http::{ApiError, ApiResult};
use crate::service::excerpts::ExcerptError;
use crate::service::gate;

/// A range, in milliseconds of the recording.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Range {
    from: u64,
    until: u64,
    /// Pictures are at most so many pixels wide: 160 to 1920 of an MP4, to 800 of a GIF.
    width: Option<u32>,
}

/// A range of a finished recording as an MP4, with the face where the layout has it: at most 60 seconds
#[utoipa::path(get, path = "/api/watch/{slug}/clip.mp4", tag = "watch", params(("slug" = String, Path), Range),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 304), (status = 403, description = "password_needed"), (status = 404),
        (status = 409, description = "not_finished"), (status = 410, description = "gone"), (status = 413, description = "the file would be too large"), (status = 422), (status = 429),
        (status = 503, description = "part_lost, or unavailable: it cannot be made, or too many are asked for")))]
pub async fn get_clip(
    app: State<App>,
    recording: Allowed<Download>,
    range: Query<Range>,
    via: Via,
    sent: HeaderMap,
) -> ApiResult<Response> {
    file(ExcerptFormat::Mp4, app, recording, range, via, sent).await
}

/// A range of a finished recording as a GIF: at most 15 seconds, ten pictures a second
#[utoipa::path(get, path = "/api/watch/{slug}/clip.gif", tag = "watch", params(("slug" = String, Path), Range),
    responses((status = 200, content_type = "image/gif", body = Vec<u8>), (status = 304), (status = 403, description = "password_needed"), (status = 404),
        (status = 409, description = "not_finished"), (status = 410, description = "gone"), (status = 413, description = "the file would be too large"), (status = 422), (status = 429),
        (status = 503, description = "part_lost, or unavailable: it cannot be made, or too many are asked for")))]
pub async fn get_clip_as_gif(
    app: State<App>,
    recording: Allowed<Download>,
    range: Query<Range>,
    via: Via,
    sent: HeaderMap,
) -> ApiResult<Response> {
    file(ExcerptFormat::Gif, app, recording, range, via, sent).await
}

async fn file(
    format: ExcerptFormat,
    State(app): State<App>,
    recording: Allowed<Download>,
    Query(range): Query<Range>,
    via: Via,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let wanted = ExcerptWanted::checked(format, (range.from, range.until), range.width);
    let wanted = wanted.map_err(|why| match why {
        NoExcerpt::Empty | NoExcerpt::TooLong(_) => ApiError::invalid("until", why),
        NoExcerpt::Width(..) => ApiError::invalid("width", why),
    })?;
    let means = (&app.resources, &app.limits);
    let made = app
        .excerpts
        .asked_for(means, &recording, wanted, via.client)
        .await?;
    // That may have taken minutes, in which the right was taken back.
    let recording = gate::again(&app.resources, &recording).await?;
    let tag = made.sha256.to_string();
    let kind = format.content_type();
    let mut response = picture::answer(&sent, kind, &tag, async || Ok(made.bytes.clone())).await?;
    let name = wanted.file_name(&recording.title);
    let how = disposition("attachment", &name);
    insert(&mut response, header::CONTENT_DISPOSITION, how);
    Ok(response)
}

impl From<Arc<ExcerptError>> for ApiError {
    fn from(error: Arc<ExcerptError>) -> Self {
        let error = &*error;
        match error {
            ExcerptError::NotFinished => Self::new(ProblemCode::NotFinished).detail(error),
            ExcerptError::NoPicture => Self::invalid("from", error),
            ExcerptError::Busy => Self::new(ProblemCode::Unavailable)
                .detail(error)
                .retry_after(10),
            ExcerptError::TooMany(wait) => Self::too_many("Too many files were asked for.", *wait),
            ExcerptError::TooLarge => Self::new(ProblemCode::TooLarge).detail(error),
            ExcerptError::Failed => Self::new(ProblemCode::Unavailable).detail(error),
            ExcerptError::Lost => Self::new(ProblemCode::PartLost).detail(error),
            ExcerptError::Process(_) => {
                tracing::error!(cause = %error, "{error}");
                Self::new(ProblemCode::Unavailable)
                    .detail("The server cannot make files at the moment. Nothing was lost.")
            }
            ExcerptError::Store(cause) => cause.into(),
            ExcerptError::Objects(cause) => Self::internal(cause),
        }
    }
}
