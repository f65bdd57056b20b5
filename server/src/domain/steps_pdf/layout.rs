//! What stands where. All lengths are in points (1/72 inch), from the left and from the top of a page.

use aside_protocol::time::clock;

use super::face::Weight;
use super::jpeg::Size;
use super::text::settable;
use super::wrap::wrap;
use crate::domain::steps::{Step, Steps};

/// A4.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;
/// 20 mm.
const MARGIN: f32 = 56.7;
const COLUMN: f32 = WIDTH - 2.0 * MARGIN;
const BOTTOM: f32 = HEIGHT - MARGIN;
/// Baseline of the number of a page.
const FOOT: f32 = HEIGHT - 30.0;
/// A picture is at most so high.
const HIGHEST: f32 = 420.0;
/// Between steps, and between what belongs to a step.
const APART: f32 = 26.0;
const NEAR: f32 = 8.0;
/// What leads to the recording.
pub(super) const WATCH: &str = "watch the recording";

/// How wide a character is, in ems.
pub(super) trait Measure {
    fn width(&self, c: char, weight: Weight) -> f32;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Quiet,
    Link,
}

#[derive(Debug, Clone, Copy)]
struct Style {
    size: f32,
    /// From line to line.
    leading: f32,
    weight: Weight,
    ink: Ink,
}

const fn style(size: f32, leading: f32, weight: Weight, ink: Ink) -> Style {
    Style {
        size,
        leading,
        weight,
        ink,
    }
}

const TITLE: Style = style(20.0, 26.0, Weight::Bold, Ink::Text);
const NOTE: Style = style(10.0, 15.0, Weight::Regular, Ink::Quiet);
const NOTE_LINK: Style = style(10.0, 15.0, Weight::Regular, Ink::Link);
const HEADING: Style = style(13.0, 18.0, Weight::Bold, Ink::Text);
const BODY: Style = style(10.5, 15.5, Weight::Regular, Ink::Text);

#[derive(Debug, PartialEq)]
pub(super) enum Item {
    Text {
        x: f32,
        baseline: f32,
        size: f32,
        weight: Weight,
        ink: Ink,
        text: String,
    },
    /// Of the step with this number.
    Picture { n: usize, area: Area },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A piece of a block.
#[derive(Debug)]
pub(super) struct Placed {
    /// None: of the page, and of nothing that is read.
    pub(super) block: Option<usize>,
    pub(super) item: Item,
}

#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) items: Vec<Placed>,
    /// Where one may press, and what is opened then.
    pub(super) links: Vec<(Area, String)>,
}

/// What is read as one piece, on however many pages it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Title,
    Note,
    Heading,
    /// What it is said to show.
    Picture(String),
    Spoken,
}

/// A line of the table of contents that readers show beside the pages.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) pages: Vec<Page>,
    pub(super) blocks: Vec<Block>,
    pub(super) entries: Vec<Entry>,
}

/// `pictures`: of each step; none where there is none.
pub(super) fn layout(
    steps: &Steps<'_>,
    pictures: &[Option<Size>],
    measure: &dyn Measure,
) -> Document {
    let mut setting = Setting {
        measure,
        out: Document::default(),
        page: Page::default(),
        y: MARGIN,
    };
    setting.head(steps);
    for (n, step) in steps.steps.iter().enumerate() {
        let picture = pictures.get(n).copied().flatten();
        setting.step(n, step, picture, &steps.at(step.at_ms));
    }
    setting.numbered()
}

/// What stands over a step.
pub(super) fn heading(n: usize, step: &Step) -> String {
    match settable(&step.title).as_str() {
        "" => format!("Step {}", n + 1),
        title => format!("{}. {title}", n + 1),
    }
}

/// The title of the document.
pub(super) fn title(steps: &Steps<'_>) -> String {
    match settable(steps.title()).as_str() {
        "" => "Steps".to_owned(),
        title => title.to_owned(),
    }
}

struct Setting<'a> {
    measure: &'a dyn Measure,
    out: Document,
    /// The last one, and how far it is filled.
    page: Page,
    y: f32,
}

