//! The web page's files, built by `web/` and embedded into this program (read from disk in
//! development builds). Hashed names never change their content; everything else is asked for anew.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::etag::is_held;
use crate::domain::page_language::PageLanguage;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Where the build puts files whose names carry a hash.
const HASHED: &str = "assets/";

/// Where the build puts the pages in German.
const GERMAN: &str = "de/";

/// What Vite writes with `build.manifest`.
const MANIFEST: &str = ".vite/manifest.json";

/// The shell's HTML; `None` when the page was not built.
pub(super) fn shell(language: PageLanguage) -> Option<String> {
    text(language, "index.html")
}

/// The HTML of what pages of other sites show.
pub(super) fn embed(language: PageLanguage) -> Option<String> {
    text(language, "embed.html")
}

/// What the build says of its scripts; empty when the page was not built.
pub(super) fn manifest(language: PageLanguage) -> String {
    text(language, MANIFEST).unwrap_or_default()
}

fn text(language: PageLanguage, name: &str) -> Option<String> {
    let file = match language {
        PageLanguage::English => Dist::get(name),
        PageLanguage::German => Dist::get(&format!("{GERMAN}{name}")),
    };
    String::from_utf8(file?.data.into_owned()).ok()
}

/// The file at `path` (without a leading slash); 304 when the client holds it already.
pub(super) fn file(path: &str, request: &HeaderMap) -> Option<Response> {
    if matches!(path, "index.html" | "embed.html" | MANIFEST) || path.starts_with(GERMAN) {
        return None;
    }
    // Names carry a hash, so what has the same name in two languages is the same.
    let german = || {
        path.starts_with(HASHED)
            .then(|| Dist::get(&format!("{GERMAN}{path}")))
    };
    let file = Dist::get(path).or_else(|| german().flatten())?;
    let etag = etag(&file);
    let mut response = if is_held(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(
        header::CACHE_CONTROL,
        if path.starts_with(HASHED) {
            IMMUTABLE
        } else {
            ASK_AGAIN
        },
    );
    Some(response)
}

fn etag(file: &EmbeddedFile) -> String {
    let short = &file.metadata.sha256_hash()[..8];
    // Weak: the bytes may travel compressed.
    format!("W/\"{}\"", hex::encode(short))
}
