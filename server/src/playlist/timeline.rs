//! A track as playlists list it: segments, and the text of those that nothing changes any more.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use aside_protocol::recording::{
    FIRST_INIT, MAX_PART_MICROS, MAX_SEGMENT_SECONDS, PART_TARGET_MICROS,
};
use aside_protocol::time::MediaTime;

use super::bitrate::{Bitrate, BitrateMeter};
use super::gaps::cut;
use super::media::segment_lines;
use super::segment::Cutter;
use super::{Part, SKIP_UNTIL, Segment, Track};

/// Parts stay listed until they are this many target durations behind the newest (RFC 8216bis §6.2.2).
const PARTS_STAY: u32 = 3;

/// A track's parts, added one by one.
#[derive(Debug)]
pub struct Timeline {
    track: Arc<Track>,
    cutter: Cutter,
    history: Arc<RwLock<History>>,
    closed: u64,
    /// The closed segments that a delta update lists, oldest first.
    recent: VecDeque<Closed>,
    /// The parts of the open segment.
    open: Vec<Part>,
    meter: BitrateMeter,
    /// Ticks.
    first_start: u64,
    longest_part: u64,
    first_init: u32,
}

/// The lines of every closed segment, without its parts. Only ever appended to.
#[derive(Debug, Default)]
struct History {
    lines: String,
    /// The same with segments cut around their gaps; none while there is no gap.
    cut: Option<String>,
}

/// A closed segment.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    pub(super) segment: Segment,
    /// Its parts, as long as they stay listed.
    pub(super) parts: Option<Arc<[Part]>>,
    /// Where its lines begin in the history, in bytes.
    pub(super) at: usize,
}

impl Timeline {
    pub fn new(track: Track) -> Self {
        Self {
            cutter: Cutter::new(track.kind(), track.timescale),
            meter: BitrateMeter::new(track.timescale),
            track: Arc::new(track),
            history: Arc::default(),
            closed: 0,
            recent: VecDeque::new(),
            open: Vec::new(),
            first_start: 0,
            longest_part: 0,
            first_init: FIRST_INIT,
        }
    }

    /// What `CODECS` says from now on.
    pub fn set_codec(&mut self, codec: &str) {
        if self.track.codec != codec {
            let codec = codec.to_owned();
            self.track = Arc::new(Track {
                codec,
                ..(*self.track).clone()
            });
        }
    }

    /// Number of the part that comes next.
    pub fn next(&self) -> u32 {
        self.open.last().map_or(0, |part| part.number + 1)
    }

    /// Adds the part numbered [`Self::next`].
    pub fn push(&mut self, part: Part) {
        debug_assert_eq!(part.number, self.next(), "a run has no hole");
        if part.number == 0 {
            self.first_start = part.start;
            self.first_init = part.init;
        }
        self.longest_part = self.longest_part.max(part.duration);
        if let Some(segment) = self.cutter.push(&part) {
            let parts = std::mem::take(&mut self.open).into();
            self.close(segment, parts);
        }
        self.open.push(part);
        let newest = part.end();
        let targets = |n: u32| u64::from(n * MAX_SEGMENT_SECONDS) * u64::from(self.track.timescale);
        while self
            .recent
            .front()
            .is_some_and(|oldest| oldest.segment.end() + targets(SKIP_UNTIL) < newest)
        {
            self.recent.pop_front();
        }
        for closed in &mut self.recent {
            if closed.segment.end() + targets(PARTS_STAY) >= newest {
                break;
            }
            closed.parts = None;
        }
    }

    fn close(&mut self, segment: Segment, parts: Arc<[Part]>) {
        let mut history = self.history.write().unwrap_or_else(PoisonError::into_inner);
        let History { lines, cut } = &mut *history;
        if segment.lost && cut.is_none() {
            *cut = Some(lines.clone());
        }
        if let Some(cut) = cut {
            cut_lines(cut, &self.track, &segment, &parts);
        }
        self.recent.push_back(Closed {
            segment,
            parts: Some(parts),
            at: lines.len(),
        });
        segment_lines(lines, &self.track, &segment);
        drop(history);
        self.meter.push(&segment);
        self.closed += 1;
    }

