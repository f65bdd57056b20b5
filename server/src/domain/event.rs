//! What open pages are told.

use std::fmt;
use std::str::FromStr;

use aside_protocol::recording::RecordingState;
use serde::Serialize;

use super::transcript::{TranscriptState, Word};

/// The `event:` name of an event; never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A whole comment: written, changed, deleted or brought back.
    Comment,
    /// [`WordsNews`].
    Words,
    /// [`TranscriptNews`].
    Transcript,
    /// [`RecordingNews`].
    Recording,
    /// [`PosterNews`].
    Poster,
}

impl EventKind {
    pub const ALL: [Self; 5] = [
        Self::Comment,
        Self::Words,
        Self::Transcript,
        Self::Recording,
        Self::Poster,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Words => "words",
            Self::Transcript => "transcript",
            Self::Recording => "recording",
            Self::Poster => "poster",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no kind of event.
#[derive(Debug, thiserror::Error)]
#[error("no such event: expected comment, words, transcript, recording or poster")]
pub struct NoSuchEvent;

impl FromStr for EventKind {
    type Err = NoSuchEvent;
    fn from_str(s: &str) -> Result<Self, NoSuchEvent> {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == s)
            .ok_or(NoSuchEvent)
    }
}

/// Data of [`EventKind::Words`].
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct WordsNews {
    /// Will not change any more.
    pub words: Vec<Word>,
    /// Everything before is published.
    pub done_ms: u64,
}

/// Data of [`EventKind::Transcript`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TranscriptNews {
    pub state: TranscriptState,
    /// Everything before is published.
    pub done_ms: u64,
}

/// Data of [`EventKind::Poster`]: there is one now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PosterNews {}

/// Data of [`EventKind::Recording`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RecordingNews {
    pub state: RecordingState,
    /// Length of the longest track, in milliseconds.
    pub duration_ms: u64,
    pub title: String,
}
