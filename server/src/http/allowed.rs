//! The one way from a request to a recording: extractors that hand over what the policy has decided.

use aside_protocol::id::{RecordingId, Slug};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;

use super::actor::admit;
use super::error::ApiError;
use super::extract::{Actor, NewestEvent, Path, pass, presented};
use crate::app::App;
use crate::domain::access::{Action, Allowed, Permission};
use crate::service::gate::{self, Playing};
use crate::service::{media_link, views};

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
        let Path(named) = Path::<Named>::from_request_parts(parts, app).await?;
        if let Some(slug) = named.slug {
            let pass = pass(parts, app, &slug).await?;
            let knocked = gate::knock(app, &presented(parts)?, pass, &slug).await?;
            admit(app, parts, &knocked.actor)?;
            if matches!(P::ACTION, Action::Watch | Action::Download) {
                let (actor, recording) = (&knocked.actor, &knocked.recording);
                views::note_agent(app, &app.limits, actor, recording).await;
            }
            parts.extensions.insert(NewestEvent(knocked.newest_event));
            parts.extensions.insert(knocked.actor);
            return Ok(knocked.recording);
        }
        let viewer = Actor::from_request_parts(parts, app).await?.viewer();
        match named.id {
            Some(id) => Ok(gate::by_id(app, &viewer, id).await?),
            None => Err(ApiError::internal(
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
        Ok(media_link::open(app, &app.media_keys, &app.tracks, &cap).await?)
    }
}
