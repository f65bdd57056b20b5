//! What open pages are told: what changed, by its id. What they are shown is read when it is sent, with the rights of
//! who reads it; an event holds no text.

use std::fmt;

use aside_protocol::id::{CommentId, MarkId, RecordingId};
use aside_protocol::layout::Layout;
use aside_protocol::recording::RecordingState;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::download::DownloadState;
use super::names::names;
use super::transcript::{TranscriptState, Word};
use super::turns::Turn;

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
    /// [`LayoutNews`].
    Layout,
    /// A chapter: set, changed, deleted or brought back.
    Mark,
    /// [`DownloadNews`].
    Download,
    /// [`SharingNews`].
    Sharing,
    /// A reaction to a moment: there, or taken back.
    Reaction,
    /// [`TurnsNews`].
    Turns,
}

names!(EventKind, "event", {
    Comment: "comment",
    Words: "words",
    Transcript: "transcript",
    Recording: "recording",
    Poster: "poster",
    Layout: "layout",
    Mark: "mark",
    Download: "download",
    Sharing: "sharing",
    Reaction: "reaction",
    Turns: "turns",
});

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Ascending for each recording, in the order of commits.
    pub seq: i64,
    pub recording: RecordingId,
    /// None where another version of the program wrote what this one cannot read.
    pub change: Option<Change>,
}

/// What changed, as an event's row holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Comment(CommentId),
    /// `count` words took the place of the words from number `first` on.
    Words {
        first: u64,
        count: u64,
    },
    Transcript,
    Recording,
    Poster,
    Layout,
    Mark(MarkId),
    Download,
    Sharing,
    Reaction(Uuid),
    /// Who is heard from this moment on.
    Turns {
        from_ms: u64,
    },
}

impl Change {
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Comment(_) => EventKind::Comment,
            Self::Words { .. } => EventKind::Words,
            Self::Transcript => EventKind::Transcript,
            Self::Recording => EventKind::Recording,
            Self::Poster => EventKind::Poster,
            Self::Layout => EventKind::Layout,
            Self::Mark(_) => EventKind::Mark,
            Self::Download => EventKind::Download,
            Self::Sharing => EventKind::Sharing,
            Self::Reaction(_) => EventKind::Reaction,
            Self::Turns { .. } => EventKind::Turns,
        }
    }

    /// For the column `data`.
    pub fn data(&self) -> Value {
        match self {
            Self::Comment(id) => json!({ "id": id }),
            Self::Mark(id) => json!({ "id": id }),
            Self::Reaction(id) => json!({ "id": id }),
            Self::Words { first, count } => json!({ "first": first, "count": count }),
            Self::Turns { from_ms } => json!({ "from_ms": from_ms }),
            Self::Transcript
            | Self::Recording
            | Self::Poster
            | Self::Layout
            | Self::Download
            | Self::Sharing => json!({}),
        }
    }

    /// Reads what [`Self::data`] wrote; none for what another version of the program wrote.
    pub fn read(kind: EventKind, data: &Value) -> Option<Self> {
        let number = |name: &str| data.get(name).and_then(Value::as_u64);
        Some(match kind {
            EventKind::Comment => {
                Self::Comment(serde_json::from_value(data.get("id")?.clone()).ok()?)
            }
            EventKind::Words => Self::Words {
                first: number("first")?,
                count: number("count")?,
            },
            EventKind::Turns => Self::Turns {
                from_ms: number("from_ms")?,
            },
            EventKind::Transcript => Self::Transcript,
            EventKind::Recording => Self::Recording,
            EventKind::Poster => Self::Poster,
            EventKind::Layout => Self::Layout,
            EventKind::Download => Self::Download,
            EventKind::Sharing => Self::Sharing,
            EventKind::Reaction => {
                Self::Reaction(serde_json::from_value(data.get("id")?.clone()).ok()?)
            }
            EventKind::Mark => Self::Mark(serde_json::from_value(data.get("id")?.clone()).ok()?),
        })
    }
}

/// Data of [`EventKind::Words`].
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct WordsNews {
    /// They take the place of the words from this number on, of which there may be more or fewer.
    pub from: u64,
    pub words: Vec<Word>,
    /// The first so many words never change again.
    pub settled: u64,
    /// Everything before is published.
    pub done_ms: u64,
}

/// Data of [`EventKind::Turns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TurnsNews {
    /// They take the place of the turns from this moment on, of which there may be more or fewer.
    pub from_ms: u64,
    /// By moment.
    pub turns: Vec<Turn>,
}

/// Data of [`EventKind::Transcript`]: how far it is, or that something that is made of the words changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TranscriptNews {
    pub state: TranscriptState,
    /// Everything before is published.
    pub done_ms: u64,
    /// ISO 639-1, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Counts up with each change by a person. Words that were read at this version are still the same, where no worker wrote meanwhile.
    pub version: i64,
}

/// Data of [`EventKind::Poster`]: there is one now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PosterNews {}

/// Data of [`EventKind::Layout`]: where the face lies, from the beginning to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LayoutNews {
    /// Counts up with each change; for `If-Match`. 0: nobody has said anything.
    pub version: i64,
    /// By time; before the first one the face lies in the lower left corner, in the middle size.
    pub moments: Layout,
}

/// Data of [`EventKind::Sharing`]: who may see or do what is to be read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SharingNews {}

/// Data of [`EventKind::Download`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DownloadNews {
    pub state: DownloadState,
    /// 0 to 100.
    pub percent: u8,
}

/// Data of [`EventKind::Recording`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RecordingNews {
    pub state: RecordingState,
    /// Length of the longest track, in milliseconds.
    pub duration_ms: u64,
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    #[test]
    fn a_change_is_read_back_as_it_was_written() {
        let id = CommentId::new(Timestamp::from_micros(1), [3; 10]);
        for change in [
            Change::Comment(id),
            Change::Words { first: 7, count: 2 },
            Change::Turns { from_ms: 1900 },
            Change::Transcript,
            Change::Recording,
            Change::Poster,
            Change::Layout,
            Change::Download,
            Change::Reaction(Uuid::from_bytes([5; 16])),
            Change::Mark(MarkId::new(Timestamp::from_micros(1), [4; 10])),
        ] {
            assert_eq!(Change::read(change.kind(), &change.data()), Some(change));
        }
        assert_eq!(
            Change::read(EventKind::Words, &json!({ "words": [] })),
            None
        );
    }
}
