//! The list of what a take consists of: pure values.

use aside_protocol::recording::{FIRST_INIT, Sha256, TrackName};
use aside_protocol::time::MediaTime;
use aside_protocol::upload::{FinishRecording, FinishTrack};
use serde::{Deserialize, Serialize};

use super::take::LaterInit;

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
    /// Version of the init that it is decoded with.
    #[serde(default = "first_init", skip_serializing_if = "is_first_init")]
    pub init: u32,
}

const fn first_init() -> u32 {
    FIRST_INIT
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
const fn is_first_init(version: &u32) -> bool {
    *version == FIRST_INIT
}

impl Entry {
    /// Where the part begins in the take.
    pub fn starts_at(&self) -> MediaTime {
        MediaTime::from_ticks(self.start, self.track.timescale())
    }

    /// Where the part ends in the take.
    pub fn ends_at(&self) -> MediaTime {
        MediaTime::from_ticks(self.start + self.duration, self.track.timescale())
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

/// A part that was made and cannot be read from this disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub track: TrackName,
    pub number: u32,
    /// As journalled when it was written; `None` where the journal lacks the line too.
    pub sha256: Option<Sha256>,
}

/// One track of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Track {
    /// Readable, ascending by number.
    parts: Vec<Entry>,
    /// Not readable, ascending by number. Together with `parts`: every number from 0 on, once.
    lost: Vec<Lost>,
}

impl Track {
    /// How many parts were made: the number of the next one.
    fn made(&self) -> u32 {
        u32::try_from(self.parts.len() + self.lost.len()).unwrap_or(u32::MAX)
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        let at = self.parts.binary_search_by_key(&number, |e| e.number);
        at.ok().map(|at| &self.parts[at])
    }

    fn is_lost(&self, number: u32) -> bool {
        self.lost
            .binary_search_by_key(&number, |l| l.number)
            .is_ok()
    }

    /// What was recorded under this number, readable or not.
    fn sha256(&self, number: u32) -> Option<Sha256> {
        match self.entry(number) {
            Some(entry) => Some(entry.sha256),
            None => {
                let at = self.lost.binary_search_by_key(&number, |l| l.number);
                self.lost[at.ok()?].sha256
            }
        }
    }
}

/// Every part of a take that was made: those that can be read from disk, and those that cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    tracks: Vec<(TrackName, Track)>,
    /// Inits behind the first of each track, in the order in which they began.
    later_inits: Vec<LaterInit>,
    /// No more parts will come.
    pub ended: bool,
}

impl Ledger {
    /// An empty list for a take of these tracks.
    pub fn new(tracks: impl IntoIterator<Item = TrackName>) -> Self {
        Self {
            tracks: tracks.into_iter().map(|t| (t, Track::default())).collect(),
            later_inits: Vec::new(),
            ended: false,
        }
    }

    /// The inits behind the first of each track, as the take lists them.
    pub fn set_later_inits(&mut self, inits: &[LaterInit]) {
        self.later_inits = inits.to_vec();
    }

    /// A later init of a track; none where the version is the first, or unknown.
    pub fn later_init(&self, track: TrackName, version: u32) -> Option<&[u8]> {
        let found = self.later_inits.iter();
        let mut found = found.filter(|later| later.track == track && later.version == version);
        found.next().map(|later| later.init.init.as_slice())
    }

    /// Appends a part. A part of an unknown track or out of order is refused.
    pub fn push(&mut self, entry: Entry) -> Result<(), NotInOrder> {
        self.due(entry.track, entry.number)?.parts.push(entry);
        Ok(())
    }

    /// Appends a part that was made and cannot be read. The same order holds.
    pub fn push_lost(&mut self, lost: Lost) -> Result<(), NotInOrder> {
        self.due(lost.track, lost.number)?.lost.push(lost);
        Ok(())
    }

    /// The track, if `number` is the next of it.
    fn due(&mut self, track: TrackName, number: u32) -> Result<&mut Track, NotInOrder> {
        let wrong = |expected| NotInOrder {
            track,
            number,
            expected,
        };
        let (_, found) = self
            .tracks
            .iter_mut()
            .find(|(t, _)| *t == track)
            .ok_or_else(|| wrong(0))?;
        let expected = found.made();
        if number == expected {
            Ok(found)
        } else {
            Err(wrong(expected))
        }
    }

    /// Takes back the last part of a track: it did not reach the disk after all.
    pub(super) fn pop(&mut self, track: TrackName) {
        if let Some((_, found)) = self.tracks.iter_mut().find(|(t, _)| *t == track) {
            found.parts.pop();
        }
    }

    /// The readable parts of each track, in the order in which the take names them.
    pub fn tracks(&self) -> impl Iterator<Item = (TrackName, &[Entry])> {
        self.tracks
            .iter()
            .map(|(name, track)| (*name, track.parts.as_slice()))
    }

    /// The readable parts of a track, ascending by number; behind a lost part a number is left out.
    pub fn parts(&self, track: TrackName) -> &[Entry] {
        self.track(track)
            .map_or(&[], |found| found.parts.as_slice())
    }

    pub fn entry(&self, track: TrackName, number: u32) -> Option<&Entry> {
        self.track(track)?.entry(number)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.tracks.iter().flat_map(|(_, track)| &track.parts)
    }

