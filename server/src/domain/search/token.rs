//! Text to tokens.
//!
//! A word is one token at the next place. A text without blanks (Han, kana, Hangul, Thai …) is overlapping pairs: each character with
//! the one behind it, and the last one alone, so that a word of two characters is one token and a longer one is tokens in a row.
//! `std::fmt`, `POL-358` and `38.101` are their pieces in a row, and beside the places the whole without what joins it. Beside the
//! places stand other spellings (`ueber` of `über`) and the parts of `camelCase` too: both databases look there for single words, and
//! for words in a row among the places only.

use std::ops::Range;

use super::fold::{Class, LONGEST, Unit, encode, units};

/// Of one word: a whole of more pieces is not written.
const MAX_PIECES: usize = 6;

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// From 0.
    At(u32),
    /// Another form of what stands there.
    Beside,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Small letters and digits of ASCII.
    pub text: String,
    pub place: Place,
    /// Bytes of the original text.
    pub range: Range<usize>,
    /// Where the first of a pair of characters ends; of a word, where it ends itself.
    pub head: usize,
}

/// A piece of a word.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// Spelled in another way.
    pub(super) other: Option<String>,
    /// Where capitals begin parts of it: bytes of `text` and of the original.
    humps: Vec<(usize, usize)>,
}

/// What stands between blanks, or in a row without them.
#[derive(Debug, Clone)]
pub(super) enum Word {
    Pieces {
        pieces: Vec<Piece>,
        /// `++` of `C++`.
        sign: String,
        /// Where the word and its sign end, in bytes of the original text.
        end: usize,
    },
    /// Characters of a text without blanks.
    Run(Vec<Piece>),
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut cutter = Cutter::default();
    units(text, |unit| cutter.take(&unit));
    cutter.end();
    cutter.words
}

/// The tokens of a text, in order; those beside a place follow what they are forms of.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut next = 0;
    for word in words(text) {
        match word {
            Word::Run(units) => {
                for ((text, range), unit) in pairs(&units).zip(&units) {
                    out.push(Token {
                        text,
                        place: Place::At(next),
                        range,
                        head: unit.range.end,
                    });
                    next += 1;
                }
            }
            Word::Pieces { pieces, sign, end } => {
                for piece in &pieces {
                    let range = piece.range.clone();
                    push(&mut out, encode(&piece.text), Place::At(next), range);
                    next += 1;
                }
                beside(&mut out, &pieces, &sign, end);
            }
        }
    }
    out
}

/// The tokens of a text without blanks, and where each stands.
pub(super) fn pairs(units: &[Piece]) -> impl Iterator<Item = (String, Range<usize>)> {
    units.iter().enumerate().map(|(n, unit)| {
        let mut text = encode(&unit.text);
        let mut range = unit.range.clone();
        if let Some(next) = units.get(n + 1) {
            text.push_str(&encode(&next.text));
            range.end = next.range.end;
        }
        (text, range)
    })
}

/// The whole of a word of several pieces, without what joins them.
pub(super) fn whole(pieces: &[Piece], sign: &str) -> Option<String> {
    if pieces.len() > MAX_PIECES || (pieces.len() < 2 && sign.is_empty()) {
        return None;
    }
    let texts = pieces.iter().map(|piece| &*piece.text);
    let text: String = texts.chain([sign]).collect();
    (text.chars().count() <= LONGEST).then(|| encode(&text))
}

fn beside(out: &mut Vec<Token>, pieces: &[Piece], sign: &str, end: usize) {
    for piece in pieces {
        if let Some(other) = &piece.other {
            push(out, encode(other), Place::Beside, piece.range.clone());
        }
        let ends = piece.humps.iter().skip(1).copied();
        let ends = ends.chain([(piece.text.len(), piece.range.end)]);
        for (begin, end) in piece.humps.iter().zip(ends) {
            if let Some(part) = piece.text.get(begin.0..end.0) {
                push(out, encode(part), Place::Beside, begin.1..end.1);
            }
        }
    }
    if let Some((whole, first)) = whole(pieces, sign).zip(pieces.first()) {
        push(out, whole, Place::Beside, first.range.start..end);
    }
}

