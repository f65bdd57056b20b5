//! Words of a transcript as a person corrects them: the new words get the times of those they stand for. Pure.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::names::names;
use super::transcript::{Stretch, TranscriptState, Word};

/// Words that are corrected at once.
pub const MAX_WORDS: usize = 500;
/// Letters of what is written in their place.
pub const MAX_LETTERS: usize = 5_000;
/// A word where none stood lasts no longer.
const NEW_WORD_MS: u64 = 1000;
/// Letters of one word.
const MAX_WORD: usize = 200;

/// What a version of a transcript came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionKind {
    /// Somebody corrected words.
    Edit,
    /// Somebody brought captions of their own.
    File,
    /// Somebody went back to an earlier version.
    Restore,
    /// The sound was transcribed anew.
    Redo,
}

names!(VersionKind, "version of a transcript", {
    Edit: "edit",
    File: "file",
    Restore: "restore",
    Redo: "redo",
});

/// Why a correction is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("These are not words of the transcript as it is now.")]
    NoSuchWords,
    #[error("At most {MAX_WORDS} words are corrected at once.")]
    TooManyWords,
    #[error("At most {MAX_LETTERS} letters can take their place.")]
    TooLong,
    #[error("A word has at most {MAX_WORD} letters.")]
    WordTooLong,
}

/// What takes the place of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Number of the first word that is replaced.
    pub first: u64,
    /// How many are replaced.
    pub count: u64,
    /// Numbered from `first`.
    pub words: Vec<Word>,
}

impl Splice {
    /// What turns `old` into `new`, as little as possible; both are numbered from 0. None where nothing changes.
    pub fn between(old: &[Word], new: &[Word]) -> Option<Self> {
        let same = |a: &Word, b: &Word| Word { n: 0, ..a.clone() } == Word { n: 0, ..b.clone() };
        let head = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
        let rest = old.len().min(new.len()) - head;
        let tail = old.iter().rev().zip(new.iter().rev());
        let tail = tail.take(rest).take_while(|(a, b)| same(a, b)).count();
        let (gone, come) = (old.len() - head - tail, new.len() - head - tail);
        (gone > 0 || come > 0).then(|| Self {
            first: head as u64,
            count: gone as u64,
            words: numbered(&new[head..head + come], head as u64),
        })
    }
}

/// The same words, counted from `first`.
pub fn numbered(words: &[Word], first: u64) -> Vec<Word> {
    let counted = words.iter().zip(first..);
    counted
        .map(|(word, n)| Word { n, ..word.clone() })
        .collect()
}

/// One step of a history: `removed` stood at number `first` before; of what took its place there are `added` words, or, where
/// that is not said, all that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub first: u64,
    pub removed: Vec<Word>,
    pub added: Option<u64>,
}

/// Takes back a step, the newest that was not taken back yet. The numbers of the words are wrong then.
pub fn undo(words: &mut Vec<Word>, step: Step) {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(words.len());
    let (from, to) = match step.added {
        Some(added) => (at(step.first), at(step.first.saturating_add(added))),
        None => (0, words.len()),
    };
    words.splice(from..to, step.removed);
}

/// How a transcript stands, apart from its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// None: there is no transcript.
    pub state: TranscriptState,
    /// Its words came from a file.
    pub imported: bool,
    /// So many words never change.
    pub settled: u64,
    pub language: Option<String>,
    pub missing: Vec<Stretch>,
    /// No more sound comes.
    pub finished: bool,
}

impl Standing {
    /// Whether no worker replaces one of the words before number `end`, unless somebody asks for it.
    pub fn is_settled(&self, end: u64) -> bool {
        self.state == TranscriptState::Failed || end <= self.settled
    }

    /// Whether no worker has anything to do with it, when it has so many words.
    pub fn is_complete(&self, words: u64) -> bool {
        let whole = self.state == TranscriptState::Done && self.finished && self.settled == words;
        self.imported || self.state == TranscriptState::Failed || whole
    }
}

/// A word, or a letter of a script without blanks, on its way through the alignment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    text: String,
    start_ms: u64,
    end_ms: u64,
    /// Which old word it is a piece of.
    of: Option<usize>,
    gap: bool,
    joined: bool,
}

impl Unit {
    /// In letters, at least one.
    fn length(&self) -> u64 {
        self.text.chars().count().max(1) as u64
    }
}

