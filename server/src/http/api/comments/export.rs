//! The comments of a recording as a file, with the rights of who asks for it.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::domain::comment_export::{Format, write};
use crate::http::extract::{ByLink, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::comments;

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportComments {
    /// `csv`, `markdown` or `json`; `csv` when it is not said.
    format: Option<String>,
}

/// The comments of a recording as a file
#[utoipa::path(get, path = "/api/watch/{slug}/comments/export", tag = "comments", params(("slug" = String, Path), ExportComments),
    responses((status = 200, description = "a file", content((String = "text/csv"), (String = "text/markdown"), (serde_json::Value = "application/json"))),
        (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"), (status = 422, description = "invalid, with the field")))]
pub async fn export_comments(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
    Query(wanted): Query<ExportComments>,
) -> ApiResult<impl IntoResponse> {
    let (recording, said) = comments::shown(&app, &app.limits, &presented, pass, &slug).await?;
    let format = match wanted.format.as_deref() {
        None => Format::Csv,
        Some(name) => name
            .parse()
            .map_err(|error| ApiError::invalid("format", error))?,
    };
    let (title, viewer) = (recording.title.clone(), *recording.viewer());
    let text = tokio::task::spawn_blocking(move || write(format, &title, &said.comments, &viewer));
    let text = text.await.map_err(ApiError::internal)?;
    let name = format!("attachment; filename=\"comments.{}\"", format.extension());
    Ok((
        [
            (header::CONTENT_TYPE, format.media_type().to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    ))
}
