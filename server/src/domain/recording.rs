//! A recording as the server knows it, and what people may call it.

use std::time::Duration;

use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_protocol::recording::{FIRST_INIT, RecordingState, Sha256, TrackName};
use aside_protocol::time::{MediaTime, Timestamp};

use super::sharing::Sharing;

/// A take without any sign of its recorder (part or heartbeat) for this long is shown as interrupted.
pub const INTERRUPTED_AFTER: Duration = Duration::from_secs(60);

/// A row of `recordings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub id: RecordingId,
    pub slug: Slug,
    pub owner: UserId,
    pub title: String,
    pub sharing: Sharing,
    /// Raised by every change of who may watch.
    pub share_epoch: i64,
    /// By the recorder's clock.
    pub started_at: Timestamp,
    pub created_at: Timestamp,
    /// By ours; the creation counts as the first.
    pub last_part_at: Timestamp,
    /// The last heartbeat, by ours; parts do not count.
    pub last_seen_at: Option<Timestamp>,
    /// Since when the take is paused, by ours; `None`: it runs.
    pub paused_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    /// Path of the poster in the object store, once there is one.
    pub poster_key: Option<String>,
    /// The same for its small rendition; posters were made before there were any.
    pub thumbnail_key: Option<String>,
    /// Counts up with each change that people make.
    pub version: i64,
}

/// 9999-12-31: the last day a calendar of four digits knows.
const LAST_DAY: Timestamp = Timestamp::from_micros(253_402_214_400_000_000);

/// A start that no calendar holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The start must be given in microseconds since 1970-01-01 00:00 UTC, between 1970 and 9999."
)]
pub struct ImplausibleStart;

/// Whether a take may say that it began then.
pub fn check_start(told: Timestamp) -> Result<(), ImplausibleStart> {
    if told < Timestamp::from_micros(0) || told > LAST_DAY {
        Err(ImplausibleStart)
    } else {
        Ok(())
    }
}

/// When a take began, by the recorder's clock as far as that can be right: not before 2020, not a day
/// after it was heard of at `now`. Uploading long after recording is usual.
pub fn plausible_start(told: Timestamp, now: Timestamp) -> Timestamp {
    const EARLIEST: Timestamp = Timestamp::from_micros(1_577_836_800_000_000);
    const DAY: Duration = Duration::from_secs(24 * 3600);
    if told < EARLIEST || told > now.plus(DAY) {
        now
    } else {
        told
    }
}

impl Recording {
    /// Path of the poster in the object store; of its small rendition, if that is wanted and there is one.
    pub fn picture(&self, small: bool) -> Option<&str> {
        let thumbnail = self.thumbnail_key.as_deref().filter(|_| small);
        thumbnail.or(self.poster_key.as_deref())
    }

    pub fn state(&self, now: Timestamp) -> RecordingState {
        if self.finished_at.is_some() {
            RecordingState::Finished
        } else if now >= self.silent_at() {
            RecordingState::Interrupted
        } else if self.paused_at.is_some() {
            RecordingState::Paused
        } else {
            RecordingState::Recording
        }
    }

    /// When the take counts as interrupted, unless its recorder gives a sign before.
    pub fn silent_at(&self) -> Timestamp {
        self.last_seen_at
            .map_or(self.last_part_at, |seen| seen.max(self.last_part_at))
            .plus(INTERRUPTED_AFTER)
    }

    /// Whether no more parts are expected. `heard`: how long ago, by a clock that nobody sets, a part or a heartbeat was seen to arrive;
    /// none if that was not watched. A wall clock that is set forward must not end a playlist while parts come, because
    /// players leave an ended playlist for good.
    pub fn is_over(&self, now: Timestamp, heard: Option<Duration>) -> bool {
        match self.state(now) {
            RecordingState::Finished => true,
            RecordingState::Interrupted => heard.is_none_or(|ago| ago >= INTERRUPTED_AFTER),
            RecordingState::Recording | RecordingState::Paused => false,
        }
    }
}

