//! Inits and runs of parts: bytes that never change.
//!
//! A run is sent one part after the other; at most some kilobytes are held in memory. Before the head is sent, every object it
//! needs was seen in its full length: a lost part is an answer (503), not a body that breaks off. A single
//! small part, which is what live viewers ask for all at the same time, comes from a cache.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{FIRST_INIT, TrackName};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use super::elsewhere::elsewhere;
use super::wait::{Poll, wait_until};
use super::{content_type, track};
use crate::app::App;
use crate::domain::capability::Capability;
use crate::domain::recording::StoredPart;
use crate::domain::sharing::Audience;
use crate::http::extract::Path;
use crate::http::range::{Wanted, insert, not_satisfiable, wanted};
use crate::http::{ApiError, ApiResult};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::service::gate::Playing;
use crate::service::stored_run;
use crate::track_cache::View;

/// Most parts in one answer. A segment has far fewer.
const MAX_PARTS: u32 = 1000;
/// Bytes of a part that may be held in memory for as long as a slow reader takes.
const SMALL: u64 = 256 * 1024;
/// Objects asked for at once.
const CONCURRENCY: usize = 8;
/// How long a part that was hinted at is waited for.
const HINTED: Duration = Duration::from_secs(10);

pub(super) async fn file(
    State(app): State<App>,
    playing: Playing,
    Path((_, name, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (capability, view) = (playing.capability(), &*playing);
    let name = track(&name)?;
    answer(&app, capability, view, name, &file, &headers)
        .await
        .inspect_err(|refused| {
            if refused.code() == ProblemCode::PartLost {
                app.losses.look(capability.recording);
            }
        })
}

async fn answer(
    app: &App,
    capability: &Capability,
    view: &View,
    name: TrackName,
    file: &str,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let source = if let Some(version) = init(file) {
        let init = view.track(name).and_then(|track| track.init(version));
        Source::Whole(init.ok_or_else(ApiError::not_found)?.clone())
    } else {
        let (first, last) = run(file).ok_or_else(ApiError::not_found)?;
        let parts = parts(app, capability, view, name, first, last)
            .await?
            .ok_or_else(ApiError::not_found)?;
        let recording = view.recording.id;
        if let [part] = parts[..] {
            let key = ObjectKey::Part {
                recording,
                track: name,
                number: part.number,
                sha256: part.sha256,
            };
            let sent = elsewhere(app, &key, part.size).await;
            if let Some(mut response) = sent.map_err(|e| unreadable(name, part.number, &e))? {
                if !response.headers().contains_key(header::CACHE_CONTROL) {
                    let rule = cache_control(app, view, capability);
                    insert(&mut response, header::CACHE_CONTROL, rule);
                }
                return Ok(response);
            }
        }
        match parts[..] {
            [part] if part.size <= SMALL => Source::Whole(
                app.part_cache
                    .get(&app.objects, recording, name, part)
                    .await
                    .map_err(|e| unreadable(name, part.number, &e))?,
            ),
            _ => Source::Parts {
                objects: app.objects.clone(),
                recording,
                track: name,
                parts,
            },
        }
    };
    let total = source.total();
    let (status, first, last) = match wanted(headers, total) {
        Wanted::All => (StatusCode::OK, 0, total.saturating_sub(1)),
        Wanted::Span(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
        Wanted::Nothing => return Ok(not_satisfiable(total)),
    };
    let length = if total == 0 { 0 } else { last - first + 1 };
    let body = source.body(first, last).await?;
    let mut response = (status, body).into_response();
    insert(&mut response, header::CONTENT_TYPE, content_type(name));
    insert(&mut response, header::CONTENT_LENGTH, length);
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    let rule = cache_control(app, view, capability);
    insert(&mut response, header::CACHE_CONTROL, rule);
    if status == StatusCode::PARTIAL_CONTENT {
        insert(
            &mut response,
            header::CONTENT_RANGE,
            format!("bytes {first}-{last}/{total}"),
        );
    }
    Ok(response)
}

fn cache_control(app: &App, view: &View, capability: &Capability) -> String {
    // Shared caches ask again every minute, so that a recording that is closed is closed there too.
    let sharing = &view.recording.sharing;
    let shared = match sharing.audience {
        Audience::Link if sharing.password.is_none() => "public, s-maxage=60",
        _ => "private",
    };
    let age = capability.remaining(app.now()).as_secs();
    format!("{shared}, max-age={age}, immutable")
}

/// `init.mp4`, or `init-{version}.mp4` from version 2 on.
fn init(file: &str) -> Option<u32> {
    if file == "init.mp4" {
        return Some(FIRST_INIT);
    }
    let version = file.strip_prefix("init-")?.strip_suffix(".mp4")?;
    let version: u32 = version.parse().ok()?;
    (version > FIRST_INIT && file == format!("init-{version}.mp4")).then_some(version)
}

/// `{first}-{last}.m4s`, as playlists write it and in no other way: one address for the same bytes.
fn run(file: &str) -> Option<(u32, u32)> {
    let (first, last) = file.strip_suffix(".m4s")?.split_once('-')?;
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let sane = first <= last && last - first < MAX_PARTS && format!("{first}-{last}.m4s") == file;
    sane.then_some((first, last))
}

/// The rows of the run, complete. A single part that is the next to come is waited for: the playlist
/// hinted at it.
async fn parts(
    app: &App,
    capability: &Capability,
    view: &View,
    name: TrackName,
    first: u32,
    last: u32,
) -> ApiResult<Option<Vec<StoredPart>>> {
    let held = |view: &View| view.track(name).and_then(|track| track.stored(first, last));
    if let Some(parts) = held(view) {
        return Ok(Some(parts));
    }
    if first == last {
        let came = wait_until(app, capability, HINTED, |snapshot| {
            let next = snapshot.view.track(name).map_or(0, |t| t.listing.next());
            Ok(if next == first && next > 0 && !snapshot.take.ended {
                Poll::Pending(None)
            } else {
                Poll::Ready(held(&snapshot.view))
            })
        })
        .await?;
        if came.is_some() {
            return Ok(came);
        }
    }
    // What lies behind a hole is not listed, but may be asked for.
    Ok(stored_run(app, capability.recording, name, first, last).await?)
}

/// Where the bytes come from.
enum Source {
    Whole(Bytes),
    Parts {
        objects: Objects,
        recording: RecordingId,
        track: TrackName,
        parts: Vec<StoredPart>,
    },
}

impl Source {
    fn total(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Parts { parts, .. } => parts.iter().map(|p| p.size).sum(),
        }
    }

    /// The bytes `first` to `last`, both included.
    async fn body(self, first: u64, last: u64) -> ApiResult<Body> {
        Ok(match self {
            Self::Whole(bytes) => Body::from(cut(&bytes, first, last)),
            Self::Parts {
                objects,
                recording,
                track,
                parts,
            } => {
                let pieces = pieces(&parts, first, last);
                let key = move |part: &StoredPart| ObjectKey::Part {
                    recording,
                    track,
                    number: part.number,
                    sha256: part.sha256,
                };
                if let [piece] = pieces[..] {
                    let bytes = read(&objects, &key(&piece.part), piece).await;
                    return Ok(streamed(
                        bytes.map_err(|e| unreadable(track, piece.part.number, &e))?,
                    ));
                }
                see_all(&objects, track, &pieces, key).await?;
                let runs = stream::iter(pieces).then(move |piece| {
                    let objects = objects.clone();
                    async move { read(&objects, &key(&piece.part), piece).await }
                });
                streamed(runs.try_flatten())
            }
        })
    }
}

/// What cannot be read any more breaks off, for the head is sent by then; the length betrays it.
fn streamed(bytes: impl Stream<Item = Result<Bytes, ObjectError>> + Send + 'static) -> Body {
    Body::from_stream(bytes.inspect_err(
        |cause| tracing::error!(%cause, "media: a stored part cannot be read: {cause}"),
    ))
}

/// The bytes of a piece, some kilobytes at a time: a slow reader does not keep a whole part in memory.
/// An object of another length than its row says counts as missing.
async fn read(
    objects: &Objects,
    key: &ObjectKey,
    piece: Piece,
) -> Result<impl Stream<Item = Result<Bytes, ObjectError>> + Send + use<>, ObjectError> {
    let range = piece.first..piece.last + 1;
    objects.stream(key, piece.part.size, range).await
}

/// Fails when an object is missing or has another length than its row says.
async fn see_all(
    objects: &Objects,
    track: TrackName,
    pieces: &[Piece],
    key: impl Fn(&StoredPart) -> ObjectKey,
) -> ApiResult<()> {
    let asked: Vec<_> = pieces
        .iter()
        .map(|piece| see(objects.clone(), track, *piece, key(&piece.part)))
        .collect();
    stream::iter(asked)
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
}

async fn see(objects: Objects, track: TrackName, piece: Piece, key: ObjectKey) -> ApiResult<()> {
    match objects.find_size(key).await {
        Ok(Some(size)) if size == piece.part.size => Ok(()),
        Ok(_) => {
            let gone = ObjectError::NotFound(key.to_string());
            Err(unreadable(track, piece.part.number, &gone))
        }
        Err(error) => Err(unreadable(track, piece.part.number, &error)),
    }
}

fn unreadable(track: TrackName, number: u32, error: &ObjectError) -> ApiError {
    if let ObjectError::NotFound(key) = error {
        tracing::error!(
            key,
            "media: the object of a part is missing or cut off: {key}"
        );
        return ApiError::new(ProblemCode::PartLost).detail(format!(
            "Part {number} of {track} is missing on the server. It may come back: a recorder that still has it sends it again."
        ));
    }
    ApiError::internal(error)
}

/// What is sent of one part; both ends included, relative to the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    part: StoredPart,
    first: u64,
    last: u64,
}

/// The parts that hold the bytes `first` to `last` of the run.
fn pieces(parts: &[StoredPart], first: u64, last: u64) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut at = 0;
    for part in parts {
        let end = at + part.size;
        if end > first && at <= last && part.size > 0 {
            out.push(Piece {
                part: *part,
                first: first.saturating_sub(at),
                last: last.min(end - 1) - at,
            });
        }
        at = end;
    }
    out
}