impl Setting<'_> {
    fn width(&self, text: &str, style: Style) -> f32 {
        let ems = text.chars().map(|c| self.measure.width(c, style.weight));
        ems.sum::<f32>() * style.size
    }

    fn wrapped<'t>(&self, text: &'t str, width: f32, style: Style) -> Vec<&'t str> {
        wrap(text, width, |cluster| self.width(cluster, style))
    }

    fn block(&mut self, block: Block) -> usize {
        self.out.blocks.push(block);
        self.out.blocks.len() - 1
    }

    fn turn(&mut self) {
        let full = std::mem::take(&mut self.page);
        self.out.pages.push(full);
        self.y = MARGIN;
    }

    /// So much of a page, of the next one where this one has it no more.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM && !self.page.items.is_empty() {
            self.turn();
        }
    }

    /// One line, which begins at `x`; `y` is its top.
    fn place(&mut self, block: usize, (x, y): (f32, f32), text: &str, style: Style) {
        let item = Item::Text {
            x,
            baseline: y + (style.leading - style.size) / 2.0 + 0.8 * style.size,
            size: style.size,
            weight: style.weight,
            ink: style.ink,
            text: text.to_owned(),
        };
        let block = Some(block);
        self.page.items.push(Placed { block, item });
    }

    /// A line that opens something.
    fn place_link(&mut self, block: usize, (x, y): (f32, f32), text: &str, to: &str) {
        self.place(block, (x, y), text, NOTE_LINK);
        let area = Area {
            x,
            y,
            width: self.width(text, NOTE_LINK),
            height: NOTE_LINK.leading,
        };
        self.page.links.push((area, to.to_owned()));
    }

    fn lines(&mut self, block: usize, lines: &[&str], style: Style) {
        for line in lines {
            self.room(style.leading);
            self.place(block, (MARGIN, self.y), line, style);
            self.y += style.leading;
        }
    }

    fn head(&mut self, steps: &Steps<'_>) {
        let title = title(steps);
        let block = self.block(Block::Title);
        let lines = self.wrapped(&title, COLUMN, TITLE);
        self.lines(block, &lines, TITLE);
        self.out.title = title;
        let block = self.block(Block::Note);
        let length = format!("{} · ", clock(steps.length_ms));
        self.room(NOTE.leading);
        self.place(block, (MARGIN, self.y), &length, NOTE);
        let x = MARGIN + self.width(&length, NOTE);
        self.place_link(block, (x, self.y), WATCH, steps.link);
        self.y += NOTE.leading;
    }

    fn step(&mut self, n: usize, step: &Step, picture: Option<Size>, to: &str) {
        let (title, clock) = (heading(n, step), clock(step.at_ms));
        let of_clock = self.width(&clock, NOTE_LINK);
        let lines = self.wrapped(&title, COLUMN - of_clock - 12.0, HEADING);
        let paragraphs: Vec<String> = step.paragraphs.iter().map(|it| settable(it)).collect();
        let spoken: Vec<Vec<&str>> = paragraphs
            .iter()
            .map(|it| self.wrapped(it, COLUMN, BODY))
            .filter(|it| !it.is_empty())
            .collect();
        let (width, height) = picture.map_or((0.0, 0.0), fitting);

        // A step is not torn from its picture, nor both from the words that begin there.
        let of_heading: f32 = lines.iter().map(|_| HEADING.leading).sum();
        let of_picture = picture.map_or(0.0, |_| NEAR + height);
        let begin = spoken.first().map_or(&[][..], |it| &it[..it.len().min(2)]);
        let of_words: f32 = begin.iter().map(|_| BODY.leading).sum();
        let together = of_heading + of_picture + NEAR + of_words;
        self.y += APART;
        if MARGIN + together <= BOTTOM {
            self.room(together);
        } else {
            self.room(HEADING.leading);
        }

        let block = self.block(Block::Heading);
        self.out.entries.push(Entry {
            page: self.out.pages.len(),
            y: self.y,
            title: title.clone(),
        });
        self.lines(block, &lines, HEADING);
        let last = self.y - HEADING.leading + (HEADING.leading - NOTE_LINK.leading) / 2.0;
        let right = WIDTH - MARGIN - of_clock;
        self.place_link(block, (right, last), &clock, to);

        if picture.is_some() {
            self.room(of_picture);
            let block = self.block(Block::Picture(format!("The picture at {clock}")));
            let area = Area {
                x: MARGIN,
                y: self.y + NEAR,
                width,
                height,
            };
            let item = Item::Picture { n, area };
            let block = Some(block);
            self.page.items.push(Placed { block, item });
            self.page.links.push((area, to.to_owned()));
            self.y += of_picture;
        }
        for lines in spoken {
            let block = self.block(Block::Spoken);
            self.y += NEAR;
            let begin: f32 = lines.iter().take(2).map(|_| BODY.leading).sum();
            self.room(begin);
            self.lines(block, &lines, BODY);
        }
    }

    /// Each page with its number.
    fn numbered(mut self) -> Document {
        self.turn();
        let all = self.out.pages.len();
        let mut pages = std::mem::take(&mut self.out.pages);
        for (n, page) in (1..).zip(&mut pages) {
            let text = format!("{n} / {all}");
            let item = Item::Text {
                x: (WIDTH - self.width(&text, NOTE)) / 2.0,
                baseline: FOOT,
                size: NOTE.size,
                weight: NOTE.weight,
                ink: NOTE.ink,
                text,
            };
            page.items.push(Placed { block: None, item });
        }
        self.out.pages = pages;
        self.out
    }
}

/// As wide as the column, unless it would be too high, or coarser than a point for each pixel.
fn fitting(size: Size) -> (f32, f32) {
    let (width, height) = (f32::from(size.width), f32::from(size.height));
    let scale = (COLUMN / width).min(HIGHEST / height).min(1.0);
    (width * scale, height * scale)
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
