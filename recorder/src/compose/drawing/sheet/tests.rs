use super::*;

const SIZE: Size = Size {
    width: 640,
    height: 480,
};
const FRAME: Frame = Frame {
    size: SIZE,
    inside: Rect {
        x: 0,
        y: 0,
        width: 640,
        height: 480,
    },
    picture: SIZE,
};
const NOW: Duration = Duration::from_secs(1);

fn style(tool: Tool, ink: Ink) -> Style {
    Style {
        tool,
        ink,
        keep: false,
    }
}

/// A place by its pixel.
fn at(x: f32, y: f32) -> Spot {
    Spot::of(x / 640.0, y / 480.0)
}

/// The sheet and a grey picture that it was drawn onto: at first all of it, then only what is said to have changed.
struct Shown {
    sheet: Sheet,
    bgrx: Vec<u8>,
}

impl Shown {
    fn new() -> Self {
        Self {
            sheet: Sheet::default(),
            bgrx: vec![100; 640 * 480 * 4],
        }
    }

    fn update(&mut self, strokes: &Strokes, now: Duration) {
        for area in self.sheet.update(strokes, FRAME, now) {
            let mut rows = vec![100; (area.width * area.height * 4) as usize];
            self.sheet.draw(area, &mut rows);
            for (row, y) in rows.chunks((area.width * 4) as usize).zip(area.y..) {
                let begin = ((y * 640 + area.x) * 4) as usize;
                self.bgrx[begin..begin + row.len()].copy_from_slice(row);
            }
        }
    }

    /// What was announced is all that changed: the picture is the one that is drawn from nothing.
    fn assert_whole(&self) {
        let mut all = vec![100; 640 * 480 * 4];
        self.sheet.draw(SIZE.rect(), &mut all);
        assert!(all == self.bgrx, "some change was not announced");
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let begin = (y * 640 + x) * 4;
        self.bgrx[begin..begin + 3].try_into().unwrap()
    }
}

const GREY: [u8; 3] = [100; 3];

#[test]
fn a_pen_line_is_drawn_as_it_grows_and_only_where_it_is() {
    let (mut strokes, mut shown) = (Strokes::default(), Shown::new());
    strokes.begin(style(Tool::Pen, Ink::Red), at(100.0, 100.0), NOW);
    shown.update(&strokes, NOW);
    assert_eq!(shown.pixel(100, 100), Ink::Red.bgr(), "a dot");
    for n in 1..=20_u8 {
        strokes.go(at(100.0 + f32::from(n) * 10.0, 100.0), NOW);
        shown.update(&strokes, NOW);
        shown.assert_whole();
    }
    assert_eq!(shown.pixel(295, 100), Ink::Red.bgr());
    assert_eq!((shown.pixel(310, 100), shown.pixel(200, 104)), (GREY, GREY));
    assert!(
        shown.sheet.update(&strokes, FRAME, NOW).is_empty(),
        "it stands"
    );
}

#[test]
fn a_box_that_is_drawn_larger_leaves_nothing_of_the_smaller_one() {
    let (mut strokes, mut shown) = (Strokes::default(), Shown::new());
    strokes.begin(style(Tool::Box, Ink::Blue), at(50.0, 50.0), NOW);
    for side in [60.0, 200.0, 120.0] {
        strokes.go(at(50.0 + side, 50.0 + side), NOW);
        shown.update(&strokes, NOW);
        shown.assert_whole();
    }
    assert_eq!(shown.pixel(170, 100), Ink::Blue.bgr());
    assert_eq!(shown.pixel(100, 50), Ink::Blue.bgr());
    assert_eq!((shown.pixel(250, 100), shown.pixel(110, 110)), (GREY, GREY));
}

#[test]
fn an_arrow_points_to_its_last_place() {
    let (mut strokes, mut shown) = (Strokes::default(), Shown::new());
    strokes.begin(style(Tool::Arrow, Ink::Green), at(100.0, 240.0), NOW);
    strokes.go(at(300.0, 240.0), NOW);
    shown.update(&strokes, NOW);
    shown.assert_whole();
    let green = Ink::Green.bgr();
    assert_eq!(
        (shown.pixel(110, 240), shown.pixel(298, 240)),
        (green, green)
    );
    // The barbs, behind the tip and beside the shaft.
    assert_eq!(
        (shown.pixel(292, 235), shown.pixel(292, 244)),
        (green, green)
    );
    assert_eq!((shown.pixel(110, 235), shown.pixel(310, 240)), (GREY, GREY));
}

