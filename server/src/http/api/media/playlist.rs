//! The playlists of a recording, with blocking reload, and the redirect for players that know only
//! the link.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::Slug;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{MAX_SEGMENT_SECONDS, TrackName};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::wait::{Look, Sight, until};
use super::{admit, track};
use crate::app::App;
use crate::domain::access::Action;
use crate::domain::capability::Capability;
use crate::http::api::watch::{playback, visible};
use crate::http::extract::{Actor, Path, Query};
use crate::http::{ApiError, ApiResult};
use crate::playlist::{self, Reload, Track, Verdict};

/// Blocking reload waits at most three target durations (docs/PROTOCOL.md).
const RELOAD: Duration = Duration::from_secs(3 * MAX_SEGMENT_SECONDS as u64);
/// How long the first picture is waited for.
const FIRST: Duration = Duration::from_secs(5);

/// How long the first whole segment is waited for, and a second for its way here.
const SEGMENT: Duration = Duration::from_secs(MAX_SEGMENT_SECONDS as u64 + 1);

/// Delivery directives (RFC 8216bis §6.2.5); others are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Directives {
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    #[serde(rename = "_HLS_part")]
    part: Option<u64>,
}

pub(super) async fn playlist(
    State(app): State<App>,
    Path((cap, file)): Path<(String, String)>,
    Query(directives): Query<Directives>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (capability, _) = admit(&app, &cap).await?;
    let name = file.strip_suffix(".m3u8").ok_or_else(ApiError::not_found)?;
    let text = if name == "master" {
        master(&app, &capability).await?
    } else {
        let reload = match (directives.msn, directives.part) {
            (Some(msn), part) => Some(Reload { msn, part }),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(
                    ApiError::new(ProblemCode::BadRequest).detail("_HLS_part needs _HLS_msn")
                );
            }
        };
        media(&app, &capability, track(name)?, reload).await?
    };
    Ok(answer(text, &headers))
}

async fn master(app: &App, capability: &Capability) -> ApiResult<String> {
    until(app, capability, FIRST, |sight| {
        let text = playlist::renditions(&sight.tracks, sight.take.ended)
            .map(|tracks| playlist::master(&tracks, sight.take));
        Ok(arrived(text, sight))
    })
    .await?
    .ok_or_else(nothing_yet)
}

async fn media(
    app: &App,
    capability: &Capability,
    name: TrackName,
    reload: Option<Reload>,
) -> ApiResult<String> {
    let patience = if reload.is_some() { RELOAD } else { FIRST };
    until(app, capability, patience, |sight| {
        let track: &Arc<Track> = sight
            .tracks
            .iter()
            .find(|t| t.name == name)
            .ok_or_else(ApiError::not_found)?;
        if track.run().is_empty() {
            return Ok(arrived(None, sight));
        }
        let verdict = reload.map_or(Verdict::Answer, |reload| {
            playlist::verdict(track, sight.take, reload)
        });
        let text = || Some(playlist::media(track, sight.take, reload.is_some()));
        match verdict {
            Verdict::Answer => Ok(Look::Enough(text())),
            Verdict::Wait => Ok(Look::NotYet(text())),
            Verdict::Absurd => {
                Err(ApiError::new(ProblemCode::BadRequest).detail("_HLS_msn lies too far ahead"))
            }
        }
    })
    .await?
    .ok_or_else(nothing_yet)
}

/// What is there is enough; what is not may come, while the take runs.
fn arrived(text: Option<String>, sight: &Sight) -> Look<Option<String>> {
    if text.is_some() || sight.take.ended {
        Look::Enough(text)
    } else {
        Look::NotYet(text)
    }
}

fn nothing_yet() -> ApiError {
    ApiError::not_found().detail("Nothing of this recording has arrived yet.")
}

fn answer(text: String, headers: &HeaderMap) -> Response {
    // Weak, because the answer may be compressed on its way.
    let mut etag = String::from("W/\"");
    for byte in &Sha256::digest(text.as_bytes())[..12] {
        _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    let unchanged = known.is_some_and(|known| {
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == &etag[2..])
    });
    let status = if unchanged {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let body = if unchanged { String::new() } else { text };
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.apple.mpegurl"),
    );
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    response
}

/// `GET /w/{slug}/master.m3u8`: to a fresh media link. Some players give up on a list without a
/// whole segment (FFmpeg does), so in the first seconds of a take they are kept waiting for one.
pub(super) async fn from_link(
    State(app): State<App>,
    Path(slug): Path<Slug>,
    actor: Actor,
) -> ApiResult<Response> {
    let recording = visible(&app, &slug, &actor, Action::Watch).await?;
    let capability = Capability::new(recording.id, recording.share_epoch, app.now());
    until(&app, &capability, SEGMENT, |sight| {
        let whole = |track: &Track| {
            !playlist::cut(track.kind(), track.timescale, track.run(), sight.take.ended)
                .closed
                .is_empty()
        };
        let tracks = playlist::renditions(&sight.tracks, sight.take.ended);
        let plays = tracks.is_some_and(|tracks| tracks.into_iter().all(whole));
        Ok(if plays || sight.take.ended {
            Look::Enough(())
        } else {
            Look::NotYet(())
        })
    })
    .await?;
    let playback = playback(&app, &recording).await?;
    let headers = [
        (header::LOCATION, playback.url),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}
