//! Where a new subject begins: the words change, or a long pause precedes (after Hearst, "TextTiling", 1997).

use std::collections::HashMap;

use super::sentences::Sentence;
use super::words::Language;
use super::{Found, SuggestionKind};

/// Of a shorter talk there are no chapters, in milliseconds and sentences.
const LEAST_MS: u64 = 120_000;
const LEAST_SENTENCES: usize = 16;
/// No chapter is shorter, in milliseconds.
const SHORTEST_MS: u64 = 40_000;
const AT_MOST: usize = 12;
/// Sentences on each side that are compared.
const SIDE: usize = 8;
/// A pause that counts as much as a complete change of words, in milliseconds.
const LONG_PAUSE_MS: u64 = 4_000;
/// Places on each side at which a height is looked for: in a long text that repeats itself all of it is one.
const FAR: usize = 50;
/// A change of words that is none of a subject has less.
const LEAST_DEPTH: f64 = 0.35;
/// Words in a title.
const TITLE_WORDS: usize = 3;

pub(super) fn find(spoken: &[Sentence], language: Language) -> Vec<Found> {
    let length = spoken.last().map_or(0, |it| it.end_ms);
    if length < LEAST_MS || spoken.len() < LEAST_SENTENCES {
        return Vec::new();
    }
    let content: Vec<Vec<String>> = spoken.iter().map(|it| it.content(language)).collect();
    let alike: Vec<f64> = (1..spoken.len())
        .map(|at| {
            let (before, after) = (at.saturating_sub(SIDE), (at + SIDE).min(spoken.len()));
            cosine(&counts(&content[before..at]), &counts(&content[at..after]))
        })
        .collect();
    let mut ranked: Vec<(f64, usize)> = (0..alike.len())
        .map(|n| {
            let pause = spoken[n + 1].pause_ms.min(LONG_PAUSE_MS) as f64 / LONG_PAUSE_MS as f64;
            (depth(&alike, n) + pause, n + 1)
        })
        .filter(|(score, _)| *score >= LEAST_DEPTH)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut begins = vec![0];
    for (_, at) in ranked {
        let start = spoken[at].start_ms;
        let room = |other: &usize| spoken[*other].start_ms.abs_diff(start) >= SHORTEST_MS;
        if begins.len() < AT_MOST
            && begins.iter().all(room)
            && length.saturating_sub(start) >= SHORTEST_MS
        {
            begins.push(at);
        }
    }
    if begins.len() < 2 {
        return Vec::new();
    }
    begins.sort_unstable();
    let ends = begins.iter().skip(1).copied().chain([spoken.len()]);
    let chapters: Vec<(usize, usize)> = begins.iter().copied().zip(ends).collect();
    let titles = titles(spoken, &content, &chapters);
    let found = chapters
        .into_iter()
        .zip(titles)
        .map(|((from, to), text)| Found {
            kind: SuggestionKind::Chapter,
            // The first one begins with the recording.
            at_ms: if from == 0 { 0 } else { spoken[from].start_ms },
            end_ms: spoken[to - 1].end_ms,
            text,
        });
    found.filter(|it| !it.text.is_empty()).collect()
}

/// How far the likeness at a place lies below the nearest heights on both sides.
fn depth(alike: &[f64], at: usize) -> f64 {
    let climb = |steps: &mut dyn Iterator<Item = usize>| {
        let mut top = alike[at];
        for n in steps.take(FAR) {
            if alike[n] < top {
                break;
            }
            top = alike[n];
        }
        top - alike[at]
    };
    climb(&mut (0..at).rev()) + climb(&mut (at + 1..alike.len()))
}

fn counts(sentences: &[Vec<String>]) -> HashMap<&str, f64> {
    let mut counts = HashMap::new();
    for stem in sentences.iter().flatten() {
        *counts.entry(stem.as_str()).or_insert(0.0) += 1.0;
    }
    counts
}

fn cosine(a: &HashMap<&str, f64>, b: &HashMap<&str, f64>) -> f64 {
    let product: f64 = a
        .iter()
        .filter_map(|(stem, n)| Some(n * b.get(stem)?))
        .sum();
    let length = |it: &HashMap<&str, f64>| it.values().map(|n| n * n).sum::<f64>().sqrt();
    let lengths = length(a) * length(b);
    if lengths > 0.0 {
        product / lengths
    } else {
        0.0
    }
}

/// The words of each chapter that are said there and not elsewhere, as they were spoken first.
fn titles(
    spoken: &[Sentence],
    content: &[Vec<String>],
    chapters: &[(usize, usize)],
) -> Vec<String> {
    let here: Vec<HashMap<&str, f64>> = chapters
        .iter()
        .map(|(from, to)| counts(&content[*from..*to]))
        .collect();
    let among = |stem: &str| here.iter().filter(|it| it.contains_key(stem)).count() as f64;
    let n = chapters.len() as f64;
    chapters
        .iter()
        .zip(&here)
        .map(|((from, to), counts)| {
            let mut ranked: Vec<(f64, &str)> = counts
                .iter()
                .map(|(stem, count)| (count * (1.0 + n / among(stem)).ln(), *stem))
                .collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
            let chosen: Vec<&str> = ranked.iter().take(TITLE_WORDS).map(|it| it.1).collect();
            let words = chosen
                .iter()
                .filter_map(|stem| spelling(&spoken[*from..*to], stem));
            let title = words.collect::<Vec<_>>().join(", ");
            let mut letters = title.chars();
            let first = letters.next().map(|c| c.to_uppercase().collect::<String>());
            first.unwrap_or_default() + letters.as_str()
        })
        .collect()
}

/// How the word with this stem was written first.
fn spelling(spoken: &[Sentence], wanted: &str) -> Option<String> {
    let words = spoken.iter().flat_map(|it| it.text.split_whitespace());
    let trimmed = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut stems = trimmed.map(|word| {
        (
            word,
            [Language::English, Language::German, Language::Other]
                .map(|l| super::words::stem(word, l)),
        )
    });
    let (word, _) = stems.find(|(_, stems)| stems.iter().any(|it| it == wanted))?;
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_looked_for_nearby() {
        // If the whole plateau were walked from each place, this would take half an hour.
        let plateau = vec![0.5; 300_000];
        let deepest = (0..plateau.len()).map(|at| depth(&plateau, at));
        assert!(deepest.fold(0.0, f64::max).abs() < 1e-9);
        let slope: Vec<f64> = (0..200_u32).map(f64::from).collect();
        assert!((depth(&slope, 10) - 50.0).abs() < 1e-9);
    }
}
