//! What people may call things, and how text is made comparable: titles, names, comments, e-mail
//! addresses. Pure; both programs use these rules, so that what one accepts the other does too.
//!
//! All text is composed (NFC), so that the same words are the same bytes whatever keyboard typed
//! them. What cannot be seen is removed: control characters, and "default ignorable" characters
//! (Unicode 16, §5.21) but for joiners and variation selectors where they change what is seen.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    BidiControl, CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier,
    ExtendedPictographic, JoiningType, VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Why a title is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A title has at most {MAX_TITLE} characters.")]
pub struct TitleTooLong;

/// A title as stored: [`line()`]. Empty means "named later".
pub fn clean_title(raw: &str) -> Result<String, TitleTooLong> {
    let title = line(raw);
    if title.chars().count() > MAX_TITLE {
        return Err(TitleTooLong);
    }
    Ok(title)
}

/// Canonical composition (NFC).
pub fn compose(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .into_owned()
}

/// A password as it is hashed: NFKC, so that neither the composition of letters nor the width of
/// digits matters (NIST SP 800-63B). A byte order mark at its beginning is a file's, not the password's.
pub fn password(typed: &str) -> String {
    let typed = typed.strip_prefix('\u{feff}').unwrap_or(typed);
    ComposingNormalizerBorrowed::new_nfkc()
        .normalize(typed)
        .into_owned()
}

/// Text on one line: composed, blanks collapsed and trimmed, without what cannot be seen and
/// without direction marks, which would reach into the text beside it. Empty when nothing of it
/// can be seen.
pub fn line(raw: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(raw);
    // U+0085 and the like are blanks as well as control characters; here they are blanks.
    let words: Vec<String> = composed.split_whitespace().map(seen).collect();
    let words = words.iter().filter(|w| !w.is_empty());
    let text = words.map(String::as_str).collect::<Vec<_>>().join(" ");
    if is_visible(&text) {
        text
    } else {
        String::new()
    }
}

/// Text of several lines: composed, line ends unified, without control characters and without
/// what turns the direction of everything behind it. Marks for single letters stay.
pub fn lines(raw: &str) -> String {
    let unified = raw.replace("\r\n", "\n").replace('\r', "\n");
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&unified);
    composed
        .chars()
        .filter(|c| match c {
            '\n' | '\t' => true,
            // Embeddings and overrides (Unicode UAX #9 §2.1, §2.2), annotations.
            '\u{202a}'..='\u{202e}' | '\u{fff9}'..='\u{fffb}' => false,
            c => !c.is_control(),
        })
        .collect()
}

/// Whether anything of a text can be seen.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !is_blank(c))
}

/// Whether a text holds characters that cannot be seen, blanks aside.
pub fn has_invisible(text: &str) -> bool {
    text.chars().any(|c| is_blank(c) && !c.is_whitespace())
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        // Letters of Braille and of music that consist of nothing.
        || matches!(c, '\u{2800}' | '\u{1d159}')
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{fff9}'..='\u{fffb}')
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A word without what cannot be seen.
fn seen(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        if !is_invisible(c) || changes_what_is_seen(&out, c, rest.peek().copied()) {
            out.push(c);
        }
    }
    out
}

/// Whether an invisible character has its work here, between `before` and `next`.
fn changes_what_is_seen(before: &str, c: char, next: Option<char>) -> bool {
    let Some(previous) = before.chars().next_back() else {
        return false;
    };
    if CodePointSetData::new::<BidiControl>().contains(c) {
        return false;
    }
    if CodePointSetData::new::<VariationSelector>().contains(c) {
        return !previous.is_ascii_alphabetic() && !is_blank(previous);
    }
    match c {
        ZERO_WIDTH_JOINER if next.is_some_and(is_pictograph) => {
            let shown = before.chars().rev().find(|c| !is_attached(*c));
            shown.is_some_and(is_pictograph)
        }
        // As RFC 5892 appendix A.1 and A.2, roughly: after a virama, or where letters are joined.
        ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => {
            let class = CodePointMapData::<CanonicalCombiningClass>::new();
            let joining = CodePointMapData::<JoiningType>::new();
            let letter = before
                .chars()
                .rev()
                .find(|c| joining.get(*c) != JoiningType::Transparent);
            class.get(previous) == CanonicalCombiningClass::Virama
                || letter.is_some_and(|c| {
                    matches!(
                        joining.get(c),
                        JoiningType::DualJoining | JoiningType::LeftJoining
                    )
                })
        }
        _ => false,
    }
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// What follows a pictograph and belongs to it.
fn is_attached(c: char) -> bool {
    CodePointSetData::new::<EmojiModifier>().contains(c)
        || CodePointSetData::new::<VariationSelector>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_lines() {
        let family = "👩\u{200d}👩\u{200d}👧";
        let dark = "👩🏽\u{200d}💻";
        let heart = "❤\u{fe0f}\u{200d}🔥";
        let persian = "می\u{200c}شود";
        let hindi = "क्\u{200d}ष";
        let table = [
            (" Bug \n in\u{85}login ", "Bug in login"),
            ("Bug\u{7} in the login", "Bug in the login"),
            ("tab\tand \u{1b}[31mred", "tab and [31mred"),
            ("a\u{7f}", "a"),
            ("\u{202e}eviL", "eviL"),
            ("An\u{200b}a", "Ana"),
            ("A\u{ad}na\u{feff}\u{2060}", "Ana"),
            ("\u{200b}\u{200b}", ""),
            ("\u{2800}", ""),
            ("\u{3164} \u{115f}", ""),
            ("a\u{200d}b\u{200c}c\u{fe0f}", "abc"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("cafe\u{301}", "café"),
            ("مرحبا، 10:30", "مرحبا، 10:30"),
            ("שלום\u{200f} (bug #7)", "שלום (bug #7)"),
            (family, family),
            (dark, dark),
            (heart, heart),
            (persian, persian),
            (hindi, hindi),
        ];
        for (raw, shown) in table {
            assert_eq!(line(raw), shown, "{raw:?}");
            assert_eq!(line(shown), shown, "again: {raw:?}");
        }
    }

    #[test]
    fn a_title_may_be_long_but_not_too_long() {
        assert_eq!(clean_title(&"\u{200b}".repeat(300)).as_deref(), Ok(""));
        assert_eq!(clean_title(&"é".repeat(200)), Ok("é".repeat(200)));
        assert_eq!(clean_title(&"x".repeat(201)), Err(TitleTooLong));
        assert_eq!(clean_title(&"👍".repeat(200)), Ok("👍".repeat(200)));
    }

    #[test]
    fn several_lines_keep_their_lines_and_turn_nobody_elses() {
        assert_eq!(
            lines("a\r\nb\rc\u{0}\u{202e}d\tx\u{200f}"),
            "a\nb\ncd\tx\u{200f}"
        );
    }

    #[test]
    fn what_shows_nothing_is_not_visible() {
        for nothing in [
            "",
            " \n",
            "\u{200b}",
            "\u{2800}",
            "\u{7}",
            "\u{fffa}",
            "\u{e0041}",
        ] {
            assert!(!is_visible(nothing), "{nothing:?}");
        }
        for something in ["a", "。", "👍", "\u{301}", "-"] {
            assert!(is_visible(something), "{something:?}");
        }
        assert!(has_invisible("ana@example.org\u{200b}") && !has_invisible("ana b@example.org"));
    }
}
