//! WebVTT (W3C) from the words of a transcript: at most two lines of 42 columns and six
//! seconds a cue, as subtitlers do; a pause begins a new cue. Pure.
//!
//! Every word stands in exactly one cue, whatever its times say: they come from a model.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

pub use super::transcript::Word;
use super::turns::{Turn, label, source_of};

/// Longest line, in columns: a Chinese or Japanese character takes two (UAX 11). A longer word stands alone.
const LINE: usize = 42;
const LINES: usize = 2;
const LONGEST_MS: u64 = 6_000;
/// A cue that shows for less cannot be read; it may stay this long when nothing follows.
const SHORTEST_MS: u64 = 800;

/// One caption.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cue<'w> {
    first: Option<&'w Word>,
    start_ms: u64,
    end_ms: u64,
    lines: Vec<String>,
}

/// Writes the captions of `words`, which are in order.
pub fn webvtt(words: &[Word]) -> String {
    webvtt_of(words, &[])
}

/// The same with voice spans (WebVTT §4.2.2) where it is known who is heard; words of two are in no cue together.
pub fn webvtt_of(words: &[Word], turns: &[Turn]) -> String {
    let mut out = String::from("WEBVTT\n");
    for cue in cues(words) {
        _ = write!(
            out,
            "\n{} --> {}\n",
            timestamp(cue.start_ms),
            timestamp(cue.end_ms)
        );
        if let Some(source) = cue.first.and_then(|word| source_of(turns, word)) {
            _ = write!(out, "<v {}>", label(source));
        }
        for line in &cue.lines {
            _ = writeln!(out, "{}", escaped(line));
        }
    }
    out
}

/// Writes the captions as SubRip (`.srt`): no tags, no escapes.
pub fn srt(words: &[Word]) -> String {
    let mut out = String::new();
    for (n, cue) in cues(words).iter().enumerate() {
        let comma = |ms: u64| timestamp(ms).replace('.', ",");
        let (start, end) = (comma(cue.start_ms), comma(cue.end_ms));
        _ = write!(out, "{}\n{start} --> {end}\n", n + 1);
        for line in &cue.lines {
            // An arrow in the text would be taken for times.
            _ = writeln!(out, "{}", line.replace("-->", "->"));
        }
        out.push('\n');
    }
    out
}

fn cues(words: &[Word]) -> Vec<Cue<'_>> {
    let mut cues: Vec<Cue<'_>> = Vec::new();
    let mut open = false;
    for word in words {
        let text = word.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            // The pause before a word without letters is still a pause.
            open &= !word.gap;
            continue;
        }
        let taken = open
            && !word.gap
            && cues
                .last_mut()
                .is_some_and(|cue| cue.takes(word.end_ms, &text, word.joined));
        if !taken {
            // A cue must not begin before the one above it (WebVTT §4.1).
            let start_ms = cues.last().map_or(0, |c| c.start_ms).max(word.start_ms);
            let end_ms = word.end_ms.clamp(start_ms + 1, start_ms + LONGEST_MS);
            cues.push(Cue {
                first: Some(word),
                start_ms,
                end_ms,
                lines: vec![text],
            });
            open = true;
        }
    }
    for i in 0..cues.len() {
        let next = cues.get(i + 1).map_or(u64::MAX, |c| c.start_ms);
        let cue = &mut cues[i];
        let readable = cue.end_ms.max(cue.start_ms + SHORTEST_MS);
        cue.end_ms = readable.min(next).max(cue.start_ms + 1);
    }
    cues
}

impl Cue<'_> {
    /// Adds a word that ends at `end_ms`, if there is room and time for it.
    fn takes(&mut self, end_ms: u64, text: &str, joined: bool) -> bool {
        let end_ms = end_ms.max(self.end_ms);
        if end_ms > self.start_ms + LONGEST_MS {
            return false;
        }
        let full = self.lines.len() == LINES;
        let blank = if joined { "" } else { " " };
        match self.lines.last_mut() {
            Some(line) if line.width() + blank.width() + text.width() <= LINE => {
                line.push_str(blank);
                line.push_str(text);
            }
            _ if full => return false,
            _ => self.lines.push(text.to_owned()),
        }
        self.end_ms = end_ms;
        true
    }
}