    /// Whether this part was made and cannot be read.
    pub fn is_lost(&self, track: TrackName, number: u32) -> bool {
        self.track(track).is_some_and(|found| found.is_lost(number))
    }

    /// The parts that were made and cannot be read.
    pub fn lost(&self) -> impl Iterator<Item = &Lost> {
        self.tracks.iter().flat_map(|(_, track)| &track.lost)
    }

    /// Readable parts of all tracks.
    pub fn len(&self) -> usize {
        self.tracks.iter().map(|(_, track)| track.parts.len()).sum()
    }

    /// Whether not one part can be read.
    pub fn is_empty(&self) -> bool {
        self.tracks.iter().all(|(_, track)| track.parts.is_empty())
    }

    /// Parts of one track that were made, readable or not.
    pub fn made_of(&self, track: TrackName) -> u32 {
        self.track(track).map_or(0, Track::made)
    }

    /// Parts of all tracks that were made, readable or not.
    pub fn made(&self) -> usize {
        self.len() + self.lost().count()
    }

    /// Bytes of the readable parts.
    pub fn size(&self) -> u64 {
        self.entries().map(|e| e.size).sum()
    }

    /// Where the last readable part ends.
    pub fn duration(&self) -> MediaTime {
        self.tracks
            .iter()
            .filter_map(|(_, track)| track.parts.last())
            .map(Entry::ends_at)
            .max()
            .unwrap_or_default()
    }

    /// Where the last readable part of a track ends.
    pub fn track_ends_at(&self, track: TrackName) -> Option<MediaTime> {
        let (_, track) = self.tracks.iter().find(|(name, _)| *name == track)?;
        track.parts.last().map(Entry::ends_at)
    }

    /// What the server must hold before the take may be called uploaded: every part that was made, up to the
    /// first of which nobody knows the hash any more (then [`super::missing_from`] asks the receipt for its number).
    pub fn finish_request(&self) -> FinishRecording {
        let track = |(name, track): &(TrackName, Track)| FinishTrack {
            name: *name,
            parts: (0..track.made())
                .map_while(|number| track.sha256(number))
                .collect(),
            inits: self
                .later_inits
                .iter()
                .filter(|later| later.track == *name && later.first < track.made())
                .map(|later| Sha256::of(&later.init.init))
                .collect(),
        };
        FinishRecording {
            tracks: self.tracks.iter().map(track).collect(),
        }
    }

    /// The parts that were made and that `held` lacks: a function from a part to the hash held under its number.
    pub(super) fn not_in(
        &self,
        held: impl Fn(TrackName, u32) -> Option<Sha256>,
    ) -> Vec<(TrackName, u32)> {
        let mut lacking = Vec::new();
        for (name, track) in &self.tracks {
            for number in 0..track.made() {
                let covered = match (held(*name, number), track.sha256(number)) {
                    (Some(held), Some(made)) => held == made,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                if !covered {
                    lacking.push((*name, number));
                }
            }
        }
        lacking
    }

    fn track(&self, name: TrackName) -> Option<&Track> {
        let found = self.tracks.iter().find(|(t, _)| *t == name);
        found.map(|(_, track)| track)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use aside_protocol::recording::Kind;

    use super::*;

    /// A part of half a second.
    pub(crate) fn entry(track: TrackName, number: u32) -> Entry {
        let half = u64::from(track.timescale()) / 2;
        Entry {
            track,
            number,
            start: u64::from(number) * half,
            duration: half,
            independent: number.is_multiple_of(4) || track.kind() == Kind::Audio,
            size: 1000,
            sha256: Sha256::of(format!("{track}{number}").as_bytes()),
            init: 1,
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

    #[test]
    fn a_lost_part_leaves_a_hole_that_is_named_and_keeps_its_number() {
        let mut ledger = Ledger::new([TrackName::Video]);
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        let lost = Lost {
            track: TrackName::Video,
            number: 1,
            sha256: Some(Sha256::of(b"gone")),
        };
        ledger.push_lost(lost).unwrap();
        ledger.push(entry(TrackName::Video, 2)).unwrap();
        assert_eq!((ledger.len(), ledger.made()), (2, 3));
        assert_eq!(ledger.entry(TrackName::Video, 2).unwrap().number, 2);
        assert!(ledger.entry(TrackName::Video, 1).is_none());
        assert!(ledger.is_lost(TrackName::Video, 1) && !ledger.is_lost(TrackName::Video, 2));
        let wanted = ledger.finish_request().tracks[0].parts.clone();
        assert_eq!(wanted.len(), 3, "its hash is known from the journal");
        assert_eq!(wanted[1], Sha256::of(b"gone"));
        assert_eq!(ledger.duration().millis(), 1500);
    }

    #[test]
    fn the_finish_request_ends_before_a_part_whose_hash_is_unknown() {
        let mut ledger = Ledger::new([TrackName::Video]);
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        let lost = Lost {
            track: TrackName::Video,
            number: 1,
            sha256: None,
        };
        ledger.push_lost(lost).unwrap();
        ledger.push(entry(TrackName::Video, 2)).unwrap();
        assert_eq!(ledger.finish_request().tracks[0].parts.len(), 1);
    }
}