#[test]
fn a_highlight_is_seen_through_and_a_line_that_fades_too() {
    let (mut strokes, mut shown) = (Strokes::default(), Shown::new());
    strokes.begin(style(Tool::Highlight, Ink::Yellow), at(100.0, 100.0), NOW);
    strokes.go(at(300.0, 100.0), NOW);
    // Over itself it is not darker.
    strokes.go(at(100.0, 100.0), NOW);
    strokes.end(NOW);
    shown.update(&strokes, NOW);
    let [blue, green, red] = shown.pixel(200, 102);
    assert!((55..65).contains(&blue) && (140..160).contains(&green) && (155..170).contains(&red));
    let half = NOW + Duration::from_millis(5_250);
    shown.update(&strokes, half);
    shown.assert_whole();
    assert!((75..85).contains(&shown.pixel(200, 102)[0]));
    strokes.forget(NOW + Duration::from_secs(6));
    shown.update(&strokes, NOW + Duration::from_secs(6));
    assert!(shown.bgrx.iter().all(|b| *b == 100));
    assert!(shown.sheet.is_empty());
}

#[test]
fn rows_of_pixels_show_a_line_whole_and_a_highlight_in_part() {
    let (mut strokes, mut sheet) = (Strokes::default(), Sheet::default());
    strokes.begin(style(Tool::Pen, Ink::Red), at(100.0, 100.0), NOW);
    strokes.go(at(300.0, 100.0), NOW);
    strokes.begin(style(Tool::Highlight, Ink::Yellow), at(100.0, 300.0), NOW);
    strokes.go(at(300.0, 300.0), NOW);
    strokes.end(NOW);
    let changed = sheet.update(&strokes, FRAME, NOW);
    assert_eq!(sheet.inks(), [Ink::Red, Ink::Yellow]);
    let count = |sheet: &Sheet, ink| -> u32 {
        let runs = sheet.runs(ink, SIZE.rect());
        runs.iter().map(|run| run.width * run.height).sum()
    };
    let line = sheet.runs(Ink::Red, SIZE.rect());
    assert!(
        line.len() <= 4 && line.iter().all(|run| run.width > 195),
        "{line:?}"
    );
    // 200 by 12 pixels and round ends, of which two fifths are seen.
    let seen = count(&sheet, Ink::Yellow);
    assert!((800..1_200).contains(&seen), "{seen}");
    let in_parts: u32 = {
        // Tiles may be announced twice.
        let mut areas = changed;
        areas.sort_by_key(|r| (r.y, r.x));
        areas.dedup();
        let runs = areas.iter().flat_map(|area| sheet.runs(Ink::Yellow, *area));
        runs.map(|run| run.width).sum()
    };
    assert_eq!(in_parts, seen);
    let whole = count(&sheet, Ink::Red);
    sheet.update(&strokes, FRAME, NOW + Duration::from_millis(5_250));
    let faded = count(&sheet, Ink::Red);
    assert!(
        (whole / 3..whole * 2 / 3).contains(&faded),
        "{faded} of {whole}"
    );
}

#[test]
fn a_picture_that_is_smaller_than_the_window_is_drawn_on_at_the_same_place() {
    // A window of 640×480 in a picture of 320×320: half as large, with black above and below.
    let small = Frame {
        size: SIZE,
        inside: Rect {
            x: 0,
            y: 40,
            width: 320,
            height: 240,
        },
        picture: Size {
            width: 320,
            height: 320,
        },
    };
    let near = |(x, y): Point, (a, b): Point| (x - a).abs() < 0.1 && (y - b).abs() < 0.1;
    assert!(near(small.place(Spot::of(0.5, 0.5)), (320.0, 240.0)));
    assert!(near(small.place(Spot::of(0.0, 0.125)), (0.0, 0.0)));
    let (mut strokes, mut sheet) = (Strokes::default(), Sheet::default());
    strokes.begin(style(Tool::Pen, Ink::Red), Spot::of(0.5, 0.5), NOW);
    let first = sheet.update(&strokes, FRAME, NOW);
    let again = sheet.update(&strokes, small, NOW);
    assert!(
        !first.is_empty() && again.len() >= first.len(),
        "old and new place"
    );
}
