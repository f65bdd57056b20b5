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
    /// Version of the init of its parts.
    pub init: u32,
    /// The segment before it has another one.
    pub remapped: bool,
    /// A part of it is missing.
    pub lost: bool,
}

impl Segment {
    pub(super) const fn of(part: &Part) -> Self {
        Self {
            first: part.number,
            last: part.number,
            start: part.start,
            duration: part.duration,
            bytes: part.size,
            init: part.init,
            remapped: false,
            lost: part.lost,
        }
    }

    /// Where the segment ends, in ticks.
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.duration)
    }
}

/// Cuts a run of parts (numbers 0, 1, 2 …) that are handed to it one by one.
#[derive(Debug)]
pub(super) struct Cutter {
    kind: Kind,
    timescale: u32,
    open: Option<Segment>,
}

impl Cutter {
    pub(super) const fn new(kind: Kind, timescale: u32) -> Self {
        Self {
            kind,
            timescale,
            open: None,
        }
    }

    /// The segment that still grows; none before the first part.
    pub(super) const fn open(&self) -> Option<Segment> {
        self.open
    }

    /// Takes the next part. Answers the segment before it if the part begins another: nothing changes it any more.
    pub(super) fn push(&mut self, part: &Part) -> Option<Segment> {
        match &mut self.open {
            Some(segment) if !begins(self.kind, self.timescale, segment, part) => {
                segment.last = part.number;
                segment.duration = part.end().saturating_sub(segment.start);
                segment.bytes += part.size;
                segment.lost |= part.lost;
                None
            }
            open => {
                let mut next = Segment::of(part);
                next.remapped = open.is_some_and(|before| before.init != part.init);
                // A picture that does not stand alone needs the one before it.
                next.lost |= matches!(self.kind, Kind::Video)
                    && !part.independent
                    && open.is_some_and(|before| before.lost);
                open.replace(next)
                    .map(|closed| stretched(self.timescale, closed, part.start))
            }
        }
    }
}

/// Whether `part` opens a new segment after `segment`.
fn begins(kind: Kind, timescale: u32, segment: &Segment, part: &Part) -> bool {
    if part.init != segment.init {
        return true;
    }
    let span = part.end().saturating_sub(segment.start);
    match kind {
        Kind::Video => part.independent || span > longest(timescale),
        Kind::Audio | Kind::Data => span > SOUND_SEGMENT_SECONDS * u64::from(timescale),
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
/// seconds (RFC 8216bis §4.4.3.1), so that the repeat that ends a still picture has room.
fn longest(timescale: u32) -> u64 {
    u64::from(MAX_SEGMENT_SECONDS) * u64::from(timescale) + u64::from(timescale) * 2 / 5
}
