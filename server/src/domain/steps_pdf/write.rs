//! What was laid out, as a PDF (ISO 32000-1) with tags: headings, paragraphs, and pictures with what they show.

use pdf_writer::types::{ActionType, AnnotationType, PageMode, StructRole, TabOrder};
use pdf_writer::writers::StructTreeRoot;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Settings, Str, TextStr};

use super::embed::{Refs, Used, deflated, embed};
use super::face::{Faces, Glyph, Weight};
use super::jpeg::Size;
use super::layout::{Area, Block, Document, HEIGHT, Ink, Item, Page, WIDTH};

const HELVETICA: &str = "H";

/// A JPEG that lies in the file as it is.
pub(super) struct Picture<'a> {
    pub(super) jpeg: &'a [u8],
    pub(super) size: Size,
}

/// The numbers of objects that others name.
struct Objects {
    tree: Ref,
    pages: Vec<Ref>,
    /// Of the fonts, and of the one that is not embedded.
    fonts: Vec<Ref>,
    helvetica: Ref,
    pictures: Vec<Ref>,
    outline: Ref,
    root: Ref,
    whole: Ref,
    blocks: Vec<Ref>,
}

/// A page as it is drawn.
struct Drawing {
    content: Vec<u8>,
    /// The block of each marked piece, by its number.
    marked: Vec<usize>,
}

