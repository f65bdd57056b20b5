//! Work for later, as data. The rows are `store::jobs`, the doing is `jobs`.

use std::time::Duration;

use aside_protocol::id::{JobId, MailId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::outbound::DestinationId;
use super::push::SubscriptionId;

/// One piece of work. What is written in a database stays readable: kinds and fields are only added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Publishes the words of a recording's sound as it lands.
    TranscribeSpeech { recording: RecordingId },
    /// Finds a picture that stands for the recording.
    MakePoster { recording: RecordingId },
    /// Makes small pictures of a finished recording, for its timeline.
    MakeSprite { recording: RecordingId },
    /// Reads the text that stands in the picture of a finished recording.
    ReadScreen { recording: RecordingId },
    /// Makes some lively seconds of a finished recording into a silent MP4.
    MakePreview { recording: RecordingId },
    /// Looks through a transcript for subjects, key sentences and tasks.
    SuggestText { recording: RecordingId },
    /// Asks a language model for title, summary, chapters and tasks.
    AskAssistant { recording: RecordingId },
    /// Has a language model translate the words into the languages that were asked for.
    TranslateWords { recording: RecordingId },
    /// Makes one file of a finished recording.
    ComposeDownload { recording: RecordingId },
    /// Removes objects that the database remembers as deleted.
    RemoveObjects,
    /// Forgets events and ended jobs that are old.
    PruneRows,
    /// Removes for good what has been in the trash for long enough.
    EmptyTrash,
    /// Announces and does what retention rules ask for.
    ApplyRetention,
    /// Sends a mail, once.
    SendMail { mail: MailId },
    /// Mails a person what concerns them and is due.
    SendNotices { user: UserId },
    /// Tells a person in one browser what concerns them and is due.
    SendPushes { browser: SubscriptionId },
    /// Makes pictures of comments small.
    MakeThumbnails { recording: RecordingId },
    /// Reminds who was asked to watch a recording.
    RemindViewers { recording: RecordingId },
    /// Looks through the mailbox where answers by mail arrive.
    ReadAnswers,
    /// Sends what is due to a destination that works.
    Deliver { destination: DestinationId },
    /// Sends what is due to a destination that did not work last time.
    Redeliver { destination: DestinationId },
    /// Asks a tracker how its issues stand.
    ReadIssues { destination: DestinationId },
}

/// What a job is, apart from what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    TranscribeSpeech,
    MakePoster,
    MakeSprite,
    ReadScreen,
    MakePreview,
    SuggestText,
    AskAssistant,
    TranslateWords,
    ComposeDownload,
    RemoveObjects,
    PruneRows,
    EmptyTrash,
    ApplyRetention,
    SendMail,
    SendNotices,
    SendPushes,
    MakeThumbnails,
    RemindViewers,
    ReadAnswers,
    Deliver,
    Redeliver,
    ReadIssues,
}

impl Kind {
    pub const ALL: [Self; 22] = [
        Self::TranscribeSpeech,
        Self::MakePoster,
        Self::MakeSprite,
        Self::ReadScreen,
        Self::MakePreview,
        Self::SuggestText,
        Self::AskAssistant,
        Self::TranslateWords,
        Self::ComposeDownload,
        Self::RemoveObjects,
        Self::PruneRows,
        Self::EmptyTrash,
        Self::ApplyRetention,
        Self::SendMail,
        Self::SendNotices,
        Self::SendPushes,
        Self::MakeThumbnails,
        Self::RemindViewers,
        Self::ReadAnswers,
        Self::Deliver,
        Self::Redeliver,
        Self::ReadIssues,
    ];

