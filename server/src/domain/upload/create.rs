//! What a new take says about itself. Its inits are read; what the client claims beside them is not asked.

use aside_protocol::cmaf::{self, Media, ReadError};
use aside_protocol::recording::{EVENTS_TIMESCALE, Kind, MAX_INIT_BYTES, TrackName};
use aside_protocol::timed_event::{self, EventsError};
use aside_protocol::upload::CreateTrack;

use crate::domain::recording::Track;

/// In place of a codec: lines of JSON.
const EVENTS_CODEC: &str = "ndjson";

/// Why the tracks of a new take are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    #[error("A recording needs a video track.")]
    NoVideo,
    #[error("The track {0} is listed twice.")]
    Twice(TrackName),
    #[error("The init of {0} is larger than {MAX_INIT_BYTES} bytes.")]
    TooLarge(TrackName),
    #[error("The init of {track} cannot be read: {source}.")]
    Init { track: TrackName, source: ReadError },
    #[error("The init of events cannot be read: {0}.")]
    Events(#[from] EventsError),
    #[error(
        "The init of {0} does not fit the track: pictures need a video init, sound an audio init."
    )]
    Kind(TrackName),
    #[error("The init of {0} has a timescale of 0.")]
    Timescale(TrackName),
}

/// Reads the inits.
pub fn read_tracks(tracks: Vec<CreateTrack>) -> Result<Vec<Track>, CreateError> {
    let mut out: Vec<Track> = Vec::with_capacity(tracks.len());
    for track in tracks {
        if out.iter().any(|t| t.name == track.name) {
            return Err(CreateError::Twice(track.name));
        }
        out.push(read_track(track)?);
    }
    if !out.iter().any(|t| t.name == TrackName::Video) {
        return Err(CreateError::NoVideo);
    }
    out.sort_by_key(|t| t.name);
    Ok(out)
}

pub(super) fn read_track(track: CreateTrack) -> Result<Track, CreateError> {
    let name = track.name;
    if track.init.len() > MAX_INIT_BYTES {
        return Err(CreateError::TooLarge(name));
    }
    if name.kind() == Kind::Data {
        timed_event::check_init(&track.init)?;
        return Ok(Track {
            name,
            codec: EVENTS_CODEC.to_owned(),
            timescale: EVENTS_TIMESCALE,
            width: None,
            height: None,
            init: track.init.into(),
            later: Vec::new(),
        });
    }
    let init = cmaf::read_init(&track.init).map_err(|source| CreateError::Init {
        track: name,
        source,
    })?;
    if init.timescale == 0 {
        return Err(CreateError::Timescale(name));
    }
    let (width, height) = match (init.media, name.kind()) {
        (Media::Video(video), Kind::Video) => (Some(video.width.into()), Some(video.height.into())),
        (Media::Audio(_), Kind::Audio) => (None, None),
        _ => return Err(CreateError::Kind(name)),
    };
    Ok(Track {
        name,
        codec: init.codec,
        timescale: init.timescale,
        width,
        height,
        init: track.init.into(),
        later: Vec::new(),
    })
}
