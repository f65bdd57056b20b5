//! From what a model says to words on the recording's time. Pure.
//!
//! A model's times are guesses, and its guess for the first word after a pause is often somewhere in that pause.
//! Where speech was is known better: words are moved into it.

mod pieces;
mod spoken;

pub use spoken::{SpokenWord, Token};

use super::voice::RATE;
use super::window::{Run, Sample, Window};
use crate::domain::team_words::TeamWords;
use crate::domain::transcript::Word;

/// A pause of this length precedes a new line.
const GAP_MS: u64 = 300;
/// No word is shorter.
const SHORTEST_MS: u64 = 20;
/// So much before its end a word that opens a sentence is spoken for sure.
const SURE_MS: u64 = 60;
/// So much later than speech ended its last word may seem to end.
const HANGS_ON_MS: u64 = 400;

/// Joins tokens into words. What is no speech, such as `[BLANK_AUDIO]` or `(music)`, is left out; so are bytes that
/// are no UTF-8. Text in a script without blanks becomes pieces of a few characters.
pub fn join(tokens: &[Token]) -> Vec<SpokenWord> {
    let mut closing = None;
    let mut out = Vec::new();
    let mut from = 0;
    while from < tokens.len() {
        let next = tokens[from + 1..]
            .iter()
            .position(|t| t.opens || t.text.starts_with(b" "))
            .map_or(tokens.len(), |i| from + 1 + i);
        for mut word in pieces::split(&tokens[from..next]) {
            closing = closing.or_else(|| remark(&word.text));
            if let Some(end) = closing {
                if word.text.trim_end_matches(['.', ',', '。']).ends_with(end) {
                    closing = None;
                }
                continue;
            }
            if word.text.contains(char::is_alphanumeric) {
                // The first word of all follows nothing.
                word.joined &= !out.is_empty();
                out.push(word);
            }
        }
        from = next;
    }
    out
}

/// Puts the terms of a team in the place of what was heard instead.
pub fn correct(words: &mut Vec<SpokenWord>, terms: &TeamWords) {
    let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    // From behind, so that the places before stay.
    for it in terms.replacements(&said).into_iter().rev() {
        let end_ms = words[it.to].end_ms;
        words.drain(it.from + 1..=it.to);
        let word = &mut words[it.from];
        (word.text, word.end_ms) = (it.text, end_ms);
    }
}

/// What closes a remark that begins here.
fn remark(text: &str) -> Option<char> {
    match text.chars().next()? {
        '[' => Some(']'),
        '(' => Some(')'),
        '（' => Some('）'),
        '【' => Some('】'),
        _ => None,
    }
}

/// Milliseconds from the beginning of the recording.
pub const fn millis(sample: Sample) -> u64 {
    sample / (RATE as u64 / 1000)
}

/// Puts what was recognised in `window` on the recording's time and numbers it from `n`. Words begin
/// within the speech, one after the other, none before `after_ms`, and end within the window.
pub fn place(spoken: Vec<SpokenWord>, window: &Window, n: u64, after_ms: u64) -> Vec<Word> {
    let base = millis(window.start);
    let speech: Vec<Stretch> = window
        .runs
        .iter()
        .map(|Run { start, end }| Stretch {
            start: millis(*start),
            end: millis(*end),
        })
        .collect();
    let end = millis(window.end);
    let said: Vec<Stretch> = spoken
        .iter()
        .map(|h| Stretch {
            start: base.saturating_add_signed(h.start_ms).min(end),
            end: base
                .saturating_add_signed(h.end_ms.max(h.start_ms))
                .min(end),
        })
        .collect();

    let mut starts: Vec<(u64, Stretch)> = Vec::with_capacity(said.len());
    let mut least = after_ms;
    for (i, said) in said.iter().enumerate() {
        // Room for the words that follow, so that the last of a crowd still lies within the window.
        let rest = SHORTEST_MS * (spoken.len() - i) as u64;
        let opens = spoken[i].opens;
        let run = nearest(&speech, if opens { said.last_of(SURE_MS) } else { *said });
        let follows = starts.last().is_some_and(|(_, before)| *before == run);
        // Of the first sentence the beginning is known as well.
        let guess = if opens && !follows && i > 0 {
            run.start
        } else {
            said.start
        };
        let start = guess
            .clamp(run.start, run.end.max(run.start))
            .min(end.saturating_sub(rest))
            .max(least);
        least = start + SHORTEST_MS;
        starts.push((start, run));
    }

    let mut words: Vec<Word> = Vec::with_capacity(spoken.len());
    for (i, h) in spoken.into_iter().enumerate() {
        let (start_ms, run) = starts[i];
        let limit = starts.get(i + 1).map_or(end, |(next, _)| *next);
        let end_ms = said[i]
            .end
            .min(run.end)
            .min(limit)
            .max(start_ms + SHORTEST_MS);
        // Pauses are where nobody spoke, not where a model was vague about the end of a word.
        let gap = match i.checked_sub(1).map(|before| starts[before].1) {
            Some(before) => run.start >= before.end + GAP_MS,
            None => after_ms > 0 && start_ms >= after_ms + GAP_MS,
        };
        words.push(Word {
            n: n + i as u64,
            start_ms,
            end_ms,
            text: h.text,
            gap,
            joined: h.joined && !gap,
        });
    }
    words
}