/// A row of `tracks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub name: TrackName,
    /// As in `CODECS=` (RFC 6381).
    pub codec: String,
    /// Ticks a second.
    pub timescale: u32,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// `ftyp` + `moov` of version [`FIRST_INIT`].
    pub init: bytes::Bytes,
    /// The later versions, ascending.
    pub later: Vec<LaterInit>,
}

/// A row of `inits`: how a track is decoded from some part on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterInit {
    pub version: u32,
    /// As in `CODECS=` (RFC 6381).
    pub codec: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// `ftyp` + `moov`.
    pub init: bytes::Bytes,
}

impl Track {
    /// The init of a version; none where it has not arrived.
    pub fn init(&self, version: u32) -> Option<&bytes::Bytes> {
        if version == FIRST_INIT {
            return Some(&self.init);
        }
        let later = self.later.iter().find(|later| later.version == version);
        later.map(|later| &later.init)
    }

    /// Every version with its init, ascending.
    pub fn inits(&self) -> impl Iterator<Item = (u32, &bytes::Bytes)> {
        let later = self.later.iter().map(|later| (later.version, &later.init));
        std::iter::once((FIRST_INIT, &self.init)).chain(later)
    }

    /// The codec of whoever can decode all of it: of H.264 the highest profile and level among the versions. Players ask
    /// once whether they can play a track.
    pub fn widest_codec(&self) -> &str {
        let later = self.later.iter().map(|later| later.codec.as_str());
        let all = std::iter::once(self.codec.as_str()).chain(later);
        all.max_by_key(|codec| demand(codec)).unwrap_or(&self.codec)
    }
}

/// Profile and level of `avc1.PPCCLL`.
fn demand(codec: &str) -> Option<(u8, u8)> {
    let hex = codec.strip_prefix("avc1.").filter(|hex| hex.len() == 6)?;
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some((byte(0)?, byte(4)?))
}

/// What names the object of a part, and its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredPart {
    pub number: u32,
    pub size: u64,
    pub sha256: Sha256,
    /// Version of the init it is decoded with.
    pub init: u32,
}

/// A row of `parts`: what is known of a part without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRow {
    pub number: u32,
    /// Ticks.
    pub start: u64,
    /// Ticks.
    pub duration: u64,
    pub independent: bool,
    /// Bytes.
    pub size: u64,
    pub sha256: Sha256,
    /// Version of the init it is decoded with.
    pub init: u32,
}

impl PartRow {
    /// Where the part ends, in ticks.
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.duration)
    }
}

/// Whether a recording lasts as long as this track: what the master playlist plays. A camera that ends later, or was lost,
/// changes no length, and neither do events.
pub const fn is_timed_by(track: TrackName) -> bool {
    matches!(track, TrackName::Video | TrackName::Audio)
}

/// No take is longer, in milliseconds: parts of half a second up to the largest number a part may have.
const LONGEST_MS: u64 = 48 * 3600 * 1000;
/// How far behind the end of a finished recording something may stand: players round.
const SLACK_MS: u64 = 5_000;

/// The last moment at which a comment or a chapter may stand. `length_ms` is the length of a finished recording; none
/// while the take runs, for its recorder may be ahead of what has arrived.
pub fn latest_ms(length_ms: Option<u64>) -> u64 {
    length_ms.map_or(LONGEST_MS, |ms| ms.saturating_add(SLACK_MS))
}

/// How many of `numbers`, which ascend, follow each other without a hole from `first` on. What is behind a hole is not
/// watchable yet. (`store/recordings.rs` asks the database the same; a test compares them.)
pub fn run_length(first: u32, numbers: impl IntoIterator<Item = u32>) -> usize {
    let run = numbers
        .into_iter()
        .zip(first..)
        .take_while(|(number, next)| number == next);
    run.count()
}

