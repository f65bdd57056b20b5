//! Pages: the shell of the single-page application with a head filled per page, so that a link
//! pasted into a chat shows a title and a picture. It tells only what an anonymous visitor may know.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::api::document::{self, ByDocument};
use super::base_url::BaseUrl;
use super::content_policy::{content_policy, media_elsewhere};
use super::{ApiError, ApiResult, assets};
use crate::app::App;
use crate::http::extract::ByLink;
use crate::service::actor::Presented;
use crate::service::watch::{Preview, Previewed, preview};

/// What the built page has in its head for us to replace.
const PLACE: &str = "<!--shell:head-->";
const PLAIN_TITLE: &str = "<title>Aside</title>";

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
) -> ApiResult<Response> {
    if let Some(document) = document {
        return document::read(&app, &presented, &base, document).await;
    }
    // A slug that cannot be one is nothing that exists, like one that is not known.
    let found = match link {
        Ok(ByLink { slug, pass }) => preview(&app, &app.tracks, &presented, pass, &slug).await?,
        Err(_) => Previewed::Nothing,
    };
    let Preview {
        recording,
        owner_name: owner,
        length_ms,
    } = match found {
        Previewed::Shown(preview) => *preview,
        Previewed::Hidden => return Ok(page(StatusCode::OK, &Head::default())),
        Previewed::Nothing => return Ok(page(StatusCode::NOT_FOUND, &Head::default())),
    };
    let url = base.watch(&recording.slug);
    let image = recording
        .poster_key
        .as_ref()
        .map(|_| format!("{}/api/watch/{}/poster", base.as_str(), recording.slug));
    let title = if recording.title.is_empty() {
        format!("A recording by {owner}")
    } else {
        recording.title
    };
    let embed = recording.sharing.embed;
    let mut page = page(
        StatusCode::OK,
        &Head {
            title,
            description: format!("{owner} · {}", clock(length_ms)),
            url,
            image,
        },
    );
    if !embed.is_empty() {
        let elsewhere = media_elsewhere(&app);
        let policy = content_policy(elsewhere, &embed);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(page)
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
pub async fn page_of_its_own() -> Response {
    page(StatusCode::OK, &Head::default())
}

/// Every other address: a file of the page, or the shell. For an address that the page does not
/// know it says so, and the status does too.
pub async fn other(method: Method, uri: Uri, headers: HeaderMap) -> Response {
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
    page(status, &Head::default())
}

/// What a link preview shows; nothing of it for a page that is not for everybody.
#[derive(Debug, Default)]
struct Head {
    title: String,
    description: String,
    url: String,
    image: Option<String>,
}

fn page(status: StatusCode, head: &Head) -> Response {
    let shell = assets::shell().unwrap_or_else(|| NOT_BUILT.to_owned());
    let html = fill(&shell, head);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (status, headers, html).into_response()
}

fn fill(shell: &str, head: &Head) -> String {
    // Links are secrets: no page of ours belongs into a search engine.
    let mut tags = "<meta name=\"robots\" content=\"noindex\">".to_owned();
    if head.title.is_empty() {
        return shell.replacen(PLACE, &tags, 1);
    }
    let mut tag = |attribute: &str, name: &str, content: &str| {
        tags.push_str(&format!(
            "<meta {attribute}=\"{name}\" content=\"{}\">",
            escape(content)
        ));
    };
    tag("property", "og:site_name", "Aside");
    tag("property", "og:type", "video.other");
    tag("property", "og:title", &head.title);
    tag("property", "og:description", &head.description);
    tag("property", "og:url", &head.url);
    tag("name", "description", &head.description);
    tag("name", "twitter:title", &head.title);
    tag("name", "twitter:description", &head.description);
    match &head.image {
        Some(image) => {
            tag("property", "og:image", image);
            tag("name", "twitter:image", image);
            tag("name", "twitter:card", "summary_large_image");
        }
        None => tag("name", "twitter:card", "summary"),
    }
    let title = format!("<title>{} · Aside</title>", escape(&head.title));
    shell
        .replacen(PLAIN_TITLE, &title, 1)
        .replacen(PLACE, &tags, 1)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// `3:10`, `1:02:03`.
fn clock(ms: u64) -> String {
    let (s, m, h) = (ms / 1000 % 60, ms / 60_000 % 60, ms / 3_600_000);
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_leave_its_attribute() {
        let head = Head {
            title: "</title><script>alert(1)</script>\" onload='x'".to_owned(),
            ..Head::default()
        };
        let html = fill(NOT_BUILT, &head);
        assert!(
            !html.contains("<script>") && !html.contains("onload='"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_title_with_our_own_placeholder_is_only_a_title() {
        let head = Head {
            title: PLACE.to_owned(),
            description: PLAIN_TITLE.to_owned(),
            ..Head::default()
        };
        assert!(!fill(NOT_BUILT, &head).contains(PLACE));
    }

    #[test]
    fn lengths_read_as_on_a_clock() {
        assert_eq!(
            [clock(0), clock(190_999), clock(3_723_000)],
            ["0:00", "3:10", "1:02:03"]
        );
    }
}
