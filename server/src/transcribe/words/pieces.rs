//! One run of tokens between two blanks to words: whole, or in pieces where its script has no blanks.

use unicode_segmentation::UnicodeSegmentation as _;

use super::spoken::{SpokenWord, Token};

/// A piece is complete with so many graphemes, at the next border of tokens …
const ENOUGH: usize = 2;
/// … and longer ones are divided.
const LONGEST: usize = 6;

/// The words of a run of tokens, of which none but the first begins with a blank.
pub(super) fn split(tokens: &[Token]) -> Vec<SpokenWord> {
    let mut bytes = Vec::new();
    // Where each token begins, in bytes of the whole.
    let mut begins = Vec::with_capacity(tokens.len());
    for token in tokens {
        begins.push(bytes.len());
        bytes.extend_from_slice(&token.text);
    }
    // A token may be half a character; valid UTF-8 is found in the whole alone.
    let mut text = String::with_capacity(bytes.len());
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let token = begins.partition_point(|b| *b <= at) - 1;
            starts.push((text.len(), token));
            text.push(c);
            at += c.len_utf8();
        }
        at += chunk.invalid().len();
    }
    let lead = text.len() - text.trim_start().len();
    let text = text.trim();
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Vec::new();
    };
    if text.is_empty() {
        return Vec::new();
    }
    let ends = tokens.iter().map(|t| t.end_ms).max().unwrap_or(last.end_ms);
    let whole = |text: &str| SpokenWord {
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        start_ms: first.start_ms,
        end_ms: ends,
        opens: first.opens,
        joined: !first.text.starts_with(b" ") && !first.opens,
    };
    if !text.chars().any(is_without_blanks) {
        return vec![whole(text)];
    }
    let token_at = |byte: usize| {
        let i = starts.partition_point(|(at, _)| *at <= byte + lead).max(1) - 1;
        starts.get(i).map_or(0, |(_, token)| *token)
    };
    let graphemes: Vec<(usize, &str)> = text.grapheme_indices(true).collect();
    // Each piece: first grapheme and how many.
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    for (i, (byte, grapheme)) in graphemes.iter().enumerate() {
        let new_token = i > 0 && token_at(*byte) != token_at(graphemes[i - 1].0);
        match pieces.last_mut() {
            // Punctuation stands with what is before it; letters and digits of other scripts stay together.
            Some((_, n)) if !grapheme.contains(char::is_alphanumeric) => *n += 1,
            Some((_, n))
                if !grapheme.chars().any(is_without_blanks)
                    && !graphemes[i - 1].1.chars().any(is_without_blanks)
                    && graphemes[i - 1].1.contains(char::is_alphanumeric) =>
            {
                *n += 1;
            }
            Some((_, n))
                if *n < LONGEST
                    && !(new_token && *n >= ENOUGH)
                    && graphemes[i - 1].1.contains(char::is_alphanumeric) =>
            {
                *n += 1;
            }
            _ => pieces.push((i, 1)),
        }
    }
    let mut out: Vec<SpokenWord> = Vec::with_capacity(pieces.len());
    for (from, n) in pieces {
        let begin = graphemes[from].0;
        let end = graphemes
            .get(from + n)
            .map_or(text.len(), |(byte, _)| *byte);
        let start_ms = time_at(&text[..begin], begin, text, tokens, &token_at);
        if let Some(before) = out.last_mut() {
            before.end_ms = before.end_ms.min(start_ms);
        }
        out.push(SpokenWord {
            text: text[begin..end].to_owned(),
            start_ms,
            end_ms: tokens[token_at(graphemes[from + n - 1].0)]
                .end_ms
                .max(start_ms),
            joined: from > 0 || !first.text.starts_with(b" "),
            opens: from == 0 && first.opens,
        });
    }
    out
}

/// When the character at `byte` begins: its token's time, or within it by its share of the token's characters.
fn time_at(
    before: &str,
    byte: usize,
    text: &str,
    tokens: &[Token],
    token_at: &impl Fn(usize) -> usize,
) -> i64 {
    let token = token_at(byte);
    let count = |part: &str, base: usize| {
        part.char_indices()
            .filter(|(i, _)| token_at(base + i) == token)
            .count()
    };
    let inside = count(before, 0);
    let all = inside + count(&text[byte..], byte);
    let (start, end) = (tokens[token].start_ms, tokens[token].end_ms);
    let share = i64::try_from(inside).unwrap_or(0) * (end - start).max(0);
    start + share / i64::try_from(all).unwrap_or(1).max(1)
}

/// Scripts that are written without blanks between words.
fn is_without_blanks(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff // Thai, Lao
        | 0x1000..=0x109f // Myanmar
        | 0x1780..=0x17ff // Khmer
        | 0x3040..=0x30ff // Hiragana, Katakana
        | 0x31f0..=0x31ff
        | 0x3400..=0x4dbf // Han
        | 0x4e00..=0x9fff
        | 0xf900..=0xfaff
        | 0x2_0000..=0x3_ffff)
}
