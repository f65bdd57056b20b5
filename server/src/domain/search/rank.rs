//! In which order hits are shown.
//!
//! Every hit holds every word of the query, so how rare a word is says nothing. What tells them apart: what kind of line it is,
//! whether words are there whole, how close they stand and in which order, how much of the line they are, and how new it is. Each
//! further hit of one recording counts less, so that one long talk does not fill a page.

use std::cmp::Ordering;
use std::collections::HashMap;

use aside_protocol::time::Timestamp;

use super::marks::Fit;
use super::{Found, Kind};

/// What fits, before it is in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub found: Found,
    pub fit: Fit,
}

const fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::Title => 4.0,
        Kind::Chapter => 3.0,
        Kind::Tag => 2.8,
        Kind::Name => 2.6,
        Kind::Comment => 2.0,
        Kind::Speech => 1.0,
        Kind::Screen => 0.8,
    }
}

/// What is so old counts half.
const HALF_LIFE_DAYS: f64 = 45.0;
const DAY_MICROS: f64 = 86_400_000_000.0;
/// What a further hit of the same recording loses, at most so often.
const FURTHER: f64 = 0.4;
const MAX_FURTHER: u32 = 5;

/// Of one line by itself.
fn score(it: &Candidate, now: Timestamp) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let fit = &it.fit;
    let whole = count(fit.exact) / count(fit.terms.max(1));
    let between = count(fit.span.saturating_sub(fit.taken));
    let close = match (fit.terms, fit.in_order) {
        (..2, _) | (_, true) => 1.0 / (1.0 + between / 4.0),
        (_, false) => 0.8 / (1.0 + between / 4.0),
    };
    let filled = count(fit.taken.min(fit.places)) / count(fit.places.max(1));
    let age = now.micros().saturating_sub(it.found.at.micros()).max(0) as f64 / DAY_MICROS;
    let new = (-age / HALF_LIFE_DAYS).exp2();
    weight(it.found.line.kind) + whole + close + filled + new
}

/// The best first. The same for the same candidates, whatever their order.
pub fn ordered(candidates: Vec<Candidate>, now: Timestamp) -> Vec<Candidate> {
    let mut scored: Vec<(f64, Candidate)> = candidates
        .into_iter()
        .map(|it| (score(&it, now), it))
        .collect();
    scored.sort_by(best);
    let mut further = HashMap::new();
    for (score, it) in &mut scored {
        let before = further.entry(it.found.recording).or_insert(0_u32);
        *score -= FURTHER * f64::from((*before).min(MAX_FURTHER));
        *before += 1;
    }
    scored.sort_by(best);
    scored.into_iter().map(|(_, it)| it).collect()
}

fn best(a: &(f64, Candidate), b: &(f64, Candidate)) -> Ordering {
    let rest = |it: &Candidate| (it.found.at, it.found.recording, it.found.line.at_ms);
    b.0.total_cmp(&a.0)
        .then_with(|| rest(&b.1).cmp(&rest(&a.1)))
        .then_with(|| a.1.found.line.cmp(&b.1.found.line))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aside_protocol::id::RecordingId;

    use super::super::{Line, Query};
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn candidate(typed: &str, n: u8, kind: Kind, text: &str, days: u64) -> Candidate {
        Candidate {
            fit: Query::parse(typed).marks(text).unwrap(),
            found: Found {
                row: i64::from(n),
                recording: RecordingId::new(NOW, [n; 10]),
                line: Line {
                    kind,
                    comment: None,
                    at_ms: None,
                    text: text.to_owned(),
                },
                at: NOW.minus(Duration::from_secs(days * 86_400)),
            },
        }
    }

    fn order(typed: &str, lines: &[(u8, Kind, &str, u64)]) -> Vec<String> {
        let all = lines
            .iter()
            .map(|(n, kind, text, days)| candidate(typed, *n, *kind, text, *days));
        let mut all: Vec<Candidate> = all.collect();
        let first = ordered(all.clone(), NOW);
        all.reverse();
        assert_eq!(
            first,
            ordered(all, NOW),
            "the order they come in says nothing"
        );
        first.into_iter().map(|it| it.found.line.text).collect()
    }

    #[test]
    fn titles_come_before_chapters_comments_and_speech() {
        use Kind::{Chapter, Comment, Speech, Title};
        let lines = [
            (1, Speech, "the cache said", 0),
            (2, Comment, "the cache wrote", 0),
            (3, Title, "the cache named", 0),
            (4, Chapter, "the cache part", 0),
        ];
        let wanted = [
            "the cache named",
            "the cache part",
            "the cache wrote",
            "the cache said",
        ];
        assert_eq!(order("cache ", &lines), wanted);
    }

    #[test]
    fn words_that_stand_together_whole_and_new_come_first() {
        use Kind::Speech;
        let lines = [
            (1, Speech, "red a b c d e f g h i j k green", 0),
            (2, Speech, "a b c d e f g h i j k red green", 0),
            (3, Speech, "a b c d e f g h i j k red greenish", 0),
        ];
        let got = order("red green", &lines);
        assert_eq!(got[0], lines[1].2);
        assert_eq!(got[1], lines[2].2);
        let lines = [(1, Speech, "old word", 400), (2, Speech, "new word", 1)];
        assert_eq!(order("word ", &lines), ["new word", "old word"]);
    }

    #[test]
    fn any_moment_orders() {
        let one = candidate("word ", 1, Kind::Speech, "a word", 0);
        for now in [i64::MIN, -1, 0, i64::MAX] {
            let got = ordered(vec![one.clone()], Timestamp::from_micros(now));
            assert_eq!(got, std::slice::from_ref(&one));
        }
    }

    #[test]
    fn one_recording_does_not_fill_the_page() {
        use Kind::Speech;
        let mut lines = vec![(2, Speech, "the only word of another", 90)];
        lines.extend([(1, Speech, "one word of many", 0); 6]);
        let got = order("word ", &lines);
        let place = got.iter().position(|it| it.contains("only"));
        assert!(place.is_some_and(|it| it < 4), "{got:?}");
    }
}
