//! The transcript's life: it begins with the first sound that lands, follows the take, and ends with
//! its last word. Words that were published never change.
//!
//! Surprise: a recording without sound has no row, which reads as `none`.

use std::str::FromStr;

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::entropy::Entropy;
use crate::store::{self, Tx, jobs, transcripts};

/// How far a transcript is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptState {
    /// There is no sound to transcribe.
    None,
    /// Sound has landed, nobody has listened yet.
    Waiting,
    /// Somebody listens; more words may come.
    Running,
    /// Every word of the sound that is here was published. More sound makes it run again.
    Done,
    /// The sound could not be decoded.
    Failed,
    /// The server has no speech model.
    NoModel,
}

impl TranscriptState {
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::NoModel,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NoModel => "no_model",
        }
    }
}

/// A text that names no state.
#[derive(Debug, thiserror::Error)]
#[error("no such state of a transcript")]
pub struct NoSuchState;

impl FromStr for TranscriptState {
    type Err = NoSuchState;
    fn from_str(s: &str) -> Result<Self, NoSuchState> {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == s)
            .ok_or(NoSuchState)
    }
}

/// A word of the transcript; times in milliseconds from the first picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Word {
    /// 0, 1, 2 …
    pub n: u64,
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// A pause precedes: a new line, a new sentence.
    pub gap: bool,
}

/// Call in the transaction that stores a part of the track `audio`: makes sure that somebody listens.
pub async fn on_audio_part(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> store::Result<()> {
    transcripts::begin(tx, recording, now).await?;
    match transcripts::state(tx, recording).await? {
        TranscriptState::Waiting | TranscriptState::Running | TranscriptState::Done => {
            let job = Job::TranscribeSpeech { recording };
            jobs::enqueue(tx, &job, now, now, JobId::new(now, entropy.array())).await
        }
        // A model that comes later, or nothing at all, brings these back.
        TranscriptState::NoModel | TranscriptState::Failed | TranscriptState::None => Ok(()),
    }
}

/// Call in the transaction that finishes a recording: its last words are wanted at once.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> store::Result<()> {
    match transcripts::state(tx, recording).await? {
        TranscriptState::Waiting | TranscriptState::Running => {
            let job = Job::TranscribeSpeech { recording };
            jobs::enqueue(tx, &job, now, now, JobId::new(now, entropy.array())).await
        }
        TranscriptState::Done
        | TranscriptState::NoModel
        | TranscriptState::Failed
        | TranscriptState::None => Ok(()),
    }
}
