//! `/media/{cap}/…`: playlists, inits and parts, for whoever holds a signed link. No cookie is looked
//! at or set, any page may read the answers.
//!
//! Every request looks at the recording as the track cache knows it, so that a trashed recording stops playing at once
//! where it was trashed, and within a second on other servers.

mod download;
mod elsewhere;
mod file;
mod playlist;
mod wait;

use std::convert::Infallible;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Kind, TrackName};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use crate::app::App;
use crate::domain::capability::CapabilityError;
use crate::http::{ApiError, ApiResult};
use crate::service::media_link::OpenError;

/// `/w/{slug}/master.m3u8`: to the playlists, for players that know only the link.
pub fn link() -> MethodRouter<App> {
    get(playlist::from_link).layer(from_fn(for_any_page))
}

/// `/media/{cap}/{file}`: the playlists.
pub fn playlists() -> MethodRouter<App> {
    get(playlist::playlist).layer(from_fn(for_any_page))
}

/// `/media/{cap}/{track}/{file}`: inits and parts.
pub fn files() -> MethodRouter<App> {
    get(file::file).layer(from_fn(for_any_page))
}

/// Lets pages of any origin read the answer, errors too.
async fn for_any_page(request: Request, next: Next) -> Result<Response, Infallible> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("content-length, content-range, etag"),
    );
    Ok(response)
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Capability(refused) => {
                let code = match refused {
                    CapabilityError::Forged => ProblemCode::Forbidden,
                    CapabilityError::Expired => ProblemCode::LinkExpired,
                };
                Self::new(code).detail(refused)
            }
            OpenError::Gate(cause) => cause.into(),
            OpenError::Store(cause) => cause.into(),
        }
    }
}

fn track(name: &str) -> ApiResult<TrackName> {
    match name.parse() {
        Ok(name @ (TrackName::Video | TrackName::Audio | TrackName::Camera)) => Ok(name),
        _ => Err(ApiError::not_found()),
    }
}

const fn content_type(track: TrackName) -> &'static str {
    match track.kind() {
        Kind::Video => "video/mp4",
        Kind::Audio => "audio/mp4",
        Kind::Data => "application/x-ndjson",
    }
}
