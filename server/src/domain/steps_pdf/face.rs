//! With which font a character is drawn: the first that has it, of its weight before others.

use std::collections::BTreeSet;

use ttf_parser::{Permissions, RawFace, Tag};

use super::helvetica;

/// How heavy text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// A font as a file.
#[derive(Debug, Clone)]
pub struct FontFile {
    pub bytes: Vec<u8>,
    /// Which one of a collection; else 0.
    pub index: u32,
}

/// The fonts of a document, of both weights the first choice first.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    pub regular: Vec<FontFile>,
    pub bold: Vec<FontFile>,
}

impl FontFile {
    /// What of this it does not have. A font that cannot or may not be embedded has nothing.
    pub fn lacking(&self, wanted: &BTreeSet<char>) -> BTreeSet<char> {
        let Some(face) = Face::of(self, Weight::Regular) else {
            return wanted.clone();
        };
        let lacks = |c: &&char| face.glyph(**c).is_none();
        wanted.iter().filter(lacks).copied().collect()
    }
}

/// A font that can be embedded.
pub(super) struct Face<'a> {
    weight: Weight,
    pub(super) file: &'a FontFile,
    pub(super) font: ttf_parser::Face<'a>,
}

impl<'a> Face<'a> {
    fn of(file: &'a FontFile, weight: Weight) -> Option<Self> {
        let font = ttf_parser::Face::parse(&file.bytes, file.index).ok()?;
        let raw: &RawFace<'_> = font.raw_face();
        let outlines = [b"glyf", b"CFF "].map(|tag| raw.table(Tag::from_bytes(tag)));
        let is_allowed = font.is_subsetting_allowed()
            && font.is_outline_embedding_allowed()
            && !matches!(font.permissions(), None | Some(Permissions::Restricted));
        let is_usable = outlines.iter().any(Option::is_some) && is_allowed;
        is_usable.then_some(Self { weight, file, font })
    }

    /// The number of a character's glyph.
    fn glyph(&self, c: char) -> Option<u16> {
        let id = self.font.glyph_index(c)?.0;
        (id > 0).then_some(id)
    }

    /// In ems.
    pub(super) fn width(&self, glyph: u16) -> f32 {
        let advance = self.font.glyph_hor_advance(ttf_parser::GlyphId(glyph));
        f32::from(advance.unwrap_or_default()) / f32::from(self.font.units_per_em())
    }
}

/// How a character is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    pub(super) glyph: Glyph,
    /// In ems.
    pub(super) width: f32,
    /// What it is: a question mark where no font has the character.
    pub(super) c: char,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    /// Of an embedded font: which one, and its number there.
    Embedded(usize, u16),
    /// Of Helvetica.
    Standard(u8),
}

/// The fonts that can be embedded.
pub(super) struct Faces<'a>(Vec<Option<Face<'a>>>);

impl<'a> Faces<'a> {
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        let regular = fonts.regular.iter().map(|it| Face::of(it, Weight::Regular));
        let bold = fonts.bold.iter().map(|it| Face::of(it, Weight::Bold));
        Self(regular.chain(bold).collect())
    }

    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, n: usize) -> Option<&Face<'a>> {
        self.0.get(n)?.as_ref()
    }

    /// Does without this one. Whether it was there.
    pub(super) fn leave_out(&mut self, n: usize) -> bool {
        self.0.get_mut(n).and_then(Option::take).is_some()
    }

    pub(super) fn draw(&self, c: char, weight: Weight) -> Drawn {
        let embedded = |own: bool| {
            self.0.iter().enumerate().find_map(|(n, face)| {
                let face = face.as_ref().filter(|it| (it.weight == weight) == own)?;
                let glyph = face.glyph(c)?;
                Some(Drawn {
                    glyph: Glyph::Embedded(n, glyph),
                    width: face.width(glyph),
                    c,
                })
            })
        };
        if let Some(drawn) = embedded(true).or_else(|| embedded(false)) {
            return drawn;
        }
        match helvetica::code(c) {
            Some(code) => Drawn {
                glyph: Glyph::Standard(code),
                width: helvetica::width(code),
                c,
            },
            None => self.draw('?', weight),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_fonts_latin_is_drawn_and_the_rest_is_a_question_mark() {
        let fonts = Fonts::default();
        let faces = Faces::new(&fonts);
        assert_eq!(faces.draw('é', Weight::Bold).glyph, Glyph::Standard(0xe9));
        let unknown = faces.draw('設', Weight::Regular);
        assert_eq!((unknown.glyph, unknown.c), (Glyph::Standard(b'?'), '?'));
    }

    #[test]
    fn what_is_no_font_has_nothing() {
        let wanted = BTreeSet::from(['a', 'b']);
        let none = FontFile {
            bytes: b"not a font".to_vec(),
            index: 0,
        };
        assert_eq!(none.lacking(&wanted), wanted);
        let fonts = Fonts {
            regular: vec![none],
            bold: Vec::new(),
        };
        assert_eq!(
            Faces::new(&fonts).draw('a', Weight::Regular).glyph,
            Glyph::Standard(b'a')
        );
    }
}