fn push(out: &mut Vec<Token>, text: String, place: Place, range: Range<usize>) {
    out.push(Token {
        text,
        place,
        head: range.end,
        range,
    });
}

/// A character of a piece, by where it begins: in the text of the piece, and in the original.
#[derive(Debug, Clone, Copy)]
struct Before {
    at: (usize, usize),
    upper: bool,
}

/// Cuts words, character by character.
#[derive(Default)]
struct Cutter {
    words: Vec<Word>,
    pieces: Vec<Piece>,
    run: Vec<Piece>,
    /// What stands behind the last piece and may join it to the next.
    joins: String,
    /// Where the signs at the beginning of `joins` end, and how many they are.
    sign: (usize, usize),
    /// How many characters of the piece that is open are taken; it is closed where this is 0.
    open: usize,
    /// The last two characters of the open piece.
    before: [Option<Before>; 2],
}

impl Cutter {
    fn take(&mut self, unit: &Unit<'_>) {
        match unit.class {
            Class::Letter | Class::Digit => self.letter(unit),
            Class::Pair => {
                self.end_word();
                if self.run.last().is_some_and(|it| it.range.end != unit.start) {
                    self.end_run();
                }
                self.run.push(Piece {
                    range: unit.start..unit.end,
                    text: unit.folded.to_owned(),
                    ..Piece::default()
                });
            }
            Class::Joins => {
                self.end_run();
                self.open = 0;
                if self.pieces.is_empty() || self.joins.len() >= 2 {
                    self.end_word();
                } else {
                    if self.sign.1 == self.joins.len() && matches!(unit.folded, "+" | "#") {
                        self.sign = (unit.end, self.sign.1 + 1);
                    }
                    self.joins.push_str(unit.folded);
                }
            }
            Class::Parts => self.end(),
        }
    }

    fn letter(&mut self, unit: &Unit<'_>) {
        self.end_run();
        if self.open == 0 {
            // A comma parts words, but not thousands.
            let digits = unit.class == Class::Digit
                && self
                    .pieces
                    .last()
                    .is_some_and(|it| it.text.ends_with(|c: char| c.is_ascii_digit()));
            if self.joins.contains(',') && !digits {
                self.end_word();
            }
            self.joins.clear();
            self.sign = (0, 0);
            self.pieces.push(Piece {
                range: unit.start..unit.start,
                ..Piece::default()
            });
            self.before = [None; 2];
        }
        let Some(piece) = self.pieces.last_mut() else {
            return;
        };
        piece.range.end = unit.end;
        self.open += 1;
        if self.open > LONGEST {
            return;
        }
        let before = piece.text.len();
        hump(piece, unit, self.before);
        piece.text.push_str(unit.folded);
        match (&mut piece.other, unit.other) {
            (Some(other), it) => other.push_str(it.unwrap_or(unit.folded)),
            (none, Some(it)) => {
                let start = piece.text.get(..before).unwrap_or_default();
                *none = Some(format!("{start}{it}"));
            }
            (None, None) => {}
        }
        let this = Before {
            at: (before, unit.start),
            upper: unit.upper,
        };
        self.before = [self.before[1], Some(this)];
    }

    fn end_word(&mut self) {
        self.open = 0;
        let (pieces, joins) = (
            std::mem::take(&mut self.pieces),
            std::mem::take(&mut self.joins),
        );
        let (sign_end, signs) = std::mem::take(&mut self.sign);
        let Some(last) = pieces.last() else {
            return;
        };
        let end = if signs > 0 { sign_end } else { last.range.end };
        let sign = joins.get(..signs).unwrap_or_default().to_owned();
        self.words.push(Word::Pieces { pieces, sign, end });
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.words.push(Word::Run(std::mem::take(&mut self.run)));
        }
    }

    fn end(&mut self) {
        self.end_word();
        self.end_run();
    }
}

