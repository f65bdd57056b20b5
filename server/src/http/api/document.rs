//! `GET /w/{slug}.md`: a recording as a page of text.

use aside_protocol::id::Slug;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::capability::Pass;
use crate::domain::document::moment;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Path, Query, pass};
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::document::{Asked, markdown};

/// What the ending of the address says.
const ENDING: &str = ".md";

#[derive(Debug, Deserialize)]
struct Wanted {
    t: Option<String>,
}

/// A link with `.md` behind it.
#[derive(Debug)]
pub struct ByDocument {
    /// None where it can be no link at all.
    link: Option<(Slug, Option<Pass>)>,
    at_ms: Option<u64>,
}

/// None where the address has another ending.
impl axum::extract::OptionalFromRequestParts<App> for ByDocument {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        let Path(name) =
            <Path<String> as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Some(slug) = name.strip_suffix(ENDING) else {
            return Ok(None);
        };
        let Query(wanted) =
            <Query<Wanted> as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let link = match slug.parse::<Slug>() {
            Ok(slug) => {
                let pass = pass(parts, app, &slug).await?;
                Some((slug, pass))
            }
            Err(_) => None,
        };
        Ok(Some(Self {
            link,
            at_ms: wanted.t.as_deref().and_then(moment),
        }))
    }
}

/// Title, chapters, transcript with times, comments that whoever asks may read, links to frames.
pub async fn read(
    app: &App,
    presented: &Presented,
    base: &BaseUrl,
    asked: ByDocument,
) -> ApiResult<Response> {
    // What can be no link is answered like one that is not known.
    let (slug, pass) = asked.link.ok_or_else(ApiError::not_found)?;
    let frames = format!("{}/api/watch/{slug}/frames", base.as_str());
    let link = base.watch(&slug);
    let asked = Asked {
        presented,
        slug: &slug,
        pass,
        link: &link,
        frames: &frames,
        at_ms: asked.at_ms,
    };
    let text = markdown(app, (&app.tracks, &app.media_keys, &app.limits), asked).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, text).into_response())
}