fn cut(bytes: &Bytes, first: u64, last: u64) -> Bytes {
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(place(first)..place(last.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::recording::Sha256;
    use proptest::prelude::*;

    #[test]
    fn an_init_has_one_way_to_be_written() {
        assert_eq!((init("init.mp4"), init("init-2.mp4")), (Some(1), Some(2)));
        for bad in [
            "init-1.mp4",
            "init-02.mp4",
            "init-.mp4",
            "init-2.m4s",
            "init",
        ] {
            assert_eq!(init(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_run_has_one_way_to_be_written() {
        assert_eq!(run("0-17.m4s"), Some((0, 17)));
        for bad in [
            "0-17",
            "1-0.m4s",
            "00-17.m4s",
            "+0-17.m4s",
            "0-17-18.m4s",
            "-1-3.m4s",
            "0-1000.m4s",
            "0-4294967296.m4s",
        ] {
            assert_eq!(run(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_range_are_its_bytes(sizes in prop::collection::vec(0_u64..50, 1..12), a in 0_u64..600, b in 0_u64..600) {
            let total: u64 = sizes.iter().sum();
            prop_assume!(total > 0);
            let (first, last) = (a.min(b) % total, a.max(b) % total);
            prop_assume!(first <= last);
            let parts: Vec<StoredPart> =
                sizes.iter().zip(0..).map(|(size, number)| StoredPart { number, size: *size, init: 1, sha256: Sha256([0; 32]) }).collect();
            let whole: Vec<(u32, u64)> = parts.iter().flat_map(|p| (0..p.size).map(|at| (p.number, at))).collect();
            let sent: Vec<(u32, u64)> =
                pieces(&parts, first, last).into_iter().flat_map(|p| (p.first..=p.last).map(move |at| (p.part.number, at))).collect();
            let (first, last) = (usize::try_from(first).unwrap(), usize::try_from(last).unwrap());
            prop_assert_eq!(&sent[..], &whole[first..=last]);
        }
    }
}