    /// As in the column `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TranscribeSpeech => "transcribe_speech",
            Self::MakePoster => "make_poster",
            Self::MakeSprite => "make_sprite",
            Self::ReadScreen => "read_screen",
            Self::MakePreview => "make_preview",
            Self::SuggestText => "suggest_text",
            Self::AskAssistant => "ask_assistant",
            Self::TranslateWords => "translate_words",
            Self::ComposeDownload => "compose_download",
            Self::RemoveObjects => "remove_objects",
            Self::PruneRows => "prune_rows",
            Self::EmptyTrash => "empty_trash",
            Self::ApplyRetention => "apply_retention",
            Self::SendMail => "send_mail",
            Self::SendNotices => "send_notices",
            Self::SendPushes => "send_pushes",
            Self::MakeThumbnails => "make_thumbnails",
            Self::RemindViewers => "remind_viewers",
            Self::ReadAnswers => "read_answers",
            Self::Deliver => "deliver",
            Self::Redeliver => "redeliver",
            Self::ReadIssues => "read_issues",
        }
    }

    /// How many of them one worker process runs side by side.
    pub const fn at_once(self) -> usize {
        match self {
            // One model in memory, and it takes all the threads it is given; one file on the disk.
            Self::TranscribeSpeech
            | Self::MakePoster
            | Self::MakeSprite
            | Self::ReadScreen
            | Self::MakePreview
            | Self::SuggestText
            // A model on the same machine takes all of it; one elsewhere has a limit of its own.
            | Self::AskAssistant
            | Self::TranslateWords
            | Self::MakeThumbnails
            | Self::ComposeDownload
            | Self::RemoveObjects
            | Self::PruneRows
            | Self::EmptyTrash
            | Self::ApplyRetention
            | Self::RemindViewers
            | Self::ReadAnswers => 1,
            // They wait for another machine.
            Self::SendMail | Self::SendNotices | Self::Redeliver | Self::ReadIssues => 2,
            Self::Deliver | Self::SendPushes => 4,
        }
    }
}

impl Job {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::TranscribeSpeech { .. } => Kind::TranscribeSpeech,
            Self::MakePoster { .. } => Kind::MakePoster,
            Self::MakeSprite { .. } => Kind::MakeSprite,
            Self::ReadScreen { .. } => Kind::ReadScreen,
            Self::MakePreview { .. } => Kind::MakePreview,
            Self::SuggestText { .. } => Kind::SuggestText,
            Self::AskAssistant { .. } => Kind::AskAssistant,
            Self::TranslateWords { .. } => Kind::TranslateWords,
            Self::ComposeDownload { .. } => Kind::ComposeDownload,
            Self::RemoveObjects => Kind::RemoveObjects,
            Self::PruneRows => Kind::PruneRows,
            Self::EmptyTrash => Kind::EmptyTrash,
            Self::ApplyRetention => Kind::ApplyRetention,
            Self::SendMail { .. } => Kind::SendMail,
            Self::SendNotices { .. } => Kind::SendNotices,
            Self::SendPushes { .. } => Kind::SendPushes,
            Self::MakeThumbnails { .. } => Kind::MakeThumbnails,
            Self::RemindViewers { .. } => Kind::RemindViewers,
            Self::ReadAnswers => Kind::ReadAnswers,
            Self::Deliver { .. } => Kind::Deliver,
            Self::Redeliver { .. } => Kind::Redeliver,
            Self::ReadIssues { .. } => Kind::ReadIssues,
        }
    }

    /// The recording it works on; none where it works on all.
    pub const fn recording(&self) -> Option<RecordingId> {
        match self {
            Self::TranscribeSpeech { recording }
            | Self::MakePoster { recording }
            | Self::MakeSprite { recording }
            | Self::ReadScreen { recording }
            | Self::MakePreview { recording }
            | Self::SuggestText { recording }
            | Self::AskAssistant { recording }
            | Self::TranslateWords { recording }
            | Self::ComposeDownload { recording }
            | Self::MakeThumbnails { recording }
            | Self::RemindViewers { recording } => Some(*recording),
            Self::RemoveObjects
            | Self::PruneRows
            | Self::EmptyTrash
            | Self::ApplyRetention
            | Self::ReadAnswers
            | Self::SendMail { .. }
            | Self::SendNotices { .. }
            | Self::SendPushes { .. }
            | Self::Deliver { .. }
            | Self::Redeliver { .. }
            | Self::ReadIssues { .. } => None,
        }
    }

    /// At most one unfinished job has this key; to enqueue it again asks it to run once more.
    pub fn dedup_key(&self) -> String {
        let kind = self.kind().as_str();
        match self {
            Self::SendMail { mail } => format!("{kind}:{mail}"),
            Self::SendNotices { user } => format!("{kind}:{user}"),
            Self::SendPushes { browser } => format!("{kind}:{browser}"),
            Self::Deliver { destination }
            | Self::Redeliver { destination }
            | Self::ReadIssues { destination } => {
                format!("{kind}:{destination}")
            }
            _ => match self.recording() {
                Some(recording) => format!("{kind}:{recording}"),
                None => kind.to_owned(),
            },
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
    /// Since when it has failed because the world did: network, object store, database, disk.
    pub failing_since: Option<Timestamp>,
}

/// What a job that did not fail wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Done,
    /// Once more after this long, or as soon as somebody enqueues it again.
    Again {
        after: Duration,
    },
    /// Once more after this long, also where it was enqueued again meanwhile: what it made is outdated, and more of that may come.
    Later {
        after: Duration,
    },
    /// No repetition would help.
    GiveUp {
        why: String,
    },
}