/// Milliseconds, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    start: u64,
    end: u64,
}

impl Stretch {
    fn last_of(self, ms: u64) -> Self {
        Self {
            start: self.end.saturating_sub(ms).max(self.start),
            end: self.end,
        }
    }
}

/// The run that shares most with the word. A word that shares nothing belongs to the run it just
/// misses, or else to the next one.
fn nearest(speech: &[Stretch], word: Stretch) -> Stretch {
    let shared = |run: &Stretch| {
        word.end
            .min(run.end)
            .saturating_sub(word.start.max(run.start))
    };
    let most = speech
        .iter()
        .copied()
        .enumerate()
        .max_by_key(|(i, run)| (shared(run), std::cmp::Reverse(*i)));
    match most {
        Some((_, run)) if shared(&run) > 0 => run,
        _ => {
            let just_over =
                |run: &&Stretch| run.start <= word.start && word.end <= run.end + HANGS_ON_MS;
            let ahead = || {
                speech
                    .iter()
                    .find(|run| run.start >= word.start)
                    .or(speech.last())
            };
            speech
                .iter()
                .find(just_over)
                .or_else(ahead)
                .copied()
                .unwrap_or(word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(text: &str, start_ms: i64, end_ms: i64) -> Token {
        Token {
            text: text.as_bytes().to_vec(),
            start_ms,
            end_ms,
            opens: false,
        }
    }

    fn spoken(text: &str, start_ms: i64, end_ms: i64) -> SpokenWord {
        SpokenWord {
            text: text.to_owned(),
            start_ms,
            end_ms,
            opens: false,
            joined: false,
        }
    }

    /// A window whose speech lies at these milliseconds.
    fn window(runs: &[(u64, u64)]) -> Window {
        let runs: Vec<Run> = runs
            .iter()
            .map(|(a, b)| Run {
                start: a * 16,
                end: b * 16,
            })
            .collect();
        let (first, last) = (runs[0].start, runs[runs.len() - 1].end);
        Window {
            start: first.saturating_sub(200 * 16),
            end: last + 300 * 16,
            runs,
        }
    }

    fn texts(tokens: &[Token]) -> Vec<String> {
        join(tokens).into_iter().map(|h| h.text).collect()
    }

    #[test]
    fn tokens_become_words_with_the_time_of_all_their_pieces() {
        let words = join(&[
            token(" Hel", 100, 200),
            token("lo", 200, 400),
            token(",", 400, 410),
            token(" world", 450, 900),
        ]);
        assert_eq!(
            words,
            [spoken("Hello,", 100, 410), spoken("world", 450, 900)]
        );
    }

    #[test]
    fn a_character_split_between_tokens_is_whole_again() {
        let tokens = [
            Token {
                text: b" caf\xc3".to_vec(),
                start_ms: 0,
                end_ms: 1,
                opens: true,
            },
            Token {
                text: b"\xa9".to_vec(),
                start_ms: 1,
                end_ms: 2,
                opens: false,
            },
        ];
        assert_eq!(texts(&tokens), ["caf\u{e9}"]);
    }

    /// Thirty tokens of Japanese, two of them halves of one character.
    #[test]
    fn text_without_blanks_becomes_pieces_with_times_of_their_own() {
        let text = "これは画面の録画です。緑のボタンを押してから、大きなメニューを開く。";
        let mut tokens: Vec<Token> = text
            .chars()
            .zip(0..)
            .map(|(c, i)| Token {
                text: c.to_string().into_bytes(),
                start_ms: i * 100,
                end_ms: i * 100 + 100,
                opens: i == 0,
            })
            .collect();
        let half = tokens[4].text.split_off(2);
        tokens.insert(
            5,
            Token {
                text: half,
                ..tokens[4].clone()
            },
        );
        let words = join(&tokens);
        assert_eq!(
            words.iter().map(|w| w.text.as_str()).collect::<String>(),
            text
        );
        assert!(words.len() >= 8 && !words[0].joined && words[1..].iter().all(|w| w.joined));
        for word in &words {
            assert!(
                word.text.chars().count() <= 7 && !word.text.contains('\u{fffd}'),
                "{word:?}"
            );
            let place = i64::try_from(
                text.split(word.text.as_str())
                    .next()
                    .unwrap()
                    .chars()
                    .count(),
            )
            .unwrap();
            assert_eq!(word.start_ms, place * 100, "{word:?}");
        }
    }

    #[test]
    fn thai_marks_stay_with_their_letters_and_a_long_token_is_divided() {
        let words = join(&[token("สวัสดีทุกคนยินดีต้อนรับ", 1000, 3000)]);
        assert!(words.len() >= 3, "{words:?}");
        assert_eq!(
            words.iter().map(|w| w.text.as_str()).collect::<String>(),
            "สวัสดีทุกคนยินดีต้อนรับ"
        );
        assert!(
            words
                .windows(2)
                .all(|p| p[0].end_ms <= p[1].start_ms && p[0].start_ms < p[1].start_ms),
            "{words:?}"
        );
        // A vowel sign or tone mark cannot begin a piece.
        assert!(
            words.iter().all(|w| !w
                .text
                .starts_with(['\u{e31}', '\u{e34}', '\u{e35}', '\u{e49}'])),
            "{words:?}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_left_out() {
        let broken = Token {
            text: b" caf\xc3".to_vec(),
            start_ms: 0,
            end_ms: 1,
            opens: true,
        };
        assert_eq!(texts(&[broken, token(" now", 1, 2)]), ["caf", "now"]);
    }

    #[test]
    fn what_is_no_speech_is_no_word() {
        let tokens = [
            " [BLANK", "_AUDIO]", " hello", " (soft", " music)", " -", " you", " [noise",
            " here].", " there",
        ]
        .map(|t| token(t, 0, 0));
        assert_eq!(texts(&tokens), ["hello", "you", "there"]);
    }

    #[test]
    fn the_first_word_begins_where_the_voice_does() {
        let words = place(
            vec![spoken("hello", 0, 500), spoken("you", 500, 900)],
            &window(&[(1000, 1900)]),
            0,
            0,
        );
        assert_eq!((words[0].start_ms, words[0].gap), (1000, false));
        assert_eq!(words[1].start_ms, 1300);
    }

    #[test]
    fn a_word_that_opens_a_sentence_begins_where_its_voice_does() {
        let runs = [(600, 2200), (8200, 9800)];
        // The library says that it begins where the sentence before it ends.
        let said = vec![
            spoken("now", 1100, 1800),
            SpokenWord {
                opens: true,
                ..spoken("stop", 1800, 8220)
            },
            spoken("the", 8220, 8400),
        ];
        let words = place(said, &window(&runs), 4, 0);
        assert_eq!((words[1].start_ms, words[1].end_ms), (8200, 8620));
        assert!(words[1].gap && !words[2].gap);
        assert_eq!(words[2].n, 6);
    }

    #[test]
    fn a_word_that_opens_a_sentence_without_a_pause_follows_the_one_before_it() {
        let said = vec![
            spoken("now", 1100, 1800),
            SpokenWord {
                opens: true,
                ..spoken("stop", 1800, 2300)
            },
        ];
        let words = place(said, &window(&[(600, 4000)]), 0, 0);
        assert_eq!(words[1].start_ms, 2200);
    }

    #[test]
    fn a_word_said_to_lie_in_a_pause_is_moved_to_a_voice() {
        let runs = [(600, 2200), (8200, 9800)];
        let at = |start: i64, end: i64| {
            place(
                vec![spoken("word", start - 400, end - 400)],
                &window(&runs),
                0,
                0,
            )[0]
            .start_ms
        };
        assert_eq!(at(2250, 2400), 2200, "hardly behind the first");
        assert_eq!(at(4000, 4300), 8200);
        assert_eq!(at(2100, 9000), 8200, "most of it");
    }

    #[test]
    fn a_window_after_a_pause_begins_a_new_line() {
        let words = place(
            vec![spoken("and", 200, 500)],
            &window(&[(5000, 6000)]),
            7,
            4600,
        );
        assert!(words[0].gap);
        let words = place(
            vec![spoken("and", 200, 500)],
            &window(&[(5000, 6000)]),
            7,
            4900,
        );
        assert!(!words[0].gap);
    }

    proptest! {
        #[test]
        fn words_ascend_within_the_window_whatever_the_model_says(
            said in prop::collection::vec((-50_000_i64..50_000, -50_000_i64..50_000), 0..60),
            after in 0_u64..4_500,
            pause in 0_u64..3_000,
        ) {
            let window = window(&[(5_000, 7_000), (7_000 + pause, 9_000 + pause)]);
            let words_said: Vec<SpokenWord> = said.iter().map(|(a, b)| spoken("x", *a, *b)).collect();
            let words = place(words_said, &window, 3, after);
            prop_assert_eq!(words.len(), said.len());
            let mut last = after;
            for (i, w) in words.iter().enumerate() {
                prop_assert_eq!(w.n, 3 + i as u64);
                prop_assert!(w.start_ms >= last && w.end_ms > w.start_ms, "{:?}", words);
                prop_assert!(w.end_ms <= millis(window.end), "{:?}", words);
                last = w.end_ms;
            }
        }
    }
}
