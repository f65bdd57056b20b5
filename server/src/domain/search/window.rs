//! What was said, in windows: a few sentences each, of which the last one begins the next window too, so that words in a row are
//! found wherever they stand.

use crate::domain::transcript::Word;

/// A window ends with the sentence that makes it so long, in words. With the next it has fewer than 64; the triggers of migration 45 know.
const LONG_ENOUGH: usize = 32;
/// A sentence that does not end is cut there; the words of a text without blanks are short.
const LONGEST_SENTENCE: usize = 24;

/// Words in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Number of the first word.
    pub first: u64,
    /// Number behind the last.
    pub end: u64,
    /// Number of the word with which the next window begins.
    pub next: u64,
    /// Whether it stays as it is whatever follows.
    pub closed: bool,
    pub start_ms: u64,
    pub text: String,
}

/// The windows of `words`, which follow each other and begin where a window does. The last one may be open.
pub fn windows(words: &[Word]) -> Vec<Window> {
    let sentences = sentences(words);
    let mut out = Vec::new();
    let mut at = 0;
    while at < sentences.len() {
        let mut end = at;
        let mut length = 0;
        while end < sentences.len() && length < LONG_ENOUGH {
            length += sentences[end].len();
            end += 1;
        }
        let is_last = end == sentences.len();
        let begin = sentences[at].start;
        let stop = sentences[end - 1].end;
        // The last sentence begins the next window, unless it is the only one.
        let next = if is_last { end } else { (end - 1).max(at + 1) };
        let Some(inside) = words.get(begin..stop) else {
            break;
        };
        let number = |n: usize| words.get(n).map_or(0, |word| word.n);
        out.push(Window {
            first: number(begin),
            end: number(stop - 1) + 1,
            next: sentences
                .get(next)
                .map_or_else(|| number(stop - 1) + 1, |it| number(it.start)),
            closed: !is_last,
            start_ms: inside.first().map_or(0, |word| word.start_ms),
            text: joined(inside),
        });
        at = next;
    }
    out
}

fn sentences(words: &[Word]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (n, word) in words.iter().enumerate() {
        let pauses = words.get(n + 1).is_some_and(|next| next.gap);
        let ends = word
            .text
            .trim_end_matches(['"', '\'', ')', '”', '»', '」'])
            .ends_with(['.', '!', '?', '…', '。', '！', '？']);
        if ends || pauses || n + 1 - start == LONGEST_SENTENCE {
            out.push(start..n + 1);
            start = n + 1;
        }
    }
    if start < words.len() {
        out.push(start..words.len());
    }
    out
}

fn joined(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !word.joined {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The moment of the word in which byte `at` of a window's text lies; none where these are not its words.
pub fn words_at(words: &[Word], text: &str, at: usize) -> Option<u64> {
    if joined(words) != text {
        return None;
    }
    let mut length = 0;
    for word in words {
        if length > 0 && !word.joined {
            length += 1;
        }
        length += word.text.len();
        if at < length {
            return Some(word.start_ms);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<Word> {
        let words = text.split(' ').zip(0..);
        let word = |(text, n): (&str, u64)| Word {
            n,
            start_ms: n * 100,
            end_ms: n * 100 + 90,
            text: text.trim_start_matches('|').to_owned(),
            gap: text.starts_with('|'),
            joined: false,
        };
        words.map(word).collect()
    }

    #[test]
    fn the_last_sentence_begins_the_next_window() {
        let ten = "a b c d e f g h i";
        let text = format!("{ten} one. {ten} two. {ten} three. {ten} four. {ten} five.");
        let got = windows(&words(&text));
        assert_eq!(got.len(), 2, "{got:?}");
        assert!(got[0].closed && got[0].text.ends_with("four."));
        assert_eq!((got[0].first, got[0].end, got[0].next), (0, 40, 30));
        assert!(!got[1].closed && got[1].text.starts_with("a b") && got[1].text.ends_with("five."));
        assert_eq!(got[1].first, 30);
    }

    #[test]
    fn the_moment_of_a_word_is_found_by_its_place_in_the_text() {
        let all = words("Hello over there.");
        assert_eq!(words_at(&all, "Hello over there.", 6), Some(100));
        assert_eq!(words_at(&all, "Hello over there.", 0), Some(0));
        assert_eq!(words_at(&all, "Other words", 0), None);
        assert_eq!(windows(&[]), []);
    }

    proptest! {
        #[test]
        fn words_in_a_row_stand_in_one_window_and_more_words_change_the_last_one_only(
            ends in prop::collection::vec(prop::sample::select(vec!["w", "w.", "|w"]), 1..200), cut in 0_usize..200,
        ) {
            let all = words(&ends.join(" "));
            let got = windows(&all);
            prop_assert_eq!(got[0].first, 0);
            prop_assert!(got.iter().all(|it| it.end - it.first < 64), "as the triggers of the schema know");
            prop_assert_eq!(got.last().map(|it| it.end), Some(all.len() as u64));
            for pair in got.windows(2) {
                prop_assert_eq!(pair[0].next, pair[1].first);
                prop_assert!(pair[1].first < pair[0].end, "they overlap");
            }
            let some = windows(&all[..cut.min(all.len())]);
            for (n, window) in some.iter().enumerate().filter(|(_, it)| it.closed) {
                prop_assert_eq!(window, &got[n]);
            }
            // Cut again from the window that was open, the rest is the same.
            if let Some(open) = some.last() {
                let from = usize::try_from(open.first).unwrap_or(0);
                prop_assert_eq!(&windows(&all[from..])[..], &got[some.len() - 1..]);
            }
        }
    }
}
