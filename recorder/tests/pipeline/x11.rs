//! The screen of a real X server.

use std::sync::Arc;
use std::time::Duration;

use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{Alarm, EndReason, OpenError, Output, ScreenPart};
use aside_recorder::source::screen::x11::{X11Screen, displays};
use aside_recorder::source::{Paint, Painted, Rect, Screen as _};

use super::desktop::{BLACK, Person, Recording, WHITE, alarms, brightness, pictures};
use super::xvfb::Xvfb;

#[test]
fn a_still_desktop_is_looked_at_once_and_repeated_once_a_part() {
    let server = Xvfb::start("640x480x24", &[]);
    let mut recording = Recording::of(&server);
    recording.until(3.5);
    assert_eq!(recording.pipeline.health().frames_captured, 1);
    let seen = pictures(&recording.stop());
    assert!((7..=8).contains(&seen.len()), "{} pictures", seen.len());
}

#[test]
fn what_is_painted_on_the_desktop_is_in_the_recording() {
    let server = Xvfb::start("641x481x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 640, false);
    let mut recording = Recording::of(&server);
    person.paint(100, 100, 50, true);
    recording.catch_up();
    // One white square while the other vanishes.
    person.paint(600, 440, 40, true);
    person.paint(100, 100, 50, false);
    recording.catch_up();
    let seen = pictures(&recording.stop());

    let (first, last) = (&seen[0], seen.last().unwrap());
    assert_eq!(
        (first.width, first.luma.len() / first.width),
        (640, 480),
        "odd sides are cut to even ones"
    );
    assert!(brightness(first, 110, 110, 30) < BLACK);
    assert!(seen.iter().any(|p| brightness(p, 110, 110, 30) > WHITE));
    assert!(brightness(last, 110, 110, 30) < BLACK);
    assert!(brightness(last, 610, 450, 20) > WHITE);
}

#[test]
fn the_pointer_is_drawn_where_it_points_and_leaves_no_trace() {
    let server = Xvfb::start("640x480x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 640, false);
    person.take_a_white_pointer();
    person.point_at(60, 60);
    let mut recording = Recording::of(&server);
    person.point_at(300, 200);
    recording.catch_up();
    // What changes under the pointer does not wipe it away.
    person.paint(290, 190, 40, false);
    recording.catch_up();
    let seen = pictures(&recording.stop());

    let (first, last) = (&seen[0], seen.last().unwrap());
    assert!(brightness(first, 62, 62, 12) > WHITE);
    assert!(brightness(last, 62, 62, 12) < BLACK);
    assert!(brightness(last, 302, 202, 12) > WHITE);
    assert!(brightness(last, 318, 202, 12) < BLACK);
}

#[test]
fn a_desktop_that_grows_is_scaled_to_fit_the_recording_and_told() {
    let server = Xvfb::start("1280x960x24", &[]);
    let person = Person::at(&server);
    person.resize(640, 480);
    person.paint(0, 0, 1280, false);
    let mut recording = Recording::of(&server);
    person.resize(1280, 960);
    person.paint(0, 0, 1280, false);
    // Where the recording, had it stayed as it was, sees nothing.
    person.paint(900, 600, 200, true);
    recording.catch_up();
    let grown = alarms(&recording.seen)
        .iter()
        .any(|alarm| matches!(alarm, Alarm::ScreenScaled { screen, picture } if (screen.width, picture.width) == (1280, 640)));
    assert!(grown, "{:?}", alarms(&recording.seen));
    person.resize(640, 480);
    person.paint(0, 0, 1280, false);
    person.paint(20, 20, 100, true);
    recording.catch_up();
    let back = alarms(&recording.seen)
        .iter()
        .any(|alarm| matches!(alarm, Alarm::ScreenUnscaled { .. }));
    assert!(back, "{:?}", alarms(&recording.seen));
    let seen = pictures(&recording.stop());
    assert!(
        seen.iter()
            .any(|p| brightness(p, 455, 305, 90) > WHITE && brightness(p, 20, 20, 90) < BLACK),
        "the new corner was never in the picture"
    );
    let last = seen.last().unwrap();
    assert!(brightness(last, 25, 25, 90) > WHITE && brightness(last, 455, 305, 90) < BLACK);
    assert!(seen.iter().all(|p| p.width == 640));
}

/// A canvas on whose beginning something happens, and that remembers what it was given.
struct Interrupted<'a> {
    at_the_beginning: Option<Box<dyn FnOnce() + 'a>>,
    announced: Vec<Rect>,
    patched: Vec<Rect>,
}

impl Paint for Interrupted<'_> {
    fn begin(&mut self, areas: &[Rect]) -> bool {
        self.announced = areas.to_vec();
        self.patched.clear();
        if let Some(happens) = self.at_the_beginning.take() {
            happens();
        }
        true
    }

    fn patch(&mut self, area: Rect, _bgrx: &[u8], _stride: usize) {
        self.patched.push(area);
    }
}

