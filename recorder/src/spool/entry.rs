//! The list of what a take consists of: pure values.

use aside_protocol::recording::{AUDIO_TIMESCALE, Kind, Sha256, TrackName, VIDEO_TIMESCALE};
use aside_protocol::time::MediaTime;
use aside_protocol::upload::{FinishRecording, FinishTrack};
use serde::{Deserialize, Serialize};

/// One part that lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub track: TrackName,
    pub number: u32,
    /// In the track's timescale.
    pub start: u64,
    /// In the track's timescale.
    pub duration: u64,
    /// Begins with an IDR; always true for sound.
    pub independent: bool,
    /// Bytes.
    pub size: u64,
    pub sha256: Sha256,
}

impl Entry {
    /// Where the part begins in the take.
    pub fn starts_at(&self) -> MediaTime {
        MediaTime::from_ticks(self.start, timescale(self.track))
    }

    /// Where the part ends in the take.
    pub fn ends_at(&self) -> MediaTime {
        MediaTime::from_ticks(self.start + self.duration, timescale(self.track))
    }
}

/// Ticks a second of a track.
const fn timescale(track: TrackName) -> u32 {
    match track.kind() {
        Kind::Video => VIDEO_TIMESCALE,
        Kind::Audio => AUDIO_TIMESCALE,
    }
}

/// A part that does not follow the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("part {number} of {track} came where part {expected} was due")]
pub struct NotInOrder {
    pub track: TrackName,
    pub number: u32,
    pub expected: u32,
}

/// Every part of a take that lies on disk, each track without a hole from part 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    tracks: Vec<(TrackName, Vec<Entry>)>,
    /// No more parts will come.
    pub ended: bool,
}

impl Ledger {
    /// An empty list for a take of these tracks.
    pub fn new(tracks: impl IntoIterator<Item = TrackName>) -> Self {
        Self {
            tracks: tracks.into_iter().map(|t| (t, Vec::new())).collect(),
            ended: false,
        }
    }

    /// Appends a part. A part of an unknown track or out of order is refused.
    pub fn push(&mut self, entry: Entry) -> Result<(), NotInOrder> {
        let wrong = |expected| NotInOrder {
            track: entry.track,
            number: entry.number,
            expected,
        };
        let (_, parts) = self
            .tracks
            .iter_mut()
            .find(|(t, _)| *t == entry.track)
            .ok_or_else(|| wrong(0))?;
        let expected = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        if entry.number != expected {
            return Err(wrong(expected));
        }
        parts.push(entry);
        Ok(())
    }

    /// Takes back the last part of a track: it did not reach the disk after all.
    pub(super) fn pop(&mut self, track: TrackName) {
        if let Some((_, parts)) = self.tracks.iter_mut().find(|(t, _)| *t == track) {
            parts.pop();
        }
    }

    /// The tracks in the order in which the take names them.
    pub fn tracks(&self) -> impl Iterator<Item = (TrackName, &[Entry])> {
        self.tracks.iter().map(|(t, parts)| (*t, parts.as_slice()))
    }

    pub fn parts(&self, track: TrackName) -> &[Entry] {
        self.tracks
            .iter()
            .find(|(t, _)| *t == track)
            .map_or(&[], |(_, parts)| parts)
    }

    pub fn entry(&self, track: TrackName, number: u32) -> Option<&Entry> {
        self.parts(track).get(usize::try_from(number).ok()?)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.tracks.iter().flat_map(|(_, parts)| parts)
    }

    /// Parts of all tracks.
    pub fn len(&self) -> usize {
        self.tracks.iter().map(|(_, parts)| parts.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.tracks.iter().all(|(_, parts)| parts.is_empty())
    }

    /// Bytes of all parts.
    pub fn size(&self) -> u64 {
        self.entries().map(|e| e.size).sum()
    }

    /// Length of the longest track.
    pub fn duration(&self) -> MediaTime {
        self.tracks
            .iter()
            .filter_map(|(_, parts)| parts.last())
            .map(Entry::ends_at)
            .max()
            .unwrap_or_default()
    }

    /// What the server must hold before the take may be called uploaded.
    pub fn finish_request(&self) -> FinishRecording {
        let track = |(name, parts): &(TrackName, Vec<Entry>)| FinishTrack {
            name: *name,
            parts: parts.iter().map(|e| e.sha256).collect(),
        };
        FinishRecording {
            tracks: self.tracks.iter().map(track).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A part of half a second.
    pub(crate) fn entry(track: TrackName, number: u32) -> Entry {
        let half = u64::from(timescale(track)) / 2;
        Entry {
            track,
            number,
            start: u64::from(number) * half,
            duration: half,
            independent: number.is_multiple_of(4) || track.kind() == Kind::Audio,
            size: 1000,
            sha256: Sha256::of(format!("{track}{number}").as_bytes()),
        }
    }

    #[test]
    fn a_part_out_of_order_is_refused_and_changes_nothing() {
        let mut ledger = Ledger::new([TrackName::Video]);
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        let before = ledger.clone();
        let error = ledger.push(entry(TrackName::Video, 2)).unwrap_err();
        assert_eq!(error.expected, 1);
        assert!(ledger.push(entry(TrackName::Audio, 0)).is_err());
        assert_eq!(ledger, before);
    }

    #[test]
    fn a_take_is_as_long_as_its_longest_track() {
        let mut ledger = Ledger::new([TrackName::Video, TrackName::Audio]);
        for number in 0..3 {
            ledger.push(entry(TrackName::Audio, number)).unwrap();
        }
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        assert_eq!(ledger.duration().millis(), 1500);
        assert_eq!(ledger.len(), 4);
        assert_eq!(ledger.size(), 4000);
    }
}