    /// The track as it stands.
    pub fn listing(&self) -> Listing {
        let mut meter = self.meter.clone();
        let open = self.cutter.open();
        if let Some(open) = &open {
            meter.push(open);
        }
        let history = self.history.read().unwrap_or_else(PoisonError::into_inner);
        let written = history.lines.len();
        Listing {
            track: Arc::clone(&self.track),
            history: Arc::clone(&self.history),
            written,
            cut_written: history.cut.as_ref().map(String::len),
            recent_at: self.recent.front().map_or(written, |oldest| oldest.at),
            closed: self.closed,
            recent: self.recent.iter().cloned().collect(),
            open: open.map(|segment| (segment, self.open.as_slice().into())),
            bitrate: meter.bitrate(),
            first_start: self.first_start,
            longest_part: self.longest_part,
            first_init: self.first_init,
        }
    }
}

/// A track at one moment, up to the first hole. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Listing {
    pub(super) track: Arc<Track>,
    history: Arc<RwLock<History>>,
    /// How many bytes of the history are of this moment: of its lines, and of those cut around gaps.
    written: usize,
    cut_written: Option<usize>,
    /// Where the lines of the recent segments begin in the history, in bytes.
    recent_at: usize,
    pub(super) closed: u64,
    pub(super) recent: Vec<Closed>,
    /// The segment that still grows, and its parts.
    pub(super) open: Option<(Segment, Arc<[Part]>)>,
    pub(super) bitrate: Bitrate,
    pub(super) first_start: u64,
    longest_part: u64,
    /// Version of the init of the first part.
    pub(super) first_init: u32,
}

impl Listing {
    pub fn track(&self) -> &Track {
        &self.track
    }

    /// Whether no part has arrived.
    pub const fn is_empty(&self) -> bool {
        self.open.is_none()
    }

    /// Number of the part that comes next.
    pub fn next(&self) -> u32 {
        self.open
            .as_ref()
            .map_or(0, |(segment, _)| segment.last + 1)
    }

    /// Whether a part of it is missing.
    pub fn has_gaps(&self) -> bool {
        self.cut_written.is_some() || self.open.as_ref().is_some_and(|(open, _)| open.lost)
    }

    /// How many segments are closed; `ended`: no more parts are expected, which closes the last one.
    pub fn closed(&self, ended: bool) -> u64 {
        self.closed + u64::from(ended && self.open.is_some())
    }

    /// Where the track ends.
    pub fn end(&self) -> MediaTime {
        let ticks = self.open.as_ref().map_or(0, |(segment, _)| segment.end());
        MediaTime::from_ticks(ticks, self.track.timescale)
    }

    /// `PART-TARGET` in microseconds: what recorders keep to today, or what they may not exceed. Longer parts come from
    /// older recorders.
    pub(super) fn part_target_micros(&self) -> u64 {
        let longest = MediaTime::from_ticks(self.longest_part, self.track.timescale).micros();
        if u64::try_from(longest).is_ok_and(|micros| micros <= PART_TARGET_MICROS) {
            PART_TARGET_MICROS
        } else {
            MAX_PART_MICROS
        }
    }

    /// Version of the init of the first segment that a delta update lists.
    pub(super) fn recent_init(&self) -> u32 {
        let recent = self.recent.first().map(|closed| closed.segment.init);
        let open = || self.open.as_ref().map(|(open, _)| open.init);
        recent.or_else(open).unwrap_or(self.first_init)
    }

    /// Segments that a delta update leaves out.
    pub(super) fn skipped(&self) -> u64 {
        self.closed - self.recent.len() as u64
    }

    /// Appends the lines of the segments before the recent ones.
    pub(super) fn write_old_segments(&self, out: &mut String) {
        let history = self.history.read().unwrap_or_else(PoisonError::into_inner);
        out.push_str(history.lines.get(..self.recent_at).unwrap_or_default());
    }

    /// Appends the lines of all segments, the open one too, cut around their gaps.
    pub(super) fn write_cut_segments(&self, out: &mut String) {
        let history = self.history.read().unwrap_or_else(PoisonError::into_inner);
        let lines = match (&history.cut, self.cut_written) {
            (Some(cut), Some(written)) => cut.get(..written),
            _ => history.lines.get(..self.written),
        };
        out.push_str(lines.unwrap_or_default());
        drop(history);
        if let Some((segment, parts)) = &self.open {
            cut_lines(out, &self.track, segment, parts);
        }
    }
}

fn cut_lines(out: &mut String, track: &Track, segment: &Segment, parts: &[Part]) {
    if !segment.lost {
        return segment_lines(out, track, segment);
    }
    for piece in cut(track.kind(), segment, parts) {
        segment_lines(out, track, &piece);
    }
}
