use super::*;

/// Every character is half an em wide.
struct Half;

impl Measure for Half {
    fn width(&self, _: char, _: Weight) -> f32 {
        0.5
    }
}

fn step(at_ms: u64, title: &str, paragraphs: &[&str]) -> Step {
    Step {
        at_ms,
        title: title.to_owned(),
        paragraphs: paragraphs.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn laid_out(title: &str, steps: &[Step], picture: Option<Size>) -> Document {
    let all = Steps {
        title,
        length_ms: 61_000,
        link: "https://aside.test/w/x",
        language: None,
        has_picture: picture.is_some(),
        steps,
    };
    layout(&all, &vec![picture; steps.len()], &Half)
}

const WIDE: Size = Size {
    width: 1280,
    height: 720,
    is_gray: false,
};

/// Nothing stands beyond the edges of its page.
fn all_is_within(document: &Document) {
    for placed in document.pages.iter().flat_map(|page| &page.items) {
        let (left, right, top, bottom) = match &placed.item {
            Item::Text {
                x,
                baseline,
                size,
                text,
                ..
            } => {
                let width = text.chars().map(|_| 0.5 * size).sum::<f32>();
                (*x, x + width, baseline - size, *baseline)
            }
            Item::Picture { area, .. } => {
                (area.x, area.x + area.width, area.y, area.y + area.height)
            }
        };
        let is_within = left >= MARGIN - 0.1 && right <= WIDTH - MARGIN + 0.1;
        assert!(is_within, "{placed:?}");
        assert!(top >= MARGIN - 6.0 && bottom <= HEIGHT - 20.0, "{placed:?}");
    }
}

fn said(document: &Document, wanted: &Block) -> String {
    let items = document.pages.iter().flat_map(|page| &page.items);
    let of_block = items.filter(|it| it.block.is_some_and(|n| document.blocks[n] == *wanted));
    of_block
        .map(|it| match &it.item {
            Item::Text { text, .. } => text.as_str(),
            Item::Picture { .. } => "",
        })
        .collect()
}

#[test]
fn a_step_stands_on_one_page_with_its_picture_and_its_first_words() {
    let steps: Vec<Step> = (0..12)
        .map(|n| {
            step(
                n * 1000,
                "Open the door",
                &["Said here. ".repeat(30).as_str()],
            )
        })
        .collect();
    let document = laid_out("Doors", &steps, Some(WIDE));
    all_is_within(&document);
    assert!(document.pages.len() >= 6, "{}", document.pages.len());
    for (n, entry) in document.entries.iter().enumerate() {
        let items = &document.pages[entry.page].items;
        let at = items
            .iter()
            .position(|it| matches!(it.item, Item::Picture { n: of, .. } if of == n))
            .expect("the picture is on the page of its heading");
        let is_spoken = |it: &Placed| it.block.map(|n| &document.blocks[n]) == Some(&Block::Spoken);
        assert!(items[at + 1..].iter().any(is_spoken), "step {n}");
    }
    let links = document.pages.iter().flat_map(|page| &page.links);
    let to_last: Vec<_> = links.filter(|(_, to)| to.ends_with("?t=11")).collect();
    assert_eq!(to_last.len(), 2, "the clock and the picture");
}

#[test]
fn a_title_of_ten_thousand_characters_goes_over_pages_and_loses_none() {
    let long = "x".repeat(10_000);
    let steps = [step(0, &long, &[&long])];
    let document = laid_out(&long, &steps, Some(WIDE));
    all_is_within(&document);
    assert_eq!(said(&document, &Block::Title), long);
    assert_eq!(said(&document, &Block::Spoken), long);
    // The space behind the number ends a line.
    assert_eq!(said(&document, &Block::Heading), format!("1.{long}0:00"));
}

#[test]
fn what_has_no_title_and_no_picture_is_numbered_and_pages_are_as_well() {
    let steps = [
        step(0, "\u{200f}", &[]),
        step(5000, " Next ", &["\u{7}", "Words."]),
    ];
    let document = laid_out("\u{202e}", &steps, None);
    all_is_within(&document);
    assert_eq!(document.title, "Steps");
    let entries: Vec<_> = document
        .entries
        .iter()
        .map(|it| it.title.as_str())
        .collect();
    assert_eq!(entries, ["Step 1", "2. Next"]);
    assert_eq!(
        document
            .blocks
            .iter()
            .filter(|it| **it == Block::Spoken)
            .count(),
        1
    );
    assert_eq!(said(&document, &Block::Note), "1:01 · watch the recording");
    let last = document.pages.last().and_then(|page| page.items.last());
    let number = last.map(|it| &it.item);
    assert!(matches!(number, Some(Item::Text { text, .. }) if text == "1 / 1"));
}

#[test]
fn pictures_keep_their_shape_and_small_ones_their_size() {
    let (width, height) = fitting(WIDE);
    assert!((width - COLUMN).abs() < 0.1 && (width / height - 16.0 / 9.0).abs() < 0.01);
    let tall = Size {
        width: 1000,
        height: 4000,
        is_gray: false,
    };
    assert!(fitting(tall).1 <= HIGHEST + 0.1);
    let small = Size {
        width: 320,
        height: 240,
        is_gray: false,
    };
    assert_eq!(fitting(small), (320.0, 240.0));
}