/// `text` in the place of `old`, words next to each other. A line break begins a new paragraph. Words that stay keep their
/// times; the others share the time of those that they replace, by their length. `until_ms` is when the word behind them
/// begins: new words where none stood have the time up to there.
pub fn align(old: &[Word], text: &str, until_ms: u64) -> Result<Vec<Word>, EditError> {
    if old.len() > MAX_WORDS {
        return Err(EditError::TooManyWords);
    }
    if text.chars().count() > MAX_LETTERS {
        return Err(EditError::TooLong);
    }
    let old_units = units_of(old);
    let mut new_units = units(text)?;
    if let (Some(first), Some(was)) = (new_units.first_mut(), old.first()) {
        first.gap = was.gap;
        first.joined = was.joined && first.joined;
    }
    let pairs = common(&old_units, &new_units);
    let from_ms = old.first().map_or(until_ms, |word| word.start_ms);
    let (mut i, mut j, mut at) = (0, 0, from_ms);
    for (a, b) in pairs
        .into_iter()
        .chain([(old_units.len(), new_units.len())])
    {
        let next_ms = old_units.get(a).map_or_else(
            || old_units.last().map_or(until_ms, |it| it.end_ms.max(at)),
            |it| it.start_ms,
        );
        // Behind the last word there is room up to the next one.
        let until = if a == old_units.len() && i == a {
            until_ms.max(next_ms)
        } else {
            next_ms
        };
        fill(&old_units[i..a], &mut new_units[j..b], at, until);
        if let (Some(was), Some(now)) = (old_units.get(a), new_units.get_mut(b)) {
            (now.start_ms, now.end_ms, now.of) = (was.start_ms, was.end_ms, was.of);
            at = was.end_ms;
        }
        (i, j) = (a + 1, b + 1);
    }
    let first = old.first().map_or(0, |word| word.n);
    Ok(numbered(&merged(new_units), first))
}

/// Gives `new` the time of `old`, which it replaces, or what there is between `from` and `until`.
fn fill(old: &[Unit], new: &mut [Unit], from: u64, until: u64) {
    if new.is_empty() {
        return;
    }
    if old.len() == new.len() {
        for (was, now) in old.iter().zip(new) {
            (now.start_ms, now.end_ms) = (was.start_ms, was.end_ms);
        }
        return;
    }
    let room = NEW_WORD_MS * new.len() as u64;
    let begin = old.first().map_or(from.min(until), |it| it.start_ms);
    let until = until.min(from.saturating_add(room));
    let end = old.last().map_or(until, |it| it.end_ms).max(begin);
    let total: u64 = new.iter().map(Unit::length).sum::<u64>().max(1);
    let mut said = 0;
    for unit in new {
        unit.start_ms = begin + (end - begin) * said / total;
        said += unit.length();
        unit.end_ms = begin + (end - begin) * said / total;
    }
}

/// Letters and digits without case: what a word is known by.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    if plain.is_empty() {
        text.to_owned()
    } else {
        plain
    }
}

/// The longest run of pairs, in order, that are the same word: indices of `old` and of `new`.
fn common(old: &[Unit], new: &[Unit]) -> VecDeque<(usize, usize)> {
    let (a, b): (Vec<String>, Vec<String>) = (
        old.iter().map(|unit| plain(&unit.text)).collect(),
        new.iter().map(|unit| plain(&unit.text)).collect(),
    );
    // What is the same at both ends needs no table, and a correction is mostly that.
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(rest);
    let tail = tail.take_while(|(x, y)| x == y).count();
    let (a_end, b_end) = (a.len() - tail, b.len() - tail);
    let (rows, columns) = (a_end - head, b_end - head);
    let mut longest = vec![0_u16; (rows + 1) * (columns + 1)];
    let cell = |i: usize, j: usize| i * (columns + 1) + j;
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            longest[cell(i, j)] = if a[head + i] == b[head + j] {
                longest[cell(i + 1, j + 1)].saturating_add(1)
            } else {
                longest[cell(i + 1, j)].max(longest[cell(i, j + 1)])
            };
        }
    }
    let mut pairs: VecDeque<_> = (0..head).map(|k| (k, k)).collect();
    let (mut i, mut j) = (0, 0);
    while i < rows && j < columns {
        if a[head + i] == b[head + j] {
            pairs.push_back((head + i, head + j));
            (i, j) = (i + 1, j + 1);
        } else if longest[cell(i + 1, j)] >= longest[cell(i, j + 1)] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs.extend((0..tail).map(|k| (a_end + k, b_end + k)));
    pairs
}

