//! A recording as steps: a chapter each, with its picture and what is said in it.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::steps::STYLE;
use crate::http::ApiResult;
use crate::http::base_url::BaseUrl;
use crate::http::forwarded::Via;
use crate::http::range::insert;
use crate::service::steps::read;

/// A recording as steps, as Markdown: each chapter with a link to its picture, and what is said in it
#[utoipa::path(get, path = "/api/watch/{slug}/steps.md", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_steps_text(
    State(app): State<App>,
    recording: Allowed<Watch>,
    base: BaseUrl,
) -> ApiResult<Response> {
    let found = read(&app, &recording).await?;
    let link = base.watch(&recording.slug);
    let frames = format!("{}/api/watch/{}/frames", base.as_str(), recording.slug);
    let text = found.markdown(&recording.title, &link, &frames);
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, text).into_response())
}

/// The same as one page with the pictures in it, to be saved or printed
#[utoipa::path(get, path = "/api/watch/{slug}/steps.html", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"), (status = 429),
        (status = 503, description = "unavailable: too many pictures are being made at the moment")))]
pub async fn get_steps_page(
    State(app): State<App>,
    recording: Allowed<Watch>,
    base: BaseUrl,
    via: Via,
) -> ApiResult<Response> {
    let found = read(&app, &recording).await?;
    let link = base.watch(&recording.slug);
    let means = (&app.resources, &app.limits);
    let page = found.page(&app.frames, means, &recording, &link, via.client);
    let mut response = page.await?.into_response();
    insert(
        &mut response,
        header::CONTENT_TYPE,
        "text/html; charset=utf-8",
    );
    insert(&mut response, header::CACHE_CONTROL, "private, no-cache");
    // No script, and no style but its own.
    let style = STANDARD.encode(Sha256::digest(STYLE));
    insert(
        &mut response,
        header::CONTENT_SECURITY_POLICY,
        format!(
            "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    );
    Ok(response)
}
