//! Frames as a desktop sends them, without a desktop.

use super::*;
use crate::clock::ManualClock;
use crate::compose::Canvas;
use crate::source::pipewire::Plane;

/// A screen whose desktop is the test.
fn screen() -> (PortalScreen, FrameSink) {
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        waker: Waker::new().unwrap(),
    });
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Mono::from_nanos(2_000_000_000)));
    let size = Size::even(128, 64);
    let sink = FrameSink {
        shared: Arc::clone(&shared),
        clock: Arc::clone(&clock),
        shape: None,
    };
    let screen = PortalScreen {
        shared,
        clock,
        size,
        seen: size,
        fit: None,
        event: None,
        outputs: None,
        file: None,
        token: None,
        stream: None,
        session: None,
    };
    (screen, sink)
}

fn shape(width: u32, height: u32) -> Shape {
    Shape {
        format: PixelFormat::Bgrx,
        width,
        height,
    }
}

fn deliver(sink: &mut FrameSink, bytes: &[u8], stride: usize, pts: i64) {
    sink.frame(&StreamFrame {
        planes: vec![Plane { bytes, stride }],
        pts: Some(pts),
        crop: None,
        damage: None,
    });
}

#[test]
fn a_frame_that_is_replaced_before_it_is_painted_is_counted_and_one_that_changes_nothing_is_none() {
    let (mut screen, mut sink) = screen();
    sink.shape(shape(128, 64));
    for grey in [1_u8, 2, 3, 3] {
        deliver(&mut sink, &vec![grey; 128 * 64 * 4], 128 * 4, 1_900_000_000);
    }
    assert_eq!(screen.next_event(), Some(ScreenEvent::Replaced(2)));
    assert_eq!(screen.next_event(), None);
    let waker = Waker::new().unwrap();
    assert_eq!(screen.wait(&waker, None).unwrap(), Wake::Changed);
    let mut canvas = Canvas::new(screen.size());
    let painted = screen.paint(&mut canvas, false).unwrap();
    assert_eq!(painted, Painted::At(Mono::from_nanos(1_900_000_000)));
    deliver(&mut sink, &vec![3; 128 * 64 * 4], 128 * 4, 1_950_000_000);
    assert_eq!(screen.paint(&mut canvas, false).unwrap(), Painted::Nothing);
    let again = screen.paint(&mut canvas, true).unwrap();
    assert_eq!(
        again,
        Painted::At(Mono::from_nanos(2_000_000_000)),
        "shown again now"
    );
}

#[test]
fn a_size_that_changes_in_the_middle_is_scaled_into_the_picture_and_told() {
    let (mut screen, mut sink) = screen();
    let mut canvas = Canvas::new(screen.size());
    sink.shape(shape(128, 64));
    deliver(&mut sink, &vec![9; 128 * 64 * 4], 0, 1_900_000_000);
    assert!(matches!(
        screen.paint(&mut canvas, false).unwrap(),
        Painted::At(_)
    ));
    assert_eq!(screen.next_event(), None);
    sink.shape(shape(64, 64));
    deliver(&mut sink, &vec![9; 64 * 64 * 4], 0, 1_950_000_000);
    assert!(matches!(
        screen.paint(&mut canvas, false).unwrap(),
        Painted::At(_)
    ));
    let scaled = ScreenEvent::Scaled {
        screen: Size::even(64, 64),
        picture: Size::even(128, 64),
    };
    assert_eq!(screen.next_event(), Some(scaled));
    sink.shape(shape(128, 64));
    deliver(&mut sink, &vec![9; 128 * 64 * 4], 0, 1_990_000_000);
    assert!(matches!(
        screen.paint(&mut canvas, false).unwrap(),
        Painted::At(_)
    ));
    let picture = Size::even(128, 64);
    assert_eq!(screen.next_event(), Some(ScreenEvent::Unscaled { picture }));
}

#[test]
fn the_last_picture_is_painted_before_the_end_is_told() {
    let (mut screen, mut sink) = screen();
    sink.shape(shape(128, 64));
    deliver(&mut sink, &vec![9; 128 * 64 * 4], 0, 1_900_000_000);
    sink.ended("the portal is gone".to_owned());
    screen.shared.lose("said later".to_owned(), true);
    let waker = Waker::new().unwrap();
    assert_eq!(screen.wait(&waker, None).unwrap(), Wake::Changed);
    screen
        .paint(&mut Canvas::new(screen.size()), false)
        .unwrap();
    let lost = screen.wait(&waker, None).unwrap_err();
    assert_eq!(lost.to_string(), "the portal is gone");
}

#[test]
fn a_stamp_of_another_clock_gives_way_to_the_arrival() {
    let now = Mono::from_nanos(5_000_000_000);
    assert_eq!(
        stamp(Some(4_990_000_000), now),
        Mono::from_nanos(4_990_000_000)
    );
    for other in [None, Some(-3), Some(17), Some(5_000_000_001)] {
        assert_eq!(stamp(other, now), now, "{other:?}");
    }
}