/// `language`: of the words, as in BCP 47. Err: the font with this number cannot be embedded.
pub(super) fn write(
    document: &Document,
    language: &str,
    pictures: &[Option<Picture<'_>>],
    faces: &Faces<'_>,
) -> Result<Vec<u8>, usize> {
    let mut pdf = Pdf::with_settings(Settings { pretty: false });
    let mut refs = Refs::new();
    let catalog = refs.next();
    let ids = Objects {
        tree: refs.next(),
        pages: refs.many(document.pages.len()),
        fonts: refs.many(faces.len()),
        helvetica: refs.next(),
        pictures: refs.many(pictures.len()),
        outline: refs.next(),
        root: refs.next(),
        whole: refs.next(),
        blocks: refs.many(document.blocks.len()),
    };
    let mut used: Vec<Used> = ids.fonts.iter().map(|_| Used::default()).collect();
    let draw = |page| drawn(page, &document.blocks, faces, &mut used);
    let drawings: Vec<Drawing> = document.pages.iter().map(draw).collect();

    let mut head = pdf.catalog(catalog);
    head.pages(ids.tree)
        .outlines(ids.outline)
        .page_mode(PageMode::UseOutlines)
        .lang(TextStr(language));
    head.pair(Name(b"StructTreeRoot"), ids.root);
    head.mark_info().marked(true);
    head.viewer_preferences().display_doc_title(true);
    head.finish();
    pdf.document_info(refs.next())
        .title(TextStr(&document.title))
        .producer(TextStr("Aside"));

    let mut tree = pdf.pages(ids.tree);
    tree.kids(ids.pages.iter().copied())
        .count(number(ids.pages.len()));
    let mut resources = tree.resources();
    let mut fonts = resources.fonts();
    fonts.pair(Name(HELVETICA.as_bytes()), ids.helvetica);
    for (n, id) in ids
        .fonts
        .iter()
        .enumerate()
        .filter(|(n, _)| !used[*n].is_empty())
    {
        fonts.pair(Name(font_name(n).as_bytes()), *id);
    }
    fonts.finish();
    let mut images = resources.x_objects();
    for (n, id) in ids
        .pictures
        .iter()
        .enumerate()
        .filter(|(n, _)| pictures[*n].is_some())
    {
        images.pair(Name(picture_name(n).as_bytes()), *id);
    }
    images.finish();
    resources.finish();
    tree.finish();

    for (n, (page, drawing)) in document.pages.iter().zip(&drawings).enumerate() {
        page_objects(&mut pdf, &mut refs, &ids, (n, page), drawing);
    }
    outline(&mut pdf, &mut refs, &ids, document);
    structure(&mut pdf, &mut refs, &ids, document, language, &drawings);
    for (picture, id) in pictures.iter().zip(&ids.pictures) {
        if let Some(picture) = picture {
            image(&mut pdf, *id, picture);
        }
    }
    pdf.type1_font(ids.helvetica)
        .base_font(Name(b"Helvetica"))
        .encoding_predefined(Name(b"WinAnsiEncoding"));
    for (n, used) in used.iter().enumerate().filter(|(_, used)| !used.is_empty()) {
        let face = faces.get(n).ok_or(n)?;
        embed(&mut pdf, &mut refs, (ids.fonts[n], n), face, used).ok_or(n)?;
    }
    Ok(pdf.finish())
}

fn font_name(n: usize) -> String {
    format!("F{n}")
}

fn picture_name(n: usize) -> String {
    format!("P{n}")
}

fn number(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

const fn role(block: &Block) -> StructRole {
    match block {
        Block::Title => StructRole::H1,
        Block::Heading => StructRole::H2,
        Block::Note | Block::Spoken => StructRole::P,
        Block::Picture(_) => StructRole::Figure,
    }
}

fn drawn(page: &Page, blocks: &[Block], faces: &Faces<'_>, used: &mut [Used]) -> Drawing {
    let mut content = Content::with_settings(Settings { pretty: false });
    let mut marked = Vec::new();
    for pieces in page.items.chunk_by(|a, b| a.block == b.block) {
        match pieces.first().and_then(|it| it.block) {
            Some(block) => {
                let tag = role(&blocks[block]).to_name();
                content
                    .begin_marked_content_with_properties(tag)
                    .properties()
                    .identify(number(marked.len()));
                marked.push(block);
            }
            None => {
                content.begin_marked_content(Name(b"Artifact"));
            }
        }
        for placed in pieces {
            item(&mut content, &placed.item, faces, used);
        }
        content.end_marked_content();
    }
    Drawing {
        content: deflated(content.finish().as_slice()),
        marked,
    }
}

fn item(content: &mut Content, item: &Item, faces: &Faces<'_>, used: &mut [Used]) {
    match item {
        Item::Text {
            x,
            baseline,
            size,
            weight,
            ink,
            text,
        } => {
            content.begin_text();
            match ink {
                Ink::Text => content.set_fill_gray(0.11),
                Ink::Quiet => content.set_fill_gray(0.37),
                Ink::Link => content.set_fill_rgb(0.36, 0.25, 0.84),
            };
            content.next_line(*x, HEIGHT - baseline);
            for (font, bytes) in runs(text, *weight, faces, used) {
                content.set_font(Name(font.as_bytes()), *size);
                content.show(Str(&bytes));
            }
            content.end_text();
        }
        Item::Picture { n, area } => {
            let bottom = HEIGHT - area.y - area.height;
            content.save_state();
            content.transform([area.width, 0.0, 0.0, area.height, area.x, bottom]);
            content.x_object(Name(picture_name(*n).as_bytes()));
            content.restore_state();
        }
    }
}

/// A text in the fonts that have its characters: the name of each, and what is shown in it.
fn runs(
    text: &str,
    weight: Weight,
    faces: &Faces<'_>,
    used: &mut [Used],
) -> Vec<(String, Vec<u8>)> {
    let mut runs: Vec<(String, Vec<u8>)> = Vec::new();
    for c in text.chars() {
        let drawn = faces.draw(c, weight);
        let (font, bytes) = match drawn.glyph {
            Glyph::Embedded(n, glyph) => {
                let number = used[n].number(glyph, drawn.c);
                (font_name(n), number.to_be_bytes().to_vec())
            }
            Glyph::Standard(code) => (HELVETICA.to_owned(), vec![code]),
        };
        match runs.last_mut() {
            Some((last, shown)) if *last == font => shown.extend(bytes),
            _ => runs.push((font, bytes)),
        }
    }
    runs
}

/// A page, what it shows and its links.
fn page_objects(
    pdf: &mut Pdf,
    refs: &mut Refs,
    ids: &Objects,
    (n, page): (usize, &Page),
    drawing: &Drawing,
) {
    let content = refs.next();
    let links = refs.many(page.links.len());
    let mut object = pdf.page(ids.pages[n]);
    object
        .parent(ids.tree)
        .media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
        .contents(content)
        .struct_parents(number(n))
        .tab_order(TabOrder::StructureOrder);
    if !links.is_empty() {
        object.annotations(links.iter().copied());
    }
    object.finish();
    pdf.stream(content, &drawing.content)
        .filter(Filter::FlateDecode);
    for ((area, to), id) in page.links.iter().zip(links) {
        let mut link = pdf.annotation(id);
        link.subtype(AnnotationType::Link)
            .rect(turned(area))
            .border(0.0, 0.0, 0.0, None)
            .contents(TextStr(to));
        link.action()
            .action_type(ActionType::Uri)
            .uri(Str(to.as_bytes()));
    }
}

/// As PDF counts, from below.
fn turned(area: &Area) -> Rect {
    let top = HEIGHT - area.y;
    Rect::new(area.x, top - area.height, area.x + area.width, top)
}

/// The steps, beside the pages.
fn outline(pdf: &mut Pdf, refs: &mut Refs, ids: &Objects, document: &Document) {
    let items = refs.many(document.entries.len());
    let mut outline = pdf.outline(ids.outline);
    if let (Some(first), Some(last)) = (items.first(), items.last()) {
        outline.first(*first).last(*last).count(number(items.len()));
    }
    outline.finish();
    for (n, entry) in document.entries.iter().enumerate() {
        let mut item = pdf.outline_item(items[n]);
        item.title(TextStr(&entry.title)).parent(ids.outline);
        if let Some(before) = n.checked_sub(1) {
            item.prev(items[before]);
        }
        if let Some(next) = items.get(n + 1) {
            item.next(*next);
        }
        let page = ids.pages[entry.page];
        item.dest().page(page).xyz(0.0, HEIGHT - entry.y, None);
    }
}

/// What is read in which order, and which piece of which page belongs to it (ISO 32000-1, 14.7).
fn structure(
    pdf: &mut Pdf,
    refs: &mut Refs,
    ids: &Objects,
    document: &Document,
    language: &str,
    drawings: &[Drawing],
) {
    let parents = refs.many(drawings.len());
    let mut root: StructTreeRoot<'_> = pdf.indirect(ids.root).start();
    root.child(ids.whole);
    let mut tree = root.parent_tree();
    let mut numbers = tree.nums();
    for (n, parents) in (0..).zip(&parents) {
        numbers.insert(n, *parents);
    }
    numbers.finish();
    tree.finish();
    root.parent_tree_next_key(number(parents.len()));
    root.finish();

    let mut whole = pdf.struct_element(ids.whole);
    whole.kind(StructRole::Document).parent(ids.root);
    let mut children = whole.children();
    for block in &ids.blocks {
        children.struct_element(*block);
    }
    children.finish();
    whole.finish();

    let mut pieces: Vec<Vec<(usize, usize)>> = vec![Vec::new(); document.blocks.len()];
    for (page, drawing) in drawings.iter().enumerate() {
        let blocks = drawing.marked.iter().map(|block| ids.blocks[*block]);
        pdf.indirect(parents[page]).array().items(blocks);
        for (mark, block) in drawing.marked.iter().enumerate() {
            pieces[*block].push((page, mark));
        }
    }
    for ((block, id), pieces) in document.blocks.iter().zip(&ids.blocks).zip(pieces) {
        let mut element = pdf.struct_element(*id);
        element.kind(role(block)).parent(ids.whole);
        match block {
            Block::Picture(shown) => {
                element.lang(TextStr("en")).alt(TextStr(shown));
            }
            Block::Note => {
                element.lang(TextStr("en"));
            }
            Block::Spoken | Block::Title | Block::Heading => {
                element.lang(TextStr(language));
            }
        }
        let mut children = element.children();
        for (page, mark) in pieces {
            let mut piece = children.marked_content_ref();
            piece.page(ids.pages[page]).marked_content_id(number(mark));
        }
    }
}

fn image(pdf: &mut Pdf, id: Ref, picture: &Picture<'_>) {
    let mut image = pdf.image_xobject(id, picture.jpeg);
    image.filter(Filter::DctDecode);
    image
        .width(i32::from(picture.size.width))
        .height(i32::from(picture.size.height));
    if picture.size.is_gray {
        image.color_space().device_gray();
    } else {
        image.color_space().device_rgb();
    }
    image.bits_per_component(8);
}
