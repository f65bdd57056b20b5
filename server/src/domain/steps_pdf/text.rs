//! Text as it can be set.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Composed, on one line, one space between words; without control characters, marks of direction and whatever else is not drawn.
pub(super) fn settable(raw: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let kept: String = raw
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !ignorable.contains(*c))
        .collect();
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&kept);
    let words: Vec<&str> = composed.split(' ').filter(|it| !it.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_drawn_is_dropped_and_the_rest_is_composed() {
        let raw = " a\u{0}\u{202e}b\u{200f}\r\n\tc\u{a0}\u{2028}u\u{308}\u{feff} ";
        assert_eq!(settable(raw), "ab c ü");
        assert_eq!(settable("\u{1b}\u{200e}\u{ad}"), "");
    }
}
