//! `POST /api/watch/{slug}/download`: the recording as one MP4.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{self, Allowed};
use crate::domain::download::{Download, DownloadState};
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::download::{AskError, ask};
use crate::service::media_link::{MediaLink, media_link};

/// How far the file for download is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Download)]
pub struct DownloadView {
    pub state: DownloadState,
    /// 0 to 100.
    pub percent: u8,
    /// Where it is, once it is ready; runs out with the media links.
    #[schema(required)]
    pub url: Option<String>,
    /// Why it failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl DownloadView {
    /// `link` opens the media of the recording.
    pub(super) fn of(link: &MediaLink, download: Download) -> Self {
        let file = download.file.as_ref();
        Self {
            state: download.state,
            percent: download.percent,
            url: file.map(|_| format!("/media/{}/recording.mp4", link.signed)),
            why: download.why,
        }
    }
}

/// Asks for a finished recording as one MP4; open pages hear of it by events called `download`. May be repeated
#[utoipa::path(post, path = "/api/watch/{slug}/download", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = DownloadView), (status = 403, description = "password_needed"), (status = 404),
        (status = 409, description = "not_finished"), (status = 410, description = "gone")))]
pub async fn ask_for_download(
    State(app): State<App>,
    recording: Allowed<access::Download>,
) -> ApiResult<Json<DownloadView>> {
    let download = ask(&app, &recording).await?;
    let link = media_link(&app, &app.media_keys, &recording).await?;
    Ok(Json(DownloadView::of(&link, download)))
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NotFinished => Self::new(ProblemCode::NotFinished).detail(error),
            AskError::Gate(cause) => cause.into(),
            AskError::Storage(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
        }
    }
}