/// Ticks as milliseconds, rounded down.
pub fn end_ms(ticks: u64, timescale: u32) -> u64 {
    u64::try_from(MediaTime::from_ticks(ticks, timescale).millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sharing::Audience;

    #[test]
    fn what_lies_behind_a_hole_is_not_in_the_run() {
        assert_eq!(run_length(0, [0, 1, 3]), 2);
        assert_eq!(run_length(0, [1, 2]), 0);
        assert_eq!(run_length(5, [5, 6, 7]), 3);
    }

    #[test]
    fn a_track_asks_for_a_decoder_of_its_highest_profile_and_level() {
        let later = |version: u32, codec: &str| LaterInit {
            version,
            codec: codec.to_owned(),
            width: None,
            height: None,
            init: vec![u8::try_from(version).unwrap()].into(),
        };
        let mut track = Track {
            name: TrackName::Video,
            codec: "avc1.4d4028".to_owned(),
            timescale: 90_000,
            width: None,
            height: None,
            init: vec![1].into(),
            later: Vec::new(),
        };
        assert_eq!(track.widest_codec(), "avc1.4d4028");
        track.later = vec![later(2, "avc1.64001f"), later(3, "avc1.42c033")];
        assert_eq!(track.widest_codec(), "avc1.64001f");
        assert_eq!(track.init(3), Some(&vec![3].into()));
        assert_eq!(track.init(4), None);
        let versions: Vec<u32> = track.inits().map(|(version, _)| version).collect();
        assert_eq!(versions, [1, 2, 3]);
    }

    fn recording(t0: Timestamp) -> Recording {
        Recording {
            id: RecordingId::new(t0, [0; 10]),
            slug: Slug::from_entropy(&[1; 32]).unwrap(),
            owner: UserId::new(t0, [1; 10]),
            title: String::new(),
            sharing: Sharing::with(Audience::Link),
            share_epoch: 0,
            started_at: t0,
            created_at: t0,
            last_part_at: t0,
            last_seen_at: None,
            paused_at: None,
            finished_at: None,
            deleted_at: None,
            poster_key: None,
            thumbnail_key: None,
            version: 1,
        }
    }

    #[test]
    fn a_take_is_interrupted_after_a_minute_of_silence_and_finished_for_ever() {
        let t0 = Timestamp::from_micros(1_000_000_000);
        let mut r = recording(t0);
        let nearly = t0.plus(INTERRUPTED_AFTER).minus(Duration::from_micros(1));
        assert_eq!(r.state(nearly), RecordingState::Recording);
        assert_eq!(
            r.state(t0.plus(INTERRUPTED_AFTER)),
            RecordingState::Interrupted
        );
        let later = t0.plus(INTERRUPTED_AFTER);
        (r.last_seen_at, r.paused_at) = (Some(later), Some(t0));
        assert_eq!(r.state(later), RecordingState::Paused);
        assert_eq!(
            r.state(later.plus(INTERRUPTED_AFTER)),
            RecordingState::Interrupted,
            "a recorder that went away while its take was paused"
        );
        r.paused_at = None;
        assert_eq!(r.state(later), RecordingState::Recording);
        r.finished_at = Some(t0);
        assert_eq!(
            r.state(t0.plus(INTERRUPTED_AFTER)),
            RecordingState::Finished
        );
    }

    #[test]
    fn a_wall_clock_that_is_set_forward_ends_no_take_whose_parts_come() {
        let t0 = Timestamp::from_micros(1_000_000_000);
        let mut r = recording(t0);
        let jumped = t0.plus(INTERRUPTED_AFTER * 2);
        let second = Duration::from_secs(1);
        assert!(!r.is_over(t0, None) && !r.is_over(jumped, Some(second)));
        assert!(r.is_over(jumped, Some(INTERRUPTED_AFTER)) && r.is_over(jumped, None));
        r.finished_at = Some(t0);
        assert!(r.is_over(jumped, Some(second)));
    }

    #[test]
    fn a_start_that_no_clock_could_tell_is_when_we_heard_of_it() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let hours = |n: u64| Duration::from_secs(n * 3600);
        for told in [now, now.minus(hours(24 * 365)), now.plus(hours(23))] {
            assert_eq!(plausible_start(told, now), told);
        }
        for told in [
            Timestamp::from_micros(86_400_000_000),
            now.plus(hours(24 * 3650)),
        ] {
            assert_eq!(plausible_start(told, now), now);
        }
    }
}
