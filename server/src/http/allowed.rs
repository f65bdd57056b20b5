//! The one way from a request to a recording: extractors that hand over what the policy has decided.

use aside_protocol::id::{RecordingId, Slug};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;

use super::error::ApiError;
use super::extract::{Actor, Path};
use crate::app::App;
use crate::domain::access::{Allowed, Permission};
use crate::service::gate::{self, Playing};
use crate::service::sharing;

/// How the path names a recording; every such route has one of the two.
#[derive(Deserialize)]
struct Named {
    slug: Option<Slug>,
    id: Option<RecordingId>,
}

/// The recording that `{slug}` or `{id}` in the path names, with the proof that whoever asks may do `P` with it.
impl<P: Permission> FromRequestParts<App> for Allowed<P> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let viewer = Actor::from_request_parts(parts, app).await?.viewer();
        let Path(named) = Path::<Named>::from_request_parts(parts, app).await?;
        match (named.slug, named.id) {
            (Some(slug), _) => Ok(gate::by_slug(&app.store, &viewer, &slug).await?),
            (None, Some(id)) => Ok(gate::by_id(&app.store, &viewer, id).await?),
            (None, None) => Err(ApiError::internal(
                "the path of this route names no recording",
            )),
        }
    }
}

/// `{cap}` in the path: a signed media link.
#[derive(Deserialize)]
struct Signed {
    cap: String,
}

/// The recording that a signed media link opens now.
impl FromRequestParts<App> for Playing {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(Signed { cap }) = Path::from_request_parts(parts, app).await?;
        Ok(sharing::open(app, &app.media_keys, &app.tracks, &cap).await?)
    }
}
