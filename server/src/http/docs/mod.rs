//! `GET /api/docs`: the guide and the reference of the API, as one page without scripts. The guide is `docs/API.md`, the reference is
//! written from the API's description.

mod reference;

use std::sync::OnceLock;

use axum::extract::Extension;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use comrak::{Options, markdown_to_html};
use serde_json::Value;

use super::extract::Path;
use super::{ApiError, ApiResult};

const GUIDE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API.md"));
const STYLE: &str = include_str!("style.css");

/// Gives the description of the API as JSON; put there by the router.
#[derive(Debug, Clone, Copy)]
pub(super) struct Description(pub(super) fn() -> &'static str);

/// Markdown of ours, not of people.
fn html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.header_id_prefix = Some(String::new());
    markdown_to_html(markdown, &options)
}

fn text_of_page(description: &str) -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| {
        let spec: Value = serde_json::from_str(description).unwrap_or_default();
        let (contents, reference) = reference::written(&spec, html);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>API · Aside</title>\n<link rel=\"stylesheet\" href=\"/api/docs/style.css\">\n</head>\n\
             <body>\n<nav aria-label=\"Contents\"><a href=\"/\">Aside</a>{contents}</nav>\n<main>\n{}{reference}</main>\n</body>\n</html>\n",
            html(GUIDE)
        )
    })
}

/// The page.
pub(super) async fn page(
    Extension(Description(text)): Extension<Description>,
) -> Html<&'static str> {
    Html(text_of_page(text()))
}

/// What belongs to it.
pub(super) async fn file(
    Extension(Description(text)): Extension<Description>,
    Path(name): Path<String>,
) -> ApiResult<Response> {
    let (kind, text) = match &*name {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "openapi.json" => ("application/json", text()),
        _ => return Err(ApiError::not_found()),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, text).into_response())
}
