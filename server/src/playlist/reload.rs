//! Blocking reload: whether a playlist already holds what a player asks to see
//! (RFC 8216bis §6.2.5.2).

use super::{Cut, FIRST_SEQUENCE, Take, Track, cut};

/// `_HLS_msn` and `_HLS_part`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reload {
    /// Media sequence number.
    pub msn: u64,
    /// Index inside that segment; none asks for the whole segment.
    pub part: Option<u64>,
}

/// What to do with a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The playlist holds it, or never will.
    Answer,
    /// It is the next thing to come.
    Wait,
    /// It lies too far ahead: 400.
    Absurd,
}

/// Decides on a reload of `track` as it stands now.
pub fn verdict(track: &Track, take: Take, wanted: Reload) -> Verdict {
    if take.ended {
        return Verdict::Answer;
    }
    let Cut { closed, open } = cut(track.kind(), track.timescale, track.run(), false);
    let next = FIRST_SEQUENCE + closed.len() as u64;
    if wanted.msn < next {
        return Verdict::Answer;
    }
    if wanted.msn > next + 1 {
        return Verdict::Absurd;
    }
    let held = open.map_or(0, |segment| u64::from(segment.last - segment.first) + 1);
    match wanted.part {
        Some(part) if wanted.msn == next && part < held => Verdict::Answer,
        _ => Verdict::Wait,
    }
}
