use super::*;
use crate::domain::steps::Step;

/// As far as the size is told.
const JPEG: &[u8] = &[
    0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 240, 1, 64, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff,
    0xd9,
];

fn step(at_ms: u64, title: &str, paragraph: &str) -> Step {
    Step {
        at_ms,
        title: title.to_owned(),
        paragraphs: vec![paragraph.to_owned()],
    }
}

fn steps(steps: &[Step]) -> Steps<'_> {
    Steps {
        title: "Doors",
        length_ms: 61_000,
        link: "https://aside.test/w/x",
        language: Some("de"),
        has_picture: true,
        steps,
    }
}

fn count(pdf: &[u8], wanted: &str) -> usize {
    let windows = pdf.windows(wanted.len());
    windows.filter(|it| *it == wanted.as_bytes()).count()
}

#[test]
fn the_file_has_what_was_laid_out() {
    let all = [step(0, "Open", "One."), step(2000, "Close", "Two.")];
    let picture = Some(Bytes::from_static(JPEG));
    // Bytes that are no picture are left out.
    let pictures = [picture, Some(Bytes::from_static(b"GIF89a"))];
    let file = pdf(&steps(&all), &pictures, &Fonts::default());
    assert!(file.starts_with(b"%PDF-1.7") && file.ends_with(b"%%EOF"));
    assert_eq!(count(&file, "/DCTDecode"), 1);
    assert_eq!(count(&file, "/S/Figure"), 1);
    assert_eq!(count(&file, "/Width 320"), 1);
    assert_eq!(count(&file, "/URI(https://aside.test/w/x?t=0)"), 2);
    assert_eq!(count(&file, "/URI(https://aside.test/w/x?t=2)"), 1);
    assert_eq!(count(&file, "/Title(Doors)"), 1);
    assert_eq!(count(&file, "/Title(2. Close)"), 1);
    assert!(count(&file, "/Lang(de)") > 0);
    let again = pdf(&steps(&all), &pictures, &Fonts::default());
    assert_eq!(file, again, "the same steps are the same file");
}

#[test]
fn ten_thousand_characters_and_what_no_font_has_break_nothing() {
    let long = "設定".repeat(5000);
    let all: Vec<Step> = (0..6).map(|n| step(n * 1000, &long, "\u{1f600}")).collect();
    let file = pdf(&steps(&all), &[], &Fonts::default());
    assert!(count(&file, "/Type/Page/") > 18);
    assert_eq!(count(&file, "/Title<FEFF"), 6);
}

#[test]
fn the_characters_of_titles_are_needed_in_bold() {
    let all = [step(0, "Ä\u{200f}", "u\u{308}")];
    let needed = needed(&steps(&all));
    assert!(needed.bold.contains(&'Ä') && !needed.bold.contains(&'ü'));
    assert!(needed.regular.contains(&'ü') && !needed.regular.contains(&'Ä'));
    assert!(needed.bold.contains(&'?') && needed.regular.contains(&'9'));
    assert!(!needed.bold.contains(&'\u{200f}'));
}
