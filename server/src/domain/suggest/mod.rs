//! What is found in a transcript: where a new subject begins, which sentences say most, what somebody is to do. Pure.
//!
//! What [`suggest`] finds needs no model. It is extraction and says so: every text is one that was spoken, and each has its moment. What a
//! model writes (`domain::assistant`) is suggested in the same way.

mod actions;
mod chapters;
pub mod row;
mod sentences;
mod words;

use std::collections::HashSet;

use super::names::names;
use super::transcript::Word;

pub use sentences::{Sentence, split};
pub use words::Language;

/// What a suggestion is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// What the recording is called; only a model suggests one.
    Title,
    /// A subject begins.
    Chapter,
    /// A sentence that says much.
    Sentence,
    /// Somebody is to do something.
    Action,
}

names!(SuggestionKind, "suggestion", {
    Title: "title",
    Chapter: "chapter",
    Sentence: "sentence",
    Action: "action",
});

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: SuggestionKind,
    pub at_ms: u64,
    pub end_ms: u64,
    pub text: String,
}

/// Letters of a suggestion.
pub const MAX_TEXT: usize = 400;

/// Everything that is found, by kind and moment. `language` is ISO 639-1; where it is not said, it is guessed. Of a language that
/// is not known only what needs no list of its words is found.
pub fn suggest(words: &[Word], language: Option<&str>) -> Vec<Found> {
    let language = match language {
        Some(code) => Language::of(Some(code)),
        None => Language::guess(words.iter().map(|word| word.text.as_str())),
    };
    let spoken = sentences::split(words);
    let mut found = chapters::find(&spoken, language);
    found.extend(sentences::best(&spoken, language));
    found.extend(actions::find(&spoken, language));
    found
}

/// Whether two suggestions are about the same: a person decided about one of them already. A sentence that was transcribed a little
/// differently is the same; so is a chapter at the same place, whatever its title, and any title of the recording.
pub fn same(a: (SuggestionKind, u64, &str), b: (SuggestionKind, u64, &str)) -> bool {
    const NEAR_MS: u64 = 5_000;
    let near = a.1.abs_diff(b.1) < NEAR_MS;
    let alike =
        matches!(a.0, SuggestionKind::Chapter | SuggestionKind::Title) || share_words(a.2, b.2);
    a.0 == b.0 && (a.2 == b.2 || (near && alike))
}

/// Whether at least half of the words of the shorter text are in the other.
fn share_words(a: &str, b: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let words = text.split_whitespace();
        let plain = words.map(|word| {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        });
        plain.collect()
    };
    let (a, b) = (words(a), words(b));
    a.intersection(&b).count() * 2 >= a.len().min(b.len())
}

/// The text with at most so many letters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests;
