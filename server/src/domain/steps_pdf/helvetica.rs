//! The font that every reader of PDF brings: for Latin letters where the machine has no font.

/// Of the characters 128 to 159 of WinAnsiEncoding (ISO 32000-1, annex D.2); a space: none.
const SPECIAL: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// Widths of the characters 32 to 255, in thousandths of an em (Adobe Core 14 AFM, Helvetica).
const WIDTHS: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // 32
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 48
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // 64
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // 80
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // 96
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350, // 112
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, // 128
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, // 144
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, // 160
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611, // 176
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278, // 192
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, // 208
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, // 224
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500, // 240
];

/// Its byte in WinAnsiEncoding.
pub(super) fn code(c: char) -> Option<u8> {
    let special = || {
        let at = SPECIAL.chars().position(|it| it == c && it != ' ')?;
        u8::try_from(128 + at).ok()
    };
    match c {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(c)).ok(),
        _ => special(),
    }
}

/// In ems.
pub(super) fn width(code: u8) -> f32 {
    let at = usize::from(code.saturating_sub(32));
    f32::from(WIDTHS.get(at).copied().unwrap_or_default()) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_signs_of_western_languages_have_their_bytes() {
        let codes: Vec<_> = "Aß€Ÿ“–".chars().map(code).collect();
        let wanted = [0x41, 0xdf, 0x80, 0x9f, 0x93, 0x96].map(Some);
        assert_eq!(codes, wanted);
        assert_eq!(code('設'), None);
        assert_eq!(code('\u{81}'), None);
        assert!((width(b'W') - 0.944).abs() < 1e-6 && (width(0xff) - 0.5).abs() < 1e-6);
    }
}
