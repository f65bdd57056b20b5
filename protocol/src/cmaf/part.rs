//! A part: one CMAF chunk of at most one second.

use bytes::Bytes;

use super::ReadError;
use crate::recording::Kind;

/// One encoded picture or AAC frame on its way into a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// In the track's timescale, at least 1.
    pub duration: u32,
    /// An IDR, or any AAC frame.
    pub sync: bool,
    /// H.264 with 4-byte NAL lengths, or one raw AAC frame.
    pub data: Bytes,
}

/// Where a sample lies inside its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRef {
    pub offset: usize,
    pub size: usize,
    /// Decode time on the track's timeline, in ticks.
    pub start: u64,
    pub duration: u32,
    pub sync: bool,
}

/// What the playlist needs to know of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartInfo {
    /// `moof` sequence number; the part number plus one.
    pub sequence: u32,
    pub track_id: u32,
    /// Ticks.
    pub start: u64,
    /// Ticks.
    pub duration: u64,
    /// Begins with an IDR; always true for sound.
    pub independent: bool,
}

/// A part as read: facts and the places of its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub info: PartInfo,
    pub samples: Vec<SampleRef>,
}

/// Writes `moof` + `mdat`. `start` in ticks; `samples` must not be empty.
pub fn write_part(_number: u32, _start: u64, _kind: Kind, _samples: &[Sample]) -> Result<Bytes, ReadError> {
    Err(ReadError::Unsupported("part"))
}

/// Reads a part a stranger sent. Exactly one `moof` with one `traf`, then one `mdat`
/// (`styp`, `prft`, `emsg`, `sidx` before them are passed over), nothing behind; every sample lies inside the `mdat`.
pub fn read_part(_bytes: &[u8], _kind: Kind) -> Result<Part, ReadError> {
    Err(ReadError::Unsupported("part"))
}