/// Failures in a row after which a job is given up.
pub const MAX_FAILURES: i64 = 8;
/// How long a job whose world is down is tried again. After that it is given up; somebody has to ask for it again.
pub const MAX_OUTAGE: Duration = Duration::from_secs(7 * 24 * 3600);
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

/// How long to wait when the world has been down for `down`: a quarter of that, so that an outage is followed by a delay
/// that is short beside it; at least a second, capped, and spread by `chance` as above.
pub fn world_backoff(down: Duration, chance: u64) -> Duration {
    let full = (down / 4).clamp(BACKOFF_FIRST, BACKOFF_LONGEST);
    let half = full / 2;
    let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_micros(chance % spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_back_as_it_was_written_and_its_tag_is_its_kind() {
        let recording = RecordingId::new(Timestamp::from_micros(1), [3; 10]);
        let mail = MailId::new(Timestamp::from_micros(1), [3; 10]);
        for job in [
            Job::SendMail { mail },
            Job::SendNotices {
                user: UserId::new(Timestamp::from_micros(1), [3; 10]),
            },
            Job::TranscribeSpeech { recording },
            Job::MakePoster { recording },
            Job::MakeSprite { recording },
            Job::ReadScreen { recording },
            Job::MakePreview { recording },
            Job::SuggestText { recording },
            Job::AskAssistant { recording },
            Job::TranslateWords { recording },
            Job::ComposeDownload { recording },
            Job::RemindViewers { recording },
            Job::MakeThumbnails { recording },
            Job::SendPushes {
                browser: SubscriptionId::new(Timestamp::from_micros(1), [3; 10]),
            },
            Job::Deliver {
                destination: DestinationId::new(Timestamp::from_micros(1), [3; 10]),
            },
            Job::Redeliver {
                destination: DestinationId::new(Timestamp::from_micros(1), [3; 10]),
            },
            Job::RemoveObjects,
            Job::PruneRows,
            Job::EmptyTrash,
            Job::ApplyRetention,
            Job::ReadAnswers,
        ] {
            let json = serde_json::to_value(&job).unwrap();
            assert_eq!(json["kind"], job.kind().as_str());
            assert_eq!(serde_json::from_value::<Job>(json).unwrap(), job);
        }
    }

    #[test]
    fn an_outage_is_followed_by_a_wait_that_is_short_beside_it() {
        let minute = Duration::from_secs(60);
        assert!(world_backoff(Duration::ZERO, u64::MAX) <= BACKOFF_FIRST);
        assert!(world_backoff(minute * 8, 0) >= minute);
        for down in [minute, minute * 60, MAX_OUTAGE] {
            let most = world_backoff(down, u64::MAX);
            assert!(
                most <= (down / 4).min(BACKOFF_LONGEST),
                "{down:?}: {most:?}"
            );
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
