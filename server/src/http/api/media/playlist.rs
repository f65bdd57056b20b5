//! The playlists of a recording, with blocking reload, and the redirect for players that know only
//! the link.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{MAX_SEGMENT_SECONDS, TrackName};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::download;
use super::track;
use super::wait::{Poll, Snapshot, wait_until};
use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::capability::Capability;
use crate::http::api::watch::Playback;
use crate::http::etag::is_held;
use crate::http::extract::{Path, Query};
use crate::http::{ApiError, ApiResult};
use crate::playlist::{self, Listing, Reader, Reload, Verdict};
use crate::service::gate::Playing;
use crate::service::media_link::media_link;
use crate::track_cache::{Text, TrackView};

/// Blocking reload waits at most three target durations (docs/PROTOCOL.md).
const RELOAD: Duration = Duration::from_secs(3 * MAX_SEGMENT_SECONDS as u64);
/// How long the first picture is waited for.
const FIRST: Duration = Duration::from_secs(5);

/// A shorter playlist is sent as it is, in bytes.
const WORTH_COMPRESSING: usize = 256;

/// How long the first whole segment is waited for, and a second for its way here.
const SEGMENT: Duration = Duration::from_secs(MAX_SEGMENT_SECONDS as u64 + 1);

/// Delivery directives (RFC 8216bis §6.2.5); others are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Directives {
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    #[serde(rename = "_HLS_part")]
    part: Option<u64>,
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

impl Directives {
    fn reload(&self) -> ApiResult<Option<Reload>> {
        match (self.msn, self.part) {
            (Some(msn), part) => Ok(Some(Reload { msn, part })),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(ApiError::new(ProblemCode::BadRequest).detail("_HLS_part needs _HLS_msn"))
            }
        }
    }

    fn reader(&self) -> Reader {
        Reader {
            follows: self.msn.is_some(),
            // `v2` asks to leave out date ranges as well, of which there are none.
            delta: matches!(self.skip.as_deref(), Some("YES" | "v2")),
        }
    }
}

pub(super) async fn playlist(
    State(app): State<App>,
    playing: Playing,
    Path((_, file)): Path<(String, String)>,
    Query(directives): Query<Directives>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if file == download::NAME {
        return download::download(&app, &playing, &headers).await;
    }
    let capability = playing.capability();
    let name = file.strip_suffix(".m3u8").ok_or_else(ApiError::not_found)?;
    let text = if name == "master" {
        master(&app, capability).await?
    } else {
        media(&app, capability, track(name)?, &directives).await?
    };
    Ok(answer(&text, &headers))
}

async fn master(app: &App, capability: &Capability) -> ApiResult<Arc<Text>> {
    wait_until(app, capability, FIRST, |snapshot| {
        let listings = listings(snapshot);
        let text = playlist::renditions(&listings, snapshot.take.ended)
            .map(|tracks| Arc::new(Text::new(playlist::master(&tracks))));
        Ok(arrived(text, snapshot))
    })
    .await?
    .ok_or_else(nothing_yet)
}

async fn media(
    app: &App,
    capability: &Capability,
    name: TrackName,
    directives: &Directives,
) -> ApiResult<Arc<Text>> {
    let (reload, reader) = (directives.reload()?, directives.reader());
    let patience = if reload.is_some() { RELOAD } else { FIRST };
    let found = wait_until(app, capability, patience, |snapshot| {
        let track = snapshot.view.track(name).ok_or_else(ApiError::not_found)?;
        if track.listing.is_empty() {
            return Ok(arrived(None, snapshot));
        }
        let verdict = reload.map_or(Verdict::Answer, |reload| {
            playlist::verdict(&track.listing, snapshot.take.ended, reload)
        });
        let found = Some((Arc::clone(track), snapshot.take));
        match verdict {
            Verdict::Answer => Ok(Poll::Ready(found)),
            Verdict::Wait => Ok(Poll::Pending(found)),
            Verdict::TooFar => {
                Err(ApiError::new(ProblemCode::BadRequest).detail("_HLS_msn lies too far ahead"))
            }
        }
    })
    .await?;
    let (track, take): (Arc<TrackView>, _) = found.ok_or_else(nothing_yet)?;
    if track.listing.has_gaps() {
        app.losses.look(capability.recording);
    }
    Ok(track.playlist(take, reader))
}

fn listings(snapshot: &Snapshot) -> Vec<&Listing> {
    snapshot.view.tracks.iter().map(|t| &t.listing).collect()
}

/// What is there is enough; what is not may come, while the take runs.
fn arrived<T>(found: Option<T>, snapshot: &Snapshot) -> Poll<Option<T>> {
    if found.is_some() || snapshot.take.ended {
        Poll::Ready(found)
    } else {
        Poll::Pending(found)
    }
}

fn nothing_yet() -> ApiError {
    ApiError::not_found().detail("Nothing of this recording has arrived yet.")
}

fn answer(text: &Text, headers: &HeaderMap) -> Response {
    let unchanged = is_held(headers, &text.etag);
    let gzip = !unchanged && text.plain.len() >= WORTH_COMPRESSING && takes_gzip(headers);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else if gzip {
        text.gzip().clone().into_response()
    } else {
        text.plain.clone().into_response()
    };
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.apple.mpegurl"),
    );
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(etag) = HeaderValue::from_str(&text.etag) {
        out.insert(header::ETAG, etag);
    }
    response
}

/// Whether `Accept-Encoding` names gzip with a weight above zero. Reading less out of it than the RFC allows costs
/// nothing but bytes.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
}

/// `GET /w/{slug}/master.m3u8`: to a fresh media link. Some players give up on a list without a
/// whole segment (FFmpeg does), so in the first seconds of a take they are kept waiting for one.
pub(super) async fn from_link(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<Response> {
    let link = media_link(&app, &app.media_keys, &recording).await?;
    wait_until(&app, &link.capability, SEGMENT, |snapshot| {
        let whole = |track: &Listing| track.closed(snapshot.take.ended) > 0;
        let listings = listings(snapshot);
        let tracks = playlist::renditions(&listings, snapshot.take.ended);
        let plays = tracks.is_some_and(|tracks| tracks.into_iter().all(whole));
        Ok(if plays || snapshot.take.ended {
            Poll::Ready(())
        } else {
            Poll::Pending(())
        })
    })
    .await?;
    let playback = Playback::of(&link);
    let headers = [
        (header::LOCATION, playback.url),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}
