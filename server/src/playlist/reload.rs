//! Blocking reload: whether a playlist already holds what a player asks to see
//! (RFC 8216bis §6.2.5.2).

use super::{FIRST_SEQUENCE, Listing};

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
    TooFar,
}

/// Decides on a reload of a track as it stands; `ended`: no more parts are expected.
pub fn verdict(listing: &Listing, ended: bool, wanted: Reload) -> Verdict {
    if ended {
        return Verdict::Answer;
    }
    let next = FIRST_SEQUENCE + listing.closed;
    if wanted.msn < next {
        return Verdict::Answer;
    }
    if wanted.msn > next + 1 {
        return Verdict::TooFar;
    }
    let held = listing
        .open
        .as_ref()
        .map_or(0, |(_, parts)| parts.len() as u64);
    match wanted.part {
        Some(part) if wanted.msn == next && part < held => Verdict::Answer,
        _ => Verdict::Wait,
    }
}
