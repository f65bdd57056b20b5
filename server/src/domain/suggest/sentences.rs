//! Sentences as they were spoken, and those that say most.

use std::collections::{HashMap, HashSet};

use super::words::{Language, is_content, stem};
use super::{Found, MAX_TEXT, SuggestionKind, cut};
use crate::domain::transcript::Word;
use crate::domain::transcript_file::sentence;

/// What is spoken between two ends of a sentence, or between two pauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub start_ms: u64,
    pub end_ms: u64,
    /// Silence before it.
    pub pause_ms: u64,
    /// It begins a paragraph.
    pub gap: bool,
    pub text: String,
}

impl Sentence {
    /// Stems of the words that say something.
    pub(super) fn content(&self, language: Language) -> Vec<String> {
        let words = self.text.split_whitespace();
        let content = words.filter(|word| is_content(word, language));
        content.map(|word| stem(word, language)).collect()
    }

    fn length(&self) -> usize {
        self.text.split_whitespace().count()
    }
}

/// A model that sets no full stops makes sentences no longer than this.
const LONGEST: usize = 60;

/// The sentences of a talk, in order.
pub fn split(words: &[Word]) -> Vec<Sentence> {
    let ends = |word: &Word| {
        word.text
            .trim_end_matches(['"', '”', '»', ')'])
            .ends_with(['.', '?', '!', '…', '。', '？', '！'])
    };
    let runs = words.chunk_by(|word, next| !ends(word) && !next.gap);
    let mut out: Vec<Sentence> = Vec::new();
    for run in runs.flat_map(|run| run.chunks(LONGEST)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let before = out.last().map_or(first.start_ms, |it| it.end_ms);
        out.push(Sentence {
            start_ms: first.start_ms,
            end_ms: last.end_ms,
            pause_ms: first.start_ms.saturating_sub(before),
            gap: first.gap,
            text: sentence(run),
        });
    }
    out
}

/// A talk with fewer is its own summary.
const LEAST_SENTENCES: usize = 8;
/// Words of a sentence that can stand alone.
const WORDS: std::ops::RangeInclusive<usize> = 7..=45;
/// A sentence for so many.
const ONE_OF: usize = 12;
const AT_MOST: usize = 6;

/// How people announce what matters.
const CUES: &[&str] = &[
    "important",
    "the point is",
    "the problem is",
    "the reason",
    "in short",
    "to sum up",
    "in summary",
    "conclusion",
    "the main",
    "the goal",
    "we decided",
    "decision",
    "the result",
    "turns out",
    "wichtig",
    "das problem ist",
    "der grund",
    "kurz gesagt",
    "zusammengefasst",
    "zusammenfassend",
    "fazit",
    "das ziel",
    "entschieden",
    "entscheidung",
    "das ergebnis",
    "die ursache",
    "es stellt sich heraus",
];

/// The sentences whose words are said most, few of them and no two of the same.
pub(super) fn best(spoken: &[Sentence], language: Language) -> Vec<Found> {
    if spoken.len() < LEAST_SENTENCES {
        return Vec::new();
    }
    let content: Vec<Vec<String>> = spoken.iter().map(|it| it.content(language)).collect();
    let mut said: HashMap<&str, f64> = HashMap::new();
    for stems in &content {
        // Once a sentence: who repeats a word in one breath does not make it more important.
        for stem in stems.iter().collect::<HashSet<_>>() {
            *said.entry(stem).or_default() += 1.0;
        }
    }
    let score = |n: usize| {
        let stems: HashSet<&String> = content[n].iter().collect();
        if stems.len() < 3 || !WORDS.contains(&spoken[n].length()) || spoken[n].text.ends_with('?')
        {
            return 0.0;
        }
        // What is said once says nothing of the whole.
        let weight: f64 = stems
            .iter()
            .map(|it| (said[it.as_str()] - 1.0).max(0.0))
            .sum();
        let lower = spoken[n].text.to_lowercase();
        let cue = if CUES.iter().any(|cue| lower.contains(cue)) {
            1.5
        } else {
            1.0
        };
        cue * weight / (stems.len() as f64).sqrt()
    };
    let mut ranked: Vec<(f64, usize)> = (0..spoken.len()).map(|n| (score(n), n)).collect();
    ranked.retain(|(score, _)| *score > 0.0);
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let wanted = (spoken.len() / ONE_OF).clamp(2, AT_MOST);
    let mut chosen: Vec<usize> = Vec::new();
    for (_, n) in ranked {
        let stems: HashSet<&String> = content[n].iter().collect();
        let repeats = chosen.iter().any(|other| {
            let known: HashSet<&String> = content[*other].iter().collect();
            stems.intersection(&known).count() * 2 > stems.len()
        });
        if !repeats {
            chosen.push(n);
        }
        if chosen.len() == wanted {
            break;
        }
    }
    chosen.sort_unstable();
    let found = chosen.into_iter().map(|n| Found {
        kind: SuggestionKind::Sentence,
        at_ms: spoken[n].start_ms,
        end_ms: spoken[n].end_ms,
        text: cut(&spoken[n].text, MAX_TEXT),
    });
    found.collect()
}
