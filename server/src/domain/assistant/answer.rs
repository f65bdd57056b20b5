//! What a model wrote about a talk, as suggestions: nothing else comes of it, whatever it says.

use std::ops::Range;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::due::due;
use crate::domain::suggest::{Found, MAX_TEXT, Sentence, SuggestionKind, cut};

/// Letters of a name.
const MAX_WHO: usize = 80;
/// Letters of titles, of the recording and of chapters.
const MAX_TITLE: usize = 100;

/// Of each kind, in the answer to one question.
const fn at_most(kind: SuggestionKind) -> usize {
    match kind {
        SuggestionKind::Title => 1,
        SuggestionKind::Sentence => 6,
        SuggestionKind::Chapter => 12,
        SuggestionKind::Action => 20,
    }
}

/// One thing that a model wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub found: Found,
    /// Who is to do it, as the talk names them.
    pub who: Option<String>,
    pub until: Option<Date>,
}

/// The talk that was sent, and when it was.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'t> {
    pub spoken: &'t [Sentence],
    /// Of these, what the question held.
    pub window: &'t Range<usize>,
    /// The day where the speaker was.
    pub day: Date,
}

/// Reads answers to one question.
#[derive(Debug, Default)]
pub struct Reader {
    taken: Vec<(SuggestionKind, u64, String)>,
}

impl Reader {
    /// What an object says; none where it says nothing that was asked for.
    pub fn read(&mut self, object: &Map<String, Value>, asked: Asked<'_>) -> Option<Written> {
        let kind = match object.get("kind")?.as_str()?.to_lowercase().as_str() {
            "title" => SuggestionKind::Title,
            "sentence" | "summary" => SuggestionKind::Sentence,
            "chapter" => SuggestionKind::Chapter,
            "task" | "action" => SuggestionKind::Action,
            _ => return None,
        };
        let longest = match kind {
            SuggestionKind::Title | SuggestionKind::Chapter => MAX_TITLE,
            SuggestionKind::Sentence | SuggestionKind::Action => MAX_TEXT,
        };
        let text = one_line(object.get("text")?.as_str()?, longest)?;
        let at = match kind {
            SuggestionKind::Title => asked.spoken.get(asked.window.start)?,
            _ => stands_on(moment(object.get("at")?)?, asked)?,
        };
        let (at_ms, end_ms) = match kind {
            SuggestionKind::Title => (0, 0),
            _ => (at.start_ms, at.end_ms),
        };
        let of_kind = self.taken.iter().filter(|(it, ..)| *it == kind);
        let again = |(_, moment, it): &(SuggestionKind, u64, String)| {
            *it == text || (kind == SuggestionKind::Chapter && *moment == at_ms)
        };
        if of_kind.clone().count() >= at_most(kind) || of_kind.clone().any(again) {
            return None;
        }
        self.taken.push((kind, at_ms, text.clone()));
        let said = |name: &str| {
            let said = object.get(name).and_then(Value::as_str);
            said.filter(|_| kind == SuggestionKind::Action)
        };
        Some(Written {
            who: said("who").and_then(|who| one_line(who, MAX_WHO)),
            until: said("until").and_then(|until| due(until, asked.day)),
            found: Found {
                kind,
                at_ms,
                end_ms,
                text,
            },
        })
    }

    /// How many were taken.
    pub const fn count(&self) -> usize {
        self.taken.len()
    }
}

/// A text that can be shown on one line; none where nothing is left of it.
fn one_line(text: &str, longest: usize) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| cut(&line, longest))
}

/// What turns the direction of text, or takes no room.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Milliseconds of a number, or of a text such as `75`, `[75]` or `1:15`.
fn moment(at: &Value) -> Option<u64> {
    if let Some(seconds) = at.as_f64() {
        return crate::domain::document::moment(&format!("{seconds:.3}"));
    }
    let text = at.as_str()?.trim_matches(['[', ']', ' ', 's']);
    crate::domain::document::moment(text)
}

/// The sentence of the window that is spoken then; none where the talk that was sent has no such moment.
fn stands_on(at_ms: u64, asked: Asked<'_>) -> Option<&Sentence> {
    let window = asked.spoken.get(asked.window.clone())?;
    // Seconds were sent, cut off.
    let until = at_ms + 999;
    let last = window.last()?;
    let standing = window.iter().rev().find(|it| it.start_ms <= until)?;
    (at_ms <= last.end_ms).then_some(standing)
}
