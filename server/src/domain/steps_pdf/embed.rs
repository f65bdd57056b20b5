//! Fonts in the file: of each the glyphs that are used, and which characters they are, so that text can be found and copied.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{RawFace, Tag, name_id};

use super::face::Face;

const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// What of a font is used.
#[derive(Debug, Default)]
pub(super) struct Used {
    glyphs: GlyphRemapper,
    /// By their numbers in the file.
    characters: BTreeMap<u16, char>,
}

impl Used {
    /// The number of a glyph in the file.
    pub(super) fn number(&mut self, glyph: u16, c: char) -> u16 {
        let number = self.glyphs.remap(glyph);
        self.characters.entry(number).or_insert(c);
        number
    }

    pub(super) fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }
}

/// Hands out numbers of objects.
pub(super) struct Refs(Ref);

impl Refs {
    pub(super) const fn new() -> Self {
        Self(Ref::new(1))
    }

    pub(super) fn next(&mut self) -> Ref {
        self.0.bump()
    }

    pub(super) fn many(&mut self, n: usize) -> Vec<Ref> {
        (0..n).map(|_| self.next()).collect()
    }
}

pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}

/// Writes the `n`th font as the object `id` (ISO 32000-1, 9.7 and 9.9). None: it is broken.
pub(super) fn embed(
    pdf: &mut Pdf,
    refs: &mut Refs,
    (id, n): (Ref, usize),
    face: &Face<'_>,
    used: &Used,
) -> Option<()> {
    let subset = subsetter::subset(&face.file.bytes, face.file.index, &used.glyphs).ok()?;
    let outlines = RawFace::parse(&subset, 0).ok()?;
    // Of PostScript outlines only their table.
    let cff = outlines.table(Tag::from_bytes(b"CFF "));
    let (of_glyphs, descriptor, file, to_unicode) =
        (refs.next(), refs.next(), refs.next(), refs.next());
    let name = named(face, n);
    let font = &face.font;
    let thousandth = 1000.0 / f32::from(font.units_per_em());

    pdf.type0_font(id)
        .base_font(Name(name.as_bytes()))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(of_glyphs)
        .to_unicode(to_unicode);

    let mut glyphs = pdf.cid_font(of_glyphs);
    glyphs
        .base_font(Name(name.as_bytes()))
        .system_info(SYSTEM)
        .font_descriptor(descriptor)
        .default_width(0.0);
    if cff.is_some() {
        glyphs.subtype(CidFontType::Type0);
    } else {
        glyphs.subtype(CidFontType::Type2);
        glyphs.cid_to_gid_map_predefined(Name(b"Identity"));
    }
    let widths = used.glyphs.remapped_gids();
    let widths = widths.map(|glyph| face.width(glyph) * 1000.0);
    glyphs.widths().consecutive(0, widths);
    glyphs.finish();

    let bounds = font.global_bounding_box();
    let [left, bottom, right, top] = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max]
        .map(|it| f32::from(it) * thousandth);
    let ascent = f32::from(font.ascender()) * thousandth;
    let capital = font.capital_height().map(|it| f32::from(it) * thousandth);
    let mut about = pdf.font_descriptor(descriptor);
    about
        .name(Name(name.as_bytes()))
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(ascent)
        .descent(f32::from(font.descender()) * thousandth)
        .cap_height(capital.unwrap_or(ascent))
        .stem_v(80.0);
    if cff.is_some() {
        about.font_file3(file);
    } else {
        about.font_file2(file);
    }
    about.finish();

    let data = deflated(cff.unwrap_or(&subset));
    let mut stream = pdf.stream(file, &data);
    stream.filter(Filter::FlateDecode);
    if cff.is_some() {
        stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    } else {
        stream.pair(Name(b"Length1"), i32::try_from(subset.len()).ok()?);
    }
    stream.finish();

    let mut characters = UnicodeCmap::<u16>::new(Name(b"Aside"), SYSTEM);
    for (number, c) in &used.characters {
        characters.pair(*number, *c);
    }
    let characters = deflated(characters.finish().as_slice());
    pdf.stream(to_unicode, &characters)
        .filter(Filter::FlateDecode);
    Some(())
}

/// Its name behind six letters, which say that it is a part of a font (ISO 32000-1, 9.6.4).
fn named(face: &Face<'_>, n: usize) -> String {
    let mut names = face.font.names().into_iter();
    let name = names.find(|it| it.name_id == name_id::POST_SCRIPT_NAME && it.is_unicode());
    let name = name.and_then(|it| it.to_string()).unwrap_or_default();
    let kept = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-');
    let name: String = kept.take(60).collect();
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    let name = if name.is_empty() { "Font" } else { &name };
    format!("ASIDE{}+{name}", letter(n))
}
