//! Chapters: a moment with a title, set while recording or later by the owner.

use aside_protocol::id::{MarkId, RecordingId};
use aside_protocol::text::{TitleTooLong, clean_title};
use aside_protocol::time::Timestamp;

use super::recording::latest_ms;

/// Of one recording: a page loads them all.
pub const MAX_MARKS: u64 = 1_000;

/// A row of `marks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub id: MarkId,
    pub recording: RecordingId,
    /// Milliseconds from the first picture.
    pub at_ms: u64,
    /// Empty: not named yet.
    pub title: String,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    /// Counts up with each change.
    pub version: i64,
}

/// Why a chapter is refused, and which field is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    #[error("A recording has at most {MAX_MARKS} chapters. Delete some first.")]
    TooMany,
    #[error("This moment lies behind the end of the recording.")]
    TooLate,
    #[error(transparent)]
    Title(#[from] TitleTooLong),
}

impl MarkError {
    pub const fn field(&self) -> &'static str {
        match self {
            Self::TooMany => "marks",
            Self::TooLate => "at_ms",
            Self::Title(_) => "title",
        }
    }
}

/// What is wanted of a chapter; none: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub at_ms: Option<u64>,
    pub title: Option<String>,
}

impl Wanted {
    /// Its title cleaned, its moment inside of the recording. `length_ms` as in [`latest_ms`].
    pub fn checked(self, length_ms: Option<u64>) -> Result<Self, MarkError> {
        if self.at_ms.is_some_and(|at| at > latest_ms(length_ms)) {
            return Err(MarkError::TooLate);
        }
        Ok(Self {
            title: self.title.as_deref().map(clean_title).transpose()?,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_chapters_that_are_refused() {
        let wanted = |at_ms: u64, title: &str| Wanted {
            at_ms: Some(at_ms),
            title: Some(title.to_owned()),
        };
        let cleaned = wanted(65_000, " How\u{0} it   works ").checked(Some(60_000));
        assert_eq!(cleaned, Ok(wanted(65_000, "How it works")));
        let late = wanted(65_001, "").checked(Some(60_000));
        assert_eq!(late, Err(MarkError::TooLate));
        assert_eq!(wanted(65_001, "").checked(None), Ok(wanted(65_001, "")));
        let long = wanted(0, &"a".repeat(201)).checked(None).unwrap_err();
        assert_eq!(long.field(), "title");
    }
}