/// Whether no blanks stand between words of the script of this letter.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3000}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The pieces of a word: its letters where its script has no blanks, else the whole.
fn pieces(text: &str) -> Vec<String> {
    if !text.contains(is_unspaced) {
        return vec![text.to_owned()];
    }
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        match out.last_mut() {
            Some(last) if open && !is_unspaced(c) => last.push(c),
            _ => out.push(c.to_string()),
        }
        open = !is_unspaced(c);
    }
    out
}

fn units_of(words: &[Word]) -> Vec<Unit> {
    let mut out = Vec::new();
    for (of, word) in words.iter().enumerate() {
        let pieces = pieces(word.text.trim());
        let (n, length) = (
            pieces.len() as u64,
            word.end_ms.saturating_sub(word.start_ms),
        );
        for (k, text) in (0..).zip(pieces) {
            out.push(Unit {
                text,
                start_ms: word.start_ms + length * k / n,
                end_ms: word.start_ms + length * (k + 1) / n,
                of: Some(of),
                gap: word.gap && k == 0,
                joined: word.joined || k > 0,
            });
        }
    }
    out
}

/// What somebody wrote, in units without times.
fn units(text: &str) -> Result<Vec<Unit>, EditError> {
    let mut out: Vec<Unit> = Vec::new();
    for line in text.lines() {
        let mut gap = !out.is_empty();
        for token in line.split_whitespace() {
            let token: String = token.chars().filter(|c| !c.is_control()).collect();
            if token.is_empty() {
                continue;
            }
            for (k, piece) in pieces(&token).into_iter().enumerate() {
                if piece.chars().count() > MAX_WORD {
                    return Err(EditError::WordTooLong);
                }
                out.push(Unit {
                    text: piece,
                    start_ms: 0,
                    end_ms: 0,
                    of: None,
                    gap: std::mem::take(&mut gap),
                    joined: k > 0,
                });
            }
        }
    }
    Ok(out)
}

/// Words of a text that is spoken from `start_ms` to `end_ms`, each as long as its letters. Of a word that is far too long
/// only the beginning is kept.
pub(super) fn spread(text: &str, start_ms: u64, end_ms: u64) -> Vec<Word> {
    let short = |token: &str| token.chars().take(MAX_WORD).collect::<String>();
    let text: Vec<String> = text.split_whitespace().map(short).collect();
    let mut units = units(&text.join(" ")).unwrap_or_default();
    let total: u64 = units.iter().map(Unit::length).sum::<u64>().max(1);
    let mut said = 0;
    for unit in &mut units {
        let at = |said: u64| start_ms + end_ms.saturating_sub(start_ms) * said / total;
        unit.start_ms = at(said);
        said += unit.length();
        unit.end_ms = at(said);
    }
    merged(units)
}

