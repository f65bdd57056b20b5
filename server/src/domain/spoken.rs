//! Sentences of a transcript, for who reads it with times: a program, or a page of text. Pure.

use serde::Serialize;

use super::transcript::Word;

/// What was said without a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Milliseconds from the first picture.
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
}

/// Longer ones are cut, in milliseconds: who speaks without a break is still to be found by the second.
const LONGEST_MS: u64 = 20_000;

/// What ends a sentence, before closing quotes.
const ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];
const QUOTES: [char; 6] = ['"', '\'', '”', '’', '»', ')'];

/// The sentences of `words`, which are in order. Every word stands in exactly one.
pub fn sentences(words: &[Word]) -> Vec<Sentence> {
    let mut all: Vec<Sentence> = Vec::new();
    let mut open = false;
    for word in words {
        let text = word.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            open &= !word.gap;
            continue;
        }
        let over = ends(&text);
        let end_ms = word.end_ms.max(word.start_ms);
        match all.last_mut() {
            Some(last) if open && !word.gap && end_ms <= last.start_ms + LONGEST_MS => {
                if !word.joined {
                    last.text.push(' ');
                }
                last.text.push_str(&text);
                last.end_ms = last.end_ms.max(end_ms);
            }
            _ => all.push(Sentence {
                start_ms: word.start_ms,
                end_ms,
                text,
            }),
        }
        open = !over;
    }
    all
}

fn ends(text: &str) -> bool {
    text.trim_end_matches(QUOTES).ends_with(ENDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(n: u64, text: &str, gap: bool) -> Word {
        Word {
            n,
            start_ms: n * 500,
            end_ms: n * 500 + 400,
            text: text.to_owned(),
            gap,
            joined: false,
        }
    }

    #[test]
    fn a_sentence_ends_with_its_mark_or_before_a_pause() {
        let said = ["It", "works.", "“Does", "it?”", "yes", "well"];
        let words = said.iter().zip(0..).map(|(text, n)| word(n, text, n == 5));
        let found = sentences(&words.collect::<Vec<_>>());
        let texts: Vec<&str> = found.iter().map(|it| &*it.text).collect();
        assert_eq!(texts, ["It works.", "“Does it?”", "yes", "well"]);
        assert_eq!((found[1].start_ms, found[1].end_ms), (1000, 1900));
    }

    #[test]
    fn who_speaks_without_a_break_is_cut_and_no_word_is_lost() {
        let words: Vec<Word> = (0..100).map(|n| word(n, "la", false)).collect();
        let found = sentences(&words);
        assert!(found.len() >= 2);
        assert!(found.iter().all(|it| it.end_ms - it.start_ms <= LONGEST_MS));
        let spoken: usize = found.iter().map(|it| it.text.split(' ').count()).sum();
        assert_eq!(spoken, 100);
    }
}
