//! Work for later, as data. The rows are `store::jobs`, the doing is `jobs`.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use serde::{Deserialize, Serialize};

/// One piece of work. What is written in a database stays readable: kinds and fields are only added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Publishes the words of a recording's sound as it lands.
    TranscribeSpeech { recording: RecordingId },
    /// Finds a picture that stands for the recording.
    MakePoster { recording: RecordingId },
    /// Removes objects without a row that are older than a day, and jobs that ended long ago.
    SweepOrphans,
}

/// What a job is, apart from what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    TranscribeSpeech,
    MakePoster,
    SweepOrphans,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::TranscribeSpeech, Self::MakePoster, Self::SweepOrphans];

    /// As in the column `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TranscribeSpeech => "transcribe_speech",
            Self::MakePoster => "make_poster",
            Self::SweepOrphans => "sweep_orphans",
        }
    }

    /// How many of them one worker process runs side by side.
    pub const fn at_once(self) -> usize {
        match self {
            // One model in memory, and it takes all the threads it is given.
            Self::TranscribeSpeech | Self::MakePoster | Self::SweepOrphans => 1,
        }
    }
}

impl Job {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::TranscribeSpeech { .. } => Kind::TranscribeSpeech,
            Self::MakePoster { .. } => Kind::MakePoster,
            Self::SweepOrphans => Kind::SweepOrphans,
        }
    }

    /// At most one unfinished job has this key; to enqueue it again asks it to run once more.
    pub fn dedup_key(&self) -> String {
        match self {
            Self::TranscribeSpeech { recording } | Self::MakePoster { recording } => {
                format!("{}:{recording}", self.kind().as_str())
            }
            Self::SweepOrphans => self.kind().as_str().to_owned(),
        }
    }
}

/// A claimed job. Who holds the newest `attempt` may finish it, nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub id: JobId,
    pub job: Job,
    /// The fencing token.
    pub attempt: i64,
    /// How often it was enqueued when it was claimed.
    pub asked: i64,
    /// Consecutive failures; a lease that ran out is one.
    pub failures: i64,
    pub max_failures: i64,
}

/// What a job that did not fail wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Done,
    /// Once more after this long, or as soon as somebody enqueues it again.
    Again {
        after: Duration,
    },
    /// No repetition would help.
    GiveUp {
        why: String,
    },
}

/// Failures in a row after which a job is given up.
pub const MAX_FAILURES: i64 = 8;
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_LONGEST: Duration = Duration::from_secs(300);

/// How long to wait after the `failures`-th failure in a row (from 1): doubling, capped, and spread by
/// `chance` (any number) over the upper half, so that what failed together does not come back together.
pub fn backoff(failures: i64, chance: u64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 16) - 1).unwrap_or(0);
    let full = BACKOFF_FIRST
        .saturating_mul(1 << doublings)
        .min(BACKOFF_LONGEST);
    let half = full / 2;
    let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_micros(chance % spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    #[test]
    fn a_job_is_read_back_as_it_was_written_and_its_tag_is_its_kind() {
        let recording = RecordingId::new(Timestamp::from_micros(1), [3; 10]);
        for job in [
            Job::TranscribeSpeech { recording },
            Job::MakePoster { recording },
            Job::SweepOrphans,
        ] {
            let json = serde_json::to_value(&job).unwrap();
            assert_eq!(json["kind"], job.kind().as_str());
            assert_eq!(serde_json::from_value::<Job>(json).unwrap(), job);
        }
    }

    #[test]
    fn backoff_grows_and_never_beyond_its_cap() {
        let mut before = Duration::ZERO;
        for failures in 1..40 {
            let (least, most) = (backoff(failures, 0), backoff(failures, u64::MAX));
            assert!(
                least >= before / 2 && most <= BACKOFF_LONGEST,
                "{failures}: {least:?} {most:?}"
            );
            before = least;
        }
        assert!(backoff(1, 7) < Duration::from_secs(1));
        assert!(backoff(30, 0) >= BACKOFF_LONGEST / 2);
    }
}