/// Letters that were one word are one word again.
fn merged(units: Vec<Unit>) -> Vec<Word> {
    let mut out: Vec<(Option<usize>, Word)> = Vec::new();
    for unit in units {
        match out.last_mut() {
            Some((of, word)) if of.is_some() && *of == unit.of && unit.joined && !unit.gap => {
                word.text.push_str(&unit.text);
                word.end_ms = word.end_ms.max(unit.end_ms);
            }
            _ => {
                let word = Word {
                    n: 0,
                    start_ms: unit.start_ms,
                    end_ms: unit.end_ms.max(unit.start_ms),
                    text: unit.text,
                    gap: unit.gap,
                    joined: unit.joined,
                };
                out.push((unit.of, word));
            }
        }
    }
    out.into_iter().map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<Word> {
        let words = text.split(' ').zip(10_u64..);
        words
            .map(|(text, n)| Word {
                n,
                start_ms: n * 1000,
                end_ms: n * 1000 + 800,
                text: text.to_owned(),
                gap: n == 10,
                joined: false,
            })
            .collect()
    }

    fn said(words: &[Word]) -> Vec<(&str, u64, u64)> {
        words
            .iter()
            .map(|w| (w.text.as_str(), w.start_ms, w.end_ms))
            .collect()
    }

    #[test]
    fn a_corrected_word_has_the_time_of_the_wrong_one_and_the_others_keep_theirs() {
        let old = words("we use cooper nets here");
        let new = align(&old, "We use Kubernetes here.", 20_000).unwrap();
        assert_eq!(
            said(&new),
            [
                ("We", 10_000, 10_800),
                ("use", 11_000, 11_800),
                ("Kubernetes", 12_000, 13_800),
                ("here.", 14_000, 14_800)
            ]
        );
        assert_eq!(
            new.iter().map(|w| w.n).collect::<Vec<_>>(),
            [10, 11, 12, 13]
        );
        assert!(new[0].gap);
    }

    #[test]
    fn one_word_that_becomes_two_shares_its_time_by_length() {
        let new = align(&words("a signon b"), "a sign on b", 20_000).unwrap();
        assert_eq!(new[1].start_ms, 11_000);
        assert_eq!((new[1].end_ms, new[2].start_ms), (11_533, 11_533));
        assert_eq!(new[2].end_ms, 11_800);
    }

    #[test]
    fn words_where_none_stood_lie_between_their_neighbours() {
        let new = align(&words("a c"), "a b c d", 15_000).unwrap();
        let [a, b, c, d] = &new[..] else {
            panic!("{new:?}")
        };
        assert!(a.end_ms <= b.start_ms && b.end_ms <= c.start_ms);
        assert_eq!((d.start_ms, d.end_ms), (11_800, 12_800));
    }

    #[test]
    fn a_line_break_begins_a_paragraph_and_nothing_removes_the_words() {
        let new = align(&words("a b c"), "a b\n\nc", 20_000).unwrap();
        assert_eq!(
            new.iter().map(|w| w.gap).collect::<Vec<_>>(),
            [true, false, true]
        );
        assert_eq!(align(&words("a b c"), " \n ", 20_000).unwrap(), []);
    }

    #[test]
    fn a_script_without_blanks_is_corrected_by_letter() {
        let mut old = words("録画の 設定は ここ");
        for word in &mut old[1..] {
            word.joined = true;
        }
        let new = align(&old, "録画の設置はここ。", 20_000).unwrap();
        let text: String = new.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(text, "録画の設置はここ。");
        assert!(new[1..].iter().all(|w| w.joined));
        assert_eq!(
            (new[0].text.as_str(), new[0].start_ms, new[0].end_ms),
            ("録画の", 10_000, 10_800)
        );
        let here = new.iter().find(|w| w.text.starts_with('こ')).unwrap();
        assert_eq!(here.start_ms, 12_000);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let old = words("a");
        assert_eq!(
            align(&old, &"x".repeat(MAX_WORD + 1), 0),
            Err(EditError::WordTooLong)
        );
        assert_eq!(
            align(&old, &"x ".repeat(MAX_LETTERS), 0),
            Err(EditError::TooLong)
        );
        let many = words(&"a ".repeat(MAX_WORDS + 1));
        assert_eq!(align(&many, "a", 0), Err(EditError::TooManyWords));
    }

    fn before(mut words: Vec<Word>, steps: &[Step]) -> Vec<Word> {
        for step in steps {
            undo(&mut words, step.clone());
        }
        numbered(&words, 0)
    }

    #[test]
    fn a_history_leads_back_over_corrections_and_over_a_new_transcript() {
        let first = numbered(&words("a b c d"), 0);
        let second = numbered(&words("a x y d"), 0);
        let splice = Splice::between(&first, &second).unwrap();
        assert_eq!((splice.first, splice.count, splice.words.len()), (1, 2, 2));
        let edit = Step {
            first: 1,
            removed: first[1..3].to_vec(),
            added: Some(2),
        };
        assert_eq!(before(second.clone(), std::slice::from_ref(&edit)), first);
        let redo = Step {
            first: 0,
            removed: second,
            added: None,
        };
        assert_eq!(before(words("quite others"), &[redo, edit]), first);
        assert_eq!(Splice::between(&first, &first), None);
    }

    proptest! {
        #[test]
        fn times_never_go_back_and_every_word_is_there(
            old in prop::collection::vec("[a-c]{1,2}", 0..12), new in prop::collection::vec("[a-c]{1,2}", 0..12),
        ) {
            let old = if old.is_empty() { Vec::new() } else { words(&old.join(" ")) };
            let aligned = align(&old, &new.join(" "), 30_000).unwrap();
            let texts: Vec<&str> = aligned.iter().map(|w| w.text.as_str()).collect();
            prop_assert_eq!(texts, new.iter().map(String::as_str).collect::<Vec<_>>());
            for pair in aligned.windows(2) {
                prop_assert!(pair[0].start_ms <= pair[1].start_ms && pair[0].start_ms <= pair[0].end_ms, "{:?}", aligned);
            }
            let numbers = old.first().map_or(0, |w| w.n)..;
            prop_assert!(aligned.iter().zip(numbers).all(|(w, n)| w.n == n));
        }
    }
}