/// `-->` would end the text, `<` and `&` would begin a tag or a reference.
fn escaped(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// As WebVTT writes a moment (hours with two digits at least).
pub(super) fn timestamp(ms: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(start_ms: u64, text: &str, gap: bool) -> Word {
        Word {
            n: 0,
            start_ms,
            end_ms: start_ms + 300,
            text: text.to_owned(),
            gap,
            joined: false,
        }
    }

    #[test]
    fn golden_captions() {
        let text = "So this is the button that was cut off & it is <b>still</b> cut off --> see?";
        let mut words: Vec<Word> = text
            .split(' ')
            .zip(0_u64..)
            .map(|(t, i)| word(i * 320, t, i == 0))
            .collect();
        words.push(word(9_000, " Now", true));
        words.push(word(3_600_000 * 11, "later.", true));
        insta::assert_snapshot!(webvtt(&words));
    }

    #[test]
    fn lines_without_blanks_fit() {
        let words: Vec<Word> = (0..60)
            .map(|i| Word {
                joined: i > 0,
                ..word(i * 150, "録画の", i == 0)
            })
            .collect();
        let cues = cues(&words);
        assert!(cues.len() >= 4);
        for line in cues.iter().flat_map(|c| &c.lines) {
            assert!(
                line.width() <= LINE && line.chars().count() <= 21 && !line.contains(' '),
                "{line}"
            );
        }
        let text: String = cues.iter().flat_map(|c| c.lines.clone()).collect();
        assert_eq!(text, "録画の".repeat(60));
    }

    #[test]
    fn no_words_are_an_empty_file_that_players_accept() {
        assert_eq!(webvtt(&[]), "WEBVTT\n");
        assert_eq!(webvtt(&[word(0, " \n ", false)]), "WEBVTT\n");
    }

    /// A strict little reader: header, blank line, times, lines, blank line …
    fn parse(vtt: &str) -> Vec<Cue<'static>> {
        let mut blocks = vtt.split("\n\n");
        assert_eq!(blocks.next().map(str::trim_end), Some("WEBVTT"));
        let read = |t: &str| -> u64 {
            let (clock, ms) = t.split_once('.').unwrap();
            let clock: Vec<u64> = clock.split(':').map(|p| p.parse().unwrap()).collect();
            assert!(clock[1] < 60 && clock[2] < 60 && ms.len() == 3);
            clock[0] * 3_600_000 + clock[1] * 60_000 + clock[2] * 1000 + ms.parse::<u64>().unwrap()
        };
        blocks
            .map(|block| {
                let mut lines = block.trim_end_matches('\n').lines();
                let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
                let text = |l: &str| {
                    assert!(
                        !l.contains("-->") && !l.contains('<') && !l.is_empty(),
                        "{l}"
                    );
                    l.replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&amp;", "&")
                };
                Cue {
                    first: None,
                    start_ms: read(start),
                    end_ms: read(end),
                    lines: lines.map(text).collect(),
                }
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_word_appears_exactly_once_and_in_order(words in prop::collection::vec(
            (0_u64..20_000, 0_u64..9_000, prop_oneof![3 => "[a-z]{1,12}[.,?]?", 1 => "\\PC{0,60}", 1 => Just(" -->\n\nNOTE".to_owned())], prop::bool::weighted(0.1)),
            0..60,
        )) {
            // Times as a model gives them: mostly forwards, not always.
            let mut at = 20_000_u64;
            let words: Vec<Word> = words.into_iter().zip(0..).map(|((step, length, text, gap), n)| {
                at = (at + step / 20).saturating_sub(if step % 7 == 0 { 700 } else { 0 });
                Word { n, start_ms: at, end_ms: (at + length).saturating_sub(200), text, gap, joined: false }
            }).collect();

            let cues = parse(&webvtt(&words));

            let said: Vec<&str> = words.iter().flat_map(|w| w.text.split_whitespace()).collect();
            let shown: Vec<&str> = cues.iter().flat_map(|c| &c.lines).flat_map(|l| l.split(' ')).collect();
            prop_assert_eq!(shown, said);
            let mut before = 0;
            for cue in &cues {
                prop_assert!(cue.start_ms >= before && cue.end_ms > cue.start_ms);
                prop_assert!(cue.end_ms - cue.start_ms <= LONGEST_MS);
                prop_assert!(cue.lines.len() <= LINES);
                prop_assert!(cue.lines.iter().all(|l| l.width() <= LINE || words.iter().any(|w| w.text.split_whitespace().collect::<Vec<_>>().join(" ") == *l)));
                before = cue.start_ms;
            }
        }
    }
}