/// Notes where a part of `camelCase` or `HTTPServer` begins. `before`: the two characters before.
fn hump(piece: &mut Piece, unit: &Unit<'_>, before: [Option<Before>; 2]) {
    let begin = match before {
        [_, Some(last)] if !last.upper && unit.upper => (piece.text.len(), unit.start),
        // The capital before this small letter begins the part.
        [Some(first), Some(last)]
            if first.upper && last.upper && !unit.upper && unit.class == Class::Letter =>
        {
            last.at
        }
        _ => return,
    };
    if piece.humps.last() != Some(&begin) {
        if piece.humps.is_empty() {
            piece.humps.push((0, piece.range.start));
        }
        piece.humps.push(begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tokens in words: those in a row, and those beside.
    fn cut(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut row, mut beside) = (Vec::new(), Vec::new());
        for token in tokens(text) {
            match token.place {
                Place::At(n) => {
                    assert_eq!(n as usize, row.len());
                    row.push(token.text);
                }
                Place::Beside => beside.push(token.text),
            }
        }
        (row, beside)
    }

    #[test]
    fn text_is_cut_as_the_table_says() {
        for (text, row, beside) in [
            ("", "", ""),
            ("?! … \u{1f600} --", "", ""),
            ("The QUICK fox.", "the quick fox", ""),
            ("ﬁne ＡＢＣ ½", "fine abc 12", ""),
            ("Über uber u\u{308}ber", "uber uber uber", "ueber ueber"),
            ("Straße STRASSE ẞ", "strasse strasse ss", ""),
            ("crème brûlée Łódź", "creme brulee lodzz", ""),
            ("std::fmt", "std fmt", "stdfmt"),
            ("POL-358, 38.101", "pol 358 38 101", "pol358 38101"),
            ("1,000 a,b", "1 000 a b", "1000"),
            ("don't l’homme", "don t l homme", "dont lhomme"),
            ("max_file_size", "max file sizze", "maxfilesizze"),
            (
                "readFile HTTPServer GitHub",
                "readfile httpserver github",
                "read file http server git hub",
            ),
            ("end. Next", "end next", ""),
            ("mp4 h264", "mp4 h264", ""),
        ] {
            let (got_row, got_beside) = cut(text);
            assert_eq!(got_row.join(" "), row, "{text}");
            assert_eq!(got_beside.join(" "), beside, "{text}");
        }
        let (_, signs) = cut("C++ C# F#.");
        assert_eq!(signs, ["c++", "c#", "f#"].map(encode));
    }

    #[test]
    fn text_without_blanks_is_pairs_and_its_last_character() {
        let pairs = |text: &[&str]| text.iter().map(|it| encode(it)).collect::<Vec<_>>();
        assert_eq!(cut("東京都").0, pairs(&["東京", "京都", "都"]));
        assert_eq!(
            cut("ｶﾞｽ").0,
            pairs(&["ガス", "ス"]),
            "half width is one with full width"
        );
        assert_eq!(cut("が").0, pairs(&["が"]), "a voiced kana keeps its marks");
        assert_eq!(cut("한국어").0, pairs(&["한국", "국어", "어"]));
        assert_eq!(
            cut("使用Rust编写").0,
            pairs(&["使用", "用", "rust", "编写", "写"])
        );
        assert_eq!(cut("東京・大阪").0, pairs(&["東京", "京", "大阪", "阪"]));
    }

    proptest! {
        #[test]
        fn whatever_the_text_is_tokens_are_plain_and_stand_where_they_say(text in any::<String>()) {
            let mut next = 0;
            for token in tokens(&text) {
                prop_assert!(!token.text.is_empty());
                prop_assert!(token.text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
                // A lexeme of PostgreSQL has at most 2,046 bytes.
                prop_assert!(token.text.len() <= 2 * LONGEST * 5);
                prop_assert!(text.get(token.range.clone()).is_some_and(|it| !it.is_empty()), "{:?}", token);
                if let Place::At(n) = token.place {
                    prop_assert_eq!(n, next);
                    next += 1;
                }
            }
        }

        #[test]
        fn case_composition_and_width_make_no_difference(text in "[a-zA-Zäöüßéñ 東京ガ0-9_:.-]{0,40}") {
            let same = |a: &str, b: &str| {
                let texts = |t: &str| tokens(t).into_iter().map(|it| (it.text, it.place)).collect::<Vec<_>>();
                texts(a) == texts(b)
            };
            let apart = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(&text).into_owned();
            prop_assert!(same(&text, &apart));
        }
    }
}
