//! Single pictures of a recording.

use std::sync::Arc;

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::picture;
use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::frame::{FrameWanted, USUAL_WIDTH, WIDTHS};
use crate::http::extract::{Path, Query};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::frames::FrameError;

#[derive(Debug, Deserialize)]
pub struct Wanted {
    width: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub struct Named {
    moment: String,
}

/// The picture at a moment
///
/// The last one that is shown at this moment; behind the end, the last of all.
#[utoipa::path(get, path = "/api/watch/{slug}/frames/{moment}", tag = "watch",
    params(("slug" = String, Path), ("moment" = String, Path, description = "milliseconds, with the ending of the format: `12500.jpg` or `12500.png`"),
        ("width" = Option<u32>, Query, description = "at most so many pixels wide, 16 to 3840; 1920 where it is not said")),
    responses((status = 200, content((String = "image/jpeg"), (String = "image/png"))), (status = 304), (status = 403, description = "password_needed"),
        (status = 404, description = "there is no picture"), (status = 410, description = "gone"), (status = 422), (status = 429),
        (status = 503, description = "part_lost, or unavailable: it cannot be decoded, or too many are asked for")))]
pub async fn get_frame(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(named): Path<Named>,
    Query(Wanted { width }): Query<Wanted>,
    via: Via,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let width = width.unwrap_or(USUAL_WIDTH);
    if !WIDTHS.contains(&width) {
        let (least, most) = WIDTHS.into_inner();
        let detail = format!("A picture is {least} to {most} pixels wide.");
        return Err(ApiError::invalid("width", detail));
    }
    let wanted = FrameWanted::from_name(&named.moment, width).ok_or_else(ApiError::not_found)?;
    let means = (&app.resources, &app.limits);
    let frame = app
        .frames
        .asked_for(means, &recording, wanted, via.client)
        .await?;
    let kind = wanted.format.content_type();
    picture::answer(&sent, kind, &frame.sha256.to_string(), async || {
        Ok(frame.bytes.clone())
    })
    .await
}

impl From<Arc<FrameError>> for ApiError {
    fn from(error: Arc<FrameError>) -> Self {
        let error = &*error;
        match error {
            FrameError::NoPicture => Self::not_found().detail(error),
            FrameError::Busy => Self::new(ProblemCode::Unavailable)
                .detail(error)
                .retry_after(2),
            FrameError::TooMany(wait) => Self::too_many("Too many pictures were asked for.", *wait),
            FrameError::Undecodable => Self::new(ProblemCode::Unavailable).detail(error),
            FrameError::Lost => Self::new(ProblemCode::PartLost).detail(error),
            FrameError::Process(_) => {
                tracing::error!(cause = %error, "{error}");
                Self::new(ProblemCode::Unavailable)
                    .detail("The server cannot make pictures at the moment. Nothing was lost.")
            }
            FrameError::Store(cause) => cause.into(),
            FrameError::Objects(cause) => Self::internal(cause),
        }
    }
}
