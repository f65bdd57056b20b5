//! What a page is dressed in: the language of whoever asks, and the look of the server.

use std::convert::Infallible;
use std::sync::Arc;

use aside_protocol::recording::Sha256;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use super::ApiError;
use super::base_url::BaseUrl;
use crate::app::App;
use crate::auth::cookie::{language_cookie, set_language};
use crate::domain::page_language::PageLanguage;
use crate::domain::server_look::ServerLook;

#[derive(Debug, Clone)]
pub struct Dress {
    pub(super) language: PageLanguage,
    pub(super) look: Arc<ServerLook>,
}

impl FromRequestParts<App> for Dress {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let accept = parts.headers.get(header::ACCEPT_LANGUAGE);
        let accept = accept.and_then(|it| it.to_str().ok()).unwrap_or_default();
        Ok(Self {
            language: PageLanguage::choose(language_cookie(&parts.headers), accept),
            look: app.look.get(app).await,
        })
    }
}

impl Dress {
    /// What caches must know: the same address has a page in each language.
    pub(super) fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        [
            (
                header::VARY,
                HeaderValue::from_static("accept-language, cookie"),
            ),
            (
                header::CONTENT_LANGUAGE,
                HeaderValue::from_static(self.language.tag()),
            ),
        ]
    }

    /// The style sheet of the server's colour, as a tag; empty where it has none.
    pub(super) fn style(&self) -> String {
        self.look.accent().map_or_else(String::new, |accent| {
            let version = version(&accent.style_sheet());
            format!("<link rel=\"stylesheet\" href=\"/look.css?{version}\">")
        })
    }
}

/// What the address of a style sheet says of it. Not the colour: what is made of it changes with the program.
fn version(sheet: &str) -> String {
    let mut hash = Sha256::of(sheet.as_bytes()).to_string();
    hash.truncate(8);
    hash
}

/// `GET /language/{tag}`: somebody without an account chooses a language, and is led back to where they were. It changes nothing but what this
/// browser is shown.
pub async fn choose(
    Path(tag): Path<String>,
    base: BaseUrl,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let language = PageLanguage::of(&tag).ok_or_else(ApiError::not_found)?;
    let from = headers.get(header::REFERER).and_then(|it| it.to_str().ok());
    // Only within this server: what does not begin with one slash would lead elsewhere.
    let path = from.and_then(|it| it.strip_prefix(base.as_str()));
    let back = path.filter(|it| it.starts_with('/') && !it.starts_with("//"));
    let back = HeaderValue::from_str(back.unwrap_or("/"));
    Ok((
        StatusCode::SEE_OTHER,
        [
            (header::SET_COOKIE, set_language(Some(language.tag()))),
            (
                header::LOCATION,
                back.unwrap_or(HeaderValue::from_static("/")),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
    ))
}

/// `GET /look.css`: the server's colour. Its address changes with what is in it.
pub async fn style_sheet(State(app): State<App>, RawQuery(asked): RawQuery) -> impl IntoResponse {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/css; charset=utf-8"),
    );
    let accent = app.look.get(&app).await.accent();
    let sheet = accent.map(|it| it.style_sheet());
    let current = sheet
        .as_ref()
        .is_some_and(|it| asked.as_ref() == Some(&version(it)));
    let keep = if current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    (headers, sheet.unwrap_or_default())
}
