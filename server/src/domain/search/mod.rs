//! Search: how text becomes tokens, what a query asks for, which lines fit, and in which order. Pure.
//!
//! Both databases hold the tokens that are made here and compare nothing else; what fits a query is decided once more by
//! [`Query::marks`], so that both give the same hits (decision 82).

mod fold;
mod marks;
mod query;
mod rank;
mod token;
mod window;

use aside_protocol::id::{CommentId, RecordingId};
use aside_protocol::time::Timestamp;

pub use marks::{Excerpt, Fit, excerpt, utf16};
pub use query::{MAX_QUERY, MAX_TERMS, Phrase, Query, Term};
pub use rank::{Candidate, ordered};
pub use token::{Place, Token, tokens};
pub use window::{Window, windows, words_at};

use super::names::names;

/// How tokens are made. A database whose index was made in another way is indexed anew.
pub const VERSION: i64 = 2;

/// What a line is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The name of a recording.
    Title,
    /// The name of a chapter.
    Chapter,
    /// The tags of a recording.
    Tag,
    /// The name of whose recording it is.
    Name,
    /// A comment or a reply.
    Comment,
    /// What was said.
    Speech,
    /// Text that stood in the picture.
    Screen,
}

/// In which table of what can be searched for a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Written,
    Said,
    Shown,
}

impl Kind {
    /// Whether it is a name of something, of which there are few; comments are many.
    pub const fn names_something(self) -> bool {
        matches!(self, Self::Title | Self::Chapter | Self::Tag | Self::Name)
    }

    pub const fn source(self) -> Source {
        match self {
            Self::Title | Self::Chapter | Self::Tag | Self::Name | Self::Comment => Source::Written,
            Self::Speech => Source::Said,
            Self::Screen => Source::Shown,
        }
    }
}

names!(Kind, "kind of hit", {
    Title: "title",
    Chapter: "chapter",
    Tag: "tag",
    Name: "name",
    Comment: "comment",
    Speech: "speech",
    Screen: "screen",
});

/// Which row of a recording a line comes from, but for words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub kind: Kind,
    /// Of a comment.
    pub comment: Option<CommentId>,
    /// Milliseconds from the first picture; none where it is about the whole recording.
    pub at_ms: Option<u64>,
    pub text: String,
}

/// A line that the database found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Of the row; those of each [`Source`] are counted apart.
    pub row: i64,
    pub recording: RecordingId,
    pub line: Line,
    /// When it was said or written.
    pub at: Timestamp,
}

/// What of a recording is to be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was written.
    Lines,
    Words,
    /// Text in the picture.
    Screen,
}

names!(Part, "part of a recording", {
    Lines: "lines",
    Words: "words",
    Screen: "screen",
});
