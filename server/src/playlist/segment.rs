//! Where segments begin: video at each picture that stands alone, sound every six seconds.
//!
//! Cutting looks only backwards, so that a part that comes later never moves an earlier cut.

use aside_protocol::recording::{Kind, MAX_SEGMENT_SECONDS};

use super::Part;

/// Sound is cut so that a segment is no longer than this.
const SOUND_SEGMENT_SECONDS: u64 = 6;

/// A run of parts; `first` and `last` are part numbers, both included; times in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub first: u32,
    pub last: u32,
    pub start: u64,
    pub duration: u64,
    pub bytes: u64,
}

/// A track cut up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Segments nothing can change any more.
    pub closed: Vec<Segment>,
    /// The segment that still grows; none when the take has ended or nothing is there.
    pub open: Option<Segment>,
}

/// Cuts the run `parts` (numbers 0, 1, 2 …). With `ended` the last segment counts as closed.
pub fn cut(kind: Kind, timescale: u32, parts: &[Part], ended: bool) -> Cut {
    let mut closed = Vec::new();
    let mut open: Option<Segment> = None;
    for part in parts {
        match &mut open {
            Some(segment) if !begins(kind, timescale, segment, part) => {
                segment.last = part.number;
                segment.duration = part.end().saturating_sub(segment.start);
                segment.bytes += part.size;
            }
            current => {
                if let Some(full) = current.take() {
                    closed.push(stretched(timescale, full, part.start));
                }
                *current = Some(Segment {
                    first: part.number,
                    last: part.number,
                    start: part.start,
                    duration: part.duration,
                    bytes: part.size,
                });
            }
        }
    }
    if ended {
        closed.extend(open.take());
    }
    Cut { closed, open }
}

/// Whether `part` opens a new segment after `segment`.
fn begins(kind: Kind, timescale: u32, segment: &Segment, part: &Part) -> bool {
    let span = part.end().saturating_sub(segment.start);
    match kind {
        Kind::Video => part.independent || span > longest(timescale),
        Kind::Audio => span > SOUND_SEGMENT_SECONDS * u64::from(timescale),
    }
}

/// A hole in the timeline belongs to the segment before it, as far as a segment may be that long.
fn stretched(timescale: u32, segment: Segment, next_start: u64) -> Segment {
    let span = next_start.saturating_sub(segment.start);
    if span > segment.duration && span <= longest(timescale) {
        Segment {
            duration: span,
            ..segment
        }
    } else {
        segment
    }
}

/// Longest segment in ticks. `EXTINF` is compared with the target after rounding to whole
/// seconds (RFC 8216bis §4.4.3.1), so that the heartbeat that ends a still picture has room.
fn longest(timescale: u32) -> u64 {
    u64::from(MAX_SEGMENT_SECONDS) * u64::from(timescale) + u64::from(timescale) * 2 / 5
}
