//! Playlists: low-latency HLS (RFC 8216bis) as a pure function of rows. No clock, no store: the same rows give the same
//! text, so any server may answer any request, and an `ETag` is a hash.
//!
//! A [`Timeline`] takes the parts of a track one by one and is never rewritten; a [`Listing`] is what a playlist needs of
//! it at one moment. Both cost the same however long the take is, except for a listing's whole text.
//!
//!
//! - A segment is listed once it is *closed*, which is known only when the part behind it is here (or the take has
//!   ended). From then on its line never changes; what is newer is listed as parts.
//! - Only the run of parts from number 0 without a hole is listed, whatever else is stored.
//! - A part whose object is missing is a gap (RFC 8216bis §4.4.4.7). Who follows the take keeps the numbers of segments, so
//!   its whole segment is one; all others get that segment cut around the gap.
//! - A segment is decoded with one init: where its version changes another segment begins, behind an `EXT-X-MAP` of its own.
//!   Neither timestamps nor tracks change there, so that no `EXT-X-DISCONTINUITY` is required (RFC 8216 §4.3.2.3; decision 37).
//! - Media sequence numbers count from 1 and nothing is ever taken off the front.

mod bitrate;
mod gaps;
mod master;
mod media;
mod reload;
mod segment;
mod timeline;

#[cfg(test)]
mod tests;

use aside_protocol::recording::{Kind, TrackName};
use aside_protocol::time::{MediaTime, Timestamp};

pub use master::{master, renditions};
pub use media::{Reader, media};
pub use reload::{Reload, Verdict, verdict};
pub use segment::Segment;
pub use timeline::{Listing, Timeline};

/// A part as its row tells; `start` and `duration` in the track's timescale, `size` in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub number: u32,
    pub start: u64,
    pub duration: u64,
    pub independent: bool,
    pub size: u64,
    /// Version of the init it is decoded with.
    pub init: u32,
    /// Its object is missing: it is listed as a gap.
    pub lost: bool,
}

impl Part {
    /// Where the part ends, in ticks.
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.duration)
    }
}

/// A track as its row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub name: TrackName,
    /// RFC 6381, for `CODECS`: that of a decoder for all versions of its init.
    pub codec: String,
    /// Ticks a second.
    pub timescale: u32,
    /// Width and height in pixels; none for sound.
    pub size: Option<(u32, u32)>,
}

impl Track {
    pub const fn kind(&self) -> Kind {
        self.name.kind()
    }
}

/// Media sequence number of the first segment. Not 0: hls.js 1.7 takes a segment number 0 for none
/// when it cleans up after a part, forgets what it has loaded of it, and loads it over and over.
const FIRST_SEQUENCE: u64 = 1;

/// Segments this many target durations behind the newest are left out of delta updates: the least that
/// RFC 8216bis §4.4.3.8 allows.
const SKIP_UNTIL: u32 = 6;

/// What the playlist must know of the take beside its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Take {
    /// By the recorder's clock: lines the renditions up.
    pub started_at: Timestamp,
    /// No more parts are expected: finished, or interrupted.
    pub ended: bool,
}

/// Seconds with six decimals, as HLS writes them.
fn seconds(ticks: u64, timescale: u32) -> String {
    let micros = MediaTime::from_ticks(ticks, timescale).micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
