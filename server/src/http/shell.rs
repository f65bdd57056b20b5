//! Pages: the shell of the single-page application with a head filled per page, so that a link
//! pasted into a chat shows a title and a picture. It tells only what an anonymous visitor may know.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::api::document::{self, ByDocument};
use super::base_url::BaseUrl;
use super::content_policy::{content_policy, media_elsewhere};
use super::dress::Dress;
use super::head::{Head, fill};
use super::{ApiError, ApiResult, assets, preloads};
use crate::app::App;
use crate::http::extract::ByLink;
use crate::service::actor::Presented;
use crate::service::watch::{Previewed, preview};

/// Shown when the program was built before the page was.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Aside</title><!--shell:head--></head><body>\
    <h1>The server runs; its page was not built</h1><p>Build it with <code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>, \
    then build the server again.</p></body></html>";

/// `GET /w/{slug}`: the watch page; `GET /w/{slug}.md`: the same to read.
pub async fn watch(
    State(app): State<App>,
    presented: Presented,
    document: Option<ByDocument>,
    link: Result<ByLink, ApiError>,
    base: BaseUrl,
    dress: Dress,
) -> ApiResult<Response> {
    if let Some(document) = document {
        return document::read(&app, &presented, &base, document).await;
    }
    let (status, head, embed) = preview_of(&app, &presented, link, &base).await?;
    Ok(framed(&app, page(status, &head, &dress), &embed))
}

/// `GET /e/{slug}`: the same recording for pages of other sites, those that its owner allows. What is not for everybody looks as it does
/// on its own page.
pub async fn embed(
    State(app): State<App>,
    presented: Presented,
    link: Result<ByLink, ApiError>,
    base: BaseUrl,
    dress: Dress,
) -> ApiResult<Response> {
    let (status, head, embed) = preview_of(&app, &presented, link, &base).await?;
    let shell = assets::embed(dress.language).unwrap_or_else(|| NOT_BUILT.to_owned());
    Ok(framed(&app, html(status, &shell, &head, &dress), &embed))
}

/// Status, head, and the sites that may show it.
async fn preview_of(
    app: &App,
    presented: &Presented,
    link: Result<ByLink, ApiError>,
    base: &BaseUrl,
) -> ApiResult<(StatusCode, Head, Vec<String>)> {
    // A slug that cannot be one is nothing that exists, like one that is not known.
    let found = match link {
        Ok(ByLink { slug, pass }) => preview(app, &app.tracks, presented, pass, &slug).await?,
        Err(_) => Previewed::Nothing,
    };
    Ok(match found {
        Previewed::Shown(preview) => {
            let embed = preview.recording.sharing.embed.clone();
            (StatusCode::OK, Head::of(*preview, base), embed)
        }
        Previewed::Hidden => (StatusCode::OK, Head::default(), Vec::new()),
        Previewed::Nothing => (StatusCode::NOT_FOUND, Head::default(), Vec::new()),
    })
}

/// Which sites may show a page.
fn framed(app: &App, mut page: Response, embed: &[String]) -> Response {
    if !embed.is_empty() {
        let policy = content_policy(media_elsewhere(app), embed);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    page
}

/// Every page says `noindex`. Crawlers must be able to read that, and those that make link previews
/// must reach title and poster, so only the media are closed to them.
pub async fn robots() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, "User-agent: *\nDisallow: /media/\n")
}

/// The addresses of pages, besides `/w/{slug}`; the same as in `web/src/routes.ts`.
pub const PAGES: [&str; 16] = [
    "/",
    "/sign-in",
    "/setup",
    "/device",
    "/settings",
    "/trash",
    "/reset",
    "/verify-mail",
    "/people",
    "/invitation",
    "/mail-link",
    "/audit",
    "/inbox",
    "/catch-up",
    "/integrations",
    "/search",
];

/// A page whose address is no fixed one, and which says for itself whether it is there.
pub async fn page_of_its_own(dress: Dress) -> Response {
    page(StatusCode::OK, &Head::default(), &dress)
}

/// Every other address: a file of the page, or the shell. For an address that the page does not
/// know it says so, and the status does too.
pub async fn other(method: Method, uri: Uri, headers: HeaderMap, dress: Dress) -> Response {
    let path = uri.path().trim_start_matches('/');
    let for_programs = ["api/", "media/", "assets/"]
        .iter()
        .any(|p| path.starts_with(p))
        || path == "api";
    if method != Method::GET && method != Method::HEAD {
        return ApiError::not_found().into_response();
    }
    if let Some(file) = assets::file(path, &headers) {
        return file;
    }
    if for_programs {
        return ApiError::not_found().into_response();
    }
    let known = match uri.path() {
        "/" => true,
        path => PAGES.contains(&path.trim_end_matches('/')),
    };
    let status = if known {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let head = Head {
        scripts: preloads::tags(dress.language, uri.path()),
        ..Head::default()
    };
    page(status, &head, &dress)
}

fn page(status: StatusCode, head: &Head, dress: &Dress) -> Response {
    let shell = assets::shell(dress.language).unwrap_or_else(|| NOT_BUILT.to_owned());
    html(status, &shell, head, dress)
}

fn html(status: StatusCode, shell: &str, head: &Head, dress: &Dress) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (status, headers, dress.headers(), fill(shell, head, dress)).into_response()
}
