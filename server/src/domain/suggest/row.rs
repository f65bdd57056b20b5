//! Suggestions as people decide about them.

use aside_protocol::id::RecordingId;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Found, MAX_TEXT, SuggestionKind, same};
use crate::domain::names::names;

/// What became of a suggestion.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionState {
    /// Nobody decided; only the owner of the recording sees it.
    Open,
    /// The owner took it: everybody who may watch reads it.
    Accepted,
    Removed,
    /// A task that is a thread now, given to somebody; only that makes it so.
    Given,
}

names!(SuggestionState, "state of a suggestion", {
    Open: "open",
    Accepted: "accepted",
    Removed: "removed",
    Given: "given",
});

/// A row of `suggestions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub id: Uuid,
    pub recording: RecordingId,
    pub kind: SuggestionKind,
    pub at_ms: u64,
    pub end_ms: u64,
    pub text: String,
    pub state: SuggestionState,
    /// The text as it was found.
    pub found: String,
    /// Counts up with each change.
    pub version: i64,
    /// Which model wrote it; none: it was found without one.
    pub model: Option<String>,
    /// Who is to do it, as the talk names them.
    pub who: Option<String>,
    /// Until when, on the calendar of the speaker.
    pub until: Option<Date>,
}

/// Why a suggestion cannot read so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("It has 1 to {MAX_TEXT} letters.")]
pub struct TextLength;

impl Suggestion {
    /// Whether a person decided about it or changed it: then it stays whatever is found later.
    pub fn is_decided(&self) -> bool {
        self.state != SuggestionState::Open || self.text != self.found
    }

    /// Whether it reads as it was found: no person changed it.
    pub fn is_automatic(&self) -> bool {
        self.text == self.found
    }

    /// Whether it is what was found again, and nobody decided about it.
    pub fn is_open_as(&self, it: &Found) -> bool {
        !self.is_decided() && (self.kind, self.at_ms, &self.found) == (it.kind, it.at_ms, &it.text)
    }
}

/// A text on one line.
pub fn checked(text: &str) -> Result<String, TextLength> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let fits = (1..=MAX_TEXT).contains(&line.chars().count());
    fits.then_some(line).ok_or(TextLength)
}

/// Of what was found, what nobody decided about: no chapters where a person set some.
pub fn undecided(found: Vec<Found>, decided: &[Suggestion], has_marks: bool) -> Vec<Found> {
    let wanted = |it: &Found| is_undecided(it, decided, has_marks);
    found.into_iter().filter(wanted).collect()
}

/// Whether nobody decided about it, as in [`undecided`].
pub fn is_undecided(it: &Found, decided: &[Suggestion], has_marks: bool) -> bool {
    let known = decided.iter().any(|other| {
        same(
            (it.kind, it.at_ms, &it.text),
            (other.kind, other.at_ms, &other.found),
        )
    });
    !known && (!has_marks || it.kind != SuggestionKind::Chapter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    fn found(kind: SuggestionKind, at_ms: u64, text: &str) -> Found {
        Found {
            kind,
            at_ms,
            end_ms: at_ms + 1000,
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_a_person_decided_about_is_not_suggested_again() {
        let decided = Suggestion {
            id: Uuid::from_bytes([1; 16]),
            recording: RecordingId::new(Timestamp::from_micros(1), [2; 10]),
            kind: SuggestionKind::Action,
            at_ms: 10_000,
            end_ms: 12_000,
            text: "Please fix it.".to_owned(),
            state: SuggestionState::Removed,
            found: "Please fix it.".to_owned(),
            version: 2,
            model: None,
            who: None,
            until: None,
        };
        let all = vec![
            found(SuggestionKind::Action, 10_500, "Please, fix it."),
            found(SuggestionKind::Action, 60_000, "Please fix it."),
            found(SuggestionKind::Action, 60_000, "Another."),
            found(SuggestionKind::Sentence, 10_000, "Please fix it."),
            found(SuggestionKind::Chapter, 0, "Begin"),
        ];
        let left = undecided(all.clone(), std::slice::from_ref(&decided), false);
        assert_eq!(left, all[2..]);
        assert_eq!(undecided(all.clone(), &[decided], true), all[2..4]);
    }

    #[test]
    fn a_text_is_one_line_that_says_something() {
        assert_eq!(checked(" a \n b\u{7} "), Ok("a b".to_owned()));
        assert_eq!(checked(" \n "), Err(TextLength));
        assert_eq!(checked(&"x".repeat(MAX_TEXT + 1)), Err(TextLength));
    }
}
