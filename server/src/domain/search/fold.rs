//! Characters as they are compared: composed for compatibility (NFKC, UAX 15), in lower case, without accents where these only
//! tell spellings apart; and written in an alphabet that no parser of a database cuts.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_segmentation::UnicodeSegmentation as _;

/// Of one token, in characters; more is left out, in texts and in queries.
pub(super) const LONGEST: usize = 64;

/// What becomes of a character between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word that ends at a blank.
    Letter,
    Digit,
    /// Part of a text without blanks, as in Japanese, Chinese and Thai, of which pairs are tokens.
    Pair,
    /// Holds the pieces of one word together: `std::fmt`, `POL-358`.
    Joins,
    /// Parts words.
    Parts,
}

/// One character as a reader sees it.
#[derive(Debug)]
pub(super) struct Unit<'t> {
    /// Bytes of the original text.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    pub(super) upper: bool,
    /// As it is compared; itself where it joins or parts.
    pub(super) folded: &'t str,
    /// Another spelling: `ue` of `ü`.
    pub(super) other: Option<&'t str>,
}

/// Calls `take` for each character of `text`.
pub(super) fn units(text: &str, mut take: impl FnMut(Unit<'_>)) {
    let (mut folded, mut other) = (String::new(), String::new());
    let mut give = |start: usize, raw: &str| {
        folded.clear();
        other.clear();
        let one = raw.chars().next().filter(char::is_ascii);
        let (class, upper) = match one {
            Some(c) if raw.len() == 1 => {
                folded.push(c.to_ascii_lowercase());
                (class(c), c.is_ascii_uppercase())
            }
            _ => fold(raw, &mut folded, &mut other),
        };
        take(Unit {
            start,
            end: start + raw.len(),
            class,
            upper,
            folded: &folded,
            other: (!other.is_empty()).then_some(&*other),
        });
    };
    if text.is_ascii() {
        for (at, _) in text.char_indices() {
            give(at, &text[at..=at]);
        }
    } else {
        for (at, raw) in text.grapheme_indices(true) {
            give(at, raw);
        }
    }
}

/// Folds what is not one ASCII character. `other` stays empty where there is no other spelling.
fn fold(raw: &str, folded: &mut String, other: &mut String) -> (Class, bool) {
    let mut first = None;
    let mut upper = false;
    let mut differs = false;
    for c in ComposingNormalizerBorrowed::new_nfkc()
        .normalize(raw)
        .chars()
    {
        let kind = class(c);
        let of_word = matches!(kind, Class::Letter | Class::Digit | Class::Pair);
        if first.is_none() {
            first = Some(kind);
            upper = c.is_uppercase();
        } else if !of_word && !is_mark(c) {
            continue;
        }
        for c in c.to_lowercase() {
            let mut room = [' '];
            let (plain, spelled) = spell(c, &mut room);
            folded.extend(plain.iter());
            if let Some(spelled) = spelled {
                other.push_str(spelled);
                differs = true;
            } else {
                other.extend(plain.iter());
            }
        }
    }
    if !differs {
        other.clear();
    }
    match first {
        Some(Class::Letter | Class::Digit | Class::Pair) if folded.is_empty() => {
            (Class::Parts, false)
        }
        first => (first.unwrap_or(Class::Parts), upper),
    }
}

/// A mark that belongs to the letter before it, as vowels of Devanagari do.
fn is_mark(c: char) -> bool {
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

/// A small letter without its accents, and its other spelling.
fn spell(c: char, room: &mut [char; 1]) -> (&[char], Option<&'static str>) {
    match c {
        'ä' => (&['a'], Some("ae")),
        'ö' => (&['o'], Some("oe")),
        'ü' => (&['u'], Some("ue")),
        'ø' => (&['o'], Some("oe")),
        'å' => (&['a'], Some("aa")),
        'ß' => (&['s', 's'], None),
        'æ' => (&['a', 'e'], None),
        'œ' => (&['o', 'e'], None),
        'þ' => (&['t', 'h'], None),
        'ł' => (&['l'], None),
        'đ' | 'ð' => (&['d'], None),
        'ı' => (&['i'], None),
        'ς' => (&['σ'], None),
        'ё' => (&['е'], None),
        // Accents, points of Hebrew, vowels of Arabic and its filler.
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{652}' => {
            (&[], None)
        }
        // Letters of Latin and Greek with accents.
        '\u{c0}'..'\u{250}' | '\u{370}'..'\u{400}' | '\u{1e00}'..'\u{2000}' => {
            let parts = DecomposingNormalizerBorrowed::new_nfd();
            let parts = parts.normalize_iter(std::iter::once(c));
            room[0] = { parts }.next().unwrap_or(c);
            (&room[..1], None)
        }
        _ => {
            room[0] = c;
            (&room[..1], None)
        }
    }
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' => Class::Letter,
            '0'..='9' => Class::Digit,
            '_' | '-' | '.' | ':' | '/' | '\'' | '#' | '@' | '\\' | '+' | '&' | ',' => Class::Joins,
            _ => Class::Parts,
        };
    }
    match c {
        '\u{2019}' | '\u{2010}' | '\u{2011}' => Class::Joins,
        '\u{30fb}' | '\u{e3f}' => Class::Parts,
        // Thai, Lao, Myanmar, Khmer; Hangul, kana, Bopomofo; Han.
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{318f}'
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Pair,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_alphabetic() => Class::Letter,
        _ => Class::Parts,
    }
}

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Writes folded text in small letters and digits of ASCII: itself but for `z`, which is `zz`, and what is not ASCII, which is `z`
/// and its number in four digits of base 36; so what begins with a text is written as what begins with that text as it is written. What
/// is longer than [`LONGEST`] is cut off.
pub(super) fn encode(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len() + 4);
    for c in folded.chars().take(LONGEST) {
        match c {
            'a'..='y' | '0'..='9' => out.push(c),
            'z' => out.push_str("zz"),
            _ => {
                out.push('z');
                let n = u32::from(c);
                for power in [46_656, 1_296, 36, 1] {
                    let digit = usize::try_from(n / power % 36).unwrap_or(0);
                    out.push(char::from(DIGITS[digit]));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_begins_as_what_it_was_made_of_and_is_never_the_same_for_two() {
        assert_eq!(encode("jazz9"), "jazzzz9");
        assert_eq!(encode("東"), "z0kfl");
        for (whole, start) in [("zebra", "z"), ("über", "ü"), ("東京", "東")] {
            assert!(encode(whole).starts_with(&encode(start)));
        }
        // The number of the last character begins with a digit below `z`.
        assert!(encode("\u{10ffff}").starts_with("zn"));
    }
}
