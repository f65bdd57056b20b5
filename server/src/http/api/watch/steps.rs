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
use crate::http::base_url::BaseUrl;
use crate::http::forwarded::Via;
use crate::http::range::insert;
use crate::http::saved::{AsStored, disposition};
use crate::http::{ApiError, ApiResult};
use crate::service::gate;
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
    let pictures = found.pictures(&app.frames, means, &recording, via.client);
    let page = found.page(&recording.title, &link, &pictures.await?);
    let mut response = page.into_response();
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

/// The same as a PDF: A4, with the pictures, links to the moments, and text that can be searched
///
/// It is set in the fonts that are found on the server.
#[utoipa::path(get, path = "/api/watch/{slug}/steps.pdf", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"), (status = 429),
        (status = 503, description = "unavailable: too many pictures are being made at the moment")))]
pub async fn get_steps_pdf(
    State(app): State<App>,
    recording: Allowed<Watch>,
    base: BaseUrl,
    via: Via,
) -> ApiResult<Response> {
    let found = read(&app, &recording).await?;
    let means = (&app.resources, &app.limits);
    let pictures = app
        .steps_pdfs
        .pictures(&found, &app.frames, means, &recording, via.client)
        .await?;
    // That may have taken minutes, in which the right was taken back.
    let recording = gate::again(&app.resources, &recording).await?;
    let (title, link) = (recording.title.clone(), base.watch(&recording.slug));
    let name = match title.as_str() {
        "" => "steps.pdf".to_owned(),
        title => format!("{}.pdf", title.replace('/', "-")),
    };
    let made = app.steps_pdfs.document(found, title, link, pictures).await;
    let mut response = made.map_err(ApiError::internal)?.into_response();
    let how = disposition("attachment", &name);
    for (name, value) in [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::CONTENT_DISPOSITION, how.as_str()),
    ] {
        insert(&mut response, name, value);
    }
    // What it holds is compressed.
    response.extensions_mut().insert(AsStored);
    Ok(response)
}