/// The desktop shrinks between the announcement of a picture and its fetching: the server then refuses a part of it.
#[test]
fn a_picture_that_could_not_be_fetched_whole_is_not_taken_and_all_of_it_stays_due() {
    let server = Xvfb::start("640x480x24", &[]);
    let person = Person::at(&server);
    let open = X11Screen::open(
        Some(&server.display),
        &ScreenPart::Whole,
        Arc::new(SystemClock),
    );
    let mut screen = open.unwrap();
    let mut canvas = Interrupted {
        at_the_beginning: Some(Box::new(|| person.resize(320, 240))),
        announced: Vec::new(),
        patched: Vec::new(),
    };
    let painted = screen.paint(&mut canvas, true).unwrap();
    assert_eq!(painted, Painted::Nothing, "{:?}", canvas.patched);
    let painted = screen.paint(&mut canvas, false).unwrap();
    assert!(matches!(painted, Painted::At(_)), "{painted:?}");
    let side = |areas: &[Rect]| {
        let corner = |a: &Rect| (a.x + a.width, a.y + a.height);
        areas.iter().map(corner).max()
    };
    assert_eq!(side(&canvas.announced), Some((640, 480)));
    assert_eq!(side(&canvas.patched), Some((640, 480)));
}

#[test]
fn a_desktop_wider_than_can_be_stored_is_recorded_smaller_and_told() {
    let server = Xvfb::start("8400x64x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 8400, false);
    person.paint(8300, 0, 64, true);
    let recording = Recording::of(&server);
    let told = alarms(&recording.seen);
    assert!(
        matches!(told[..], [Alarm::ScreenScaled { screen, picture }] if (screen.width, picture.width) == (8400, 8192)),
        "{told:?}"
    );
    let left = recording.stop();
    let seen = pictures(&left);
    assert_eq!(
        (seen[0].width, seen[0].luma.len() / seen[0].width),
        (8192, 62)
    );
    // 8300 to 8364 of 8400.
    let last = seen.last().unwrap();
    let row: Vec<u8> = (8000..8190)
        .step_by(10)
        .map(|x| brightness(last, x, 20, 2))
        .collect();
    assert!(brightness(last, 8100, 4, 50) > WHITE, "{row:?}");
    assert!(brightness(last, 8030, 4, 50) < BLACK, "{row:?}");
}

#[test]
fn a_screen_that_is_too_small_is_refused_with_a_true_sentence() {
    let server = Xvfb::start("15x9x24", &[]);
    let error = X11Screen::open(
        Some(&server.display),
        &ScreenPart::Whole,
        Arc::new(SystemClock),
    )
    .err()
    .unwrap();
    assert!(
        matches!(
            error,
            OpenError::TooSmall {
                width: 15,
                height: 9
            }
        ),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("smaller than can be recorded (16 a side)"),
        "{error}"
    );
}

#[test]
fn a_server_that_dies_ends_the_take_and_leaves_it_whole() {
    let server = Xvfb::start("640x480x24", &[]);
    let mut recording = Recording::of(&server);
    drop(server);
    loop {
        let output = recording
            .outputs
            .recv_timeout(Duration::from_secs(20))
            .unwrap();
        if let Output::Ended(reason) = output {
            assert!(matches!(reason, EndReason::ScreenLost(_)), "{reason}");
            break;
        }
        recording.seen.push(output);
    }
    assert!(!pictures(&recording.stop()).is_empty());
}

#[test]
fn a_display_that_is_not_there_is_named_with_those_that_are() {
    let clock = || Arc::new(SystemClock);
    let nowhere = X11Screen::open(Some(":4711"), &ScreenPart::Whole, clock())
        .err()
        .unwrap();
    assert!(
        matches!(&nowhere, OpenError::NoDisplay { display, .. } if display == ":4711"),
        "{nowhere}"
    );

    let server = Xvfb::start("640x480x24", &[]);
    let list = displays(Some(&server.display)).unwrap();
    assert_eq!((list.len(), list[0].width, list[0].height), (1, 640, 480));
    let second = X11Screen::open(
        Some(&server.display),
        &ScreenPart::Displays(vec![1]),
        clock(),
    )
    .err()
    .unwrap();
    assert!(
        matches!(
            second,
            OpenError::NoSuchDisplay {
                wanted: 1,
                count: 1,
                ..
            }
        ),
        "{second}"
    );
    assert!(second.to_string().contains("aside sources"), "{second}");
    let first = X11Screen::open(
        Some(&server.display),
        &ScreenPart::Displays(vec![0]),
        clock(),
    )
    .unwrap();
    assert_eq!((first.size().width, first.size().height), (640, 480));
}

#[test]
fn a_server_without_shared_memory_or_with_too_few_colours_is_refused_by_name() {
    let clock = || Arc::new(SystemClock);
    let plain = Xvfb::start("640x480x24", &["-extension", "MIT-SHM"]);
    let error = X11Screen::open(Some(&plain.display), &ScreenPart::Whole, clock())
        .err()
        .unwrap();
    assert_eq!(error, OpenError::NoExtension { name: "MIT-SHM" });
    let shallow = Xvfb::start("640x480x16", &[]);
    let error = X11Screen::open(Some(&shallow.display), &ScreenPart::Whole, clock())
        .err()
        .unwrap();
    assert!(matches!(error, OpenError::PixelFormat(_)), "{error}");
}
