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

fn frame(bytes: &[u8], pts: i64, crop: Option<Area>) -> StreamFrame<'_> {
    StreamFrame {
        planes: vec![Plane { bytes, stride: 0 }],
        pts: Some(pts),
        crop,
        damage: None,
    }
}

#[test]
fn another_format_and_a_crop_in_the_middle_show_the_same_picture() {
    let (mut screen, mut sink) = screen();
    let mut canvas = Canvas::new(screen.size());
    let mut shown = |sink: &mut FrameSink, frame: &StreamFrame<'_>| {
        sink.frame(frame);
        let painted = screen.paint(&mut canvas, false).unwrap();
        assert!(matches!(painted, Painted::At(_)));
        assert_eq!(screen.next_event(), None);
        let picture = canvas.finish().unwrap();
        [picture.y(), picture.u(), picture.v()].map(|plane| plane[..64].to_vec())
    };
    let filled = |pixel: [u8; 4]| pixel.repeat(128 * 64);

    sink.shape(shape(128, 64));
    let blue = shown(
        &mut sink,
        &frame(&filled([200, 90, 40, 0]), 1_900_000_000, None),
    );
    let brown = shown(
        &mut sink,
        &frame(&filled([20, 60, 110, 0]), 1_910_000_000, None),
    );
    assert!(blue[1][0] > 140 && brown[2][0] > 140, "blue, then more red");

    sink.shape(Shape {
        format: PixelFormat::Rgbx,
        ..shape(128, 64)
    });
    let swapped = filled([40, 90, 200, 0]);
    assert_eq!(
        shown(&mut sink, &frame(&swapped, 1_920_000_000, None)),
        blue
    );

    // A larger frame, of which the middle is meant.
    sink.shape(shape(192, 96));
    let crop = Area {
        x: 32,
        y: 16,
        width: 128,
        height: 64,
    };
    let places = (0..96).flat_map(|y| (0..192).map(move |x| (x, y)));
    let bytes: Vec<u8> = places
        .flat_map(
            |(x, y)| match (32..160).contains(&x) && (16..80).contains(&y) {
                true => [20, 60, 110, 0],
                false => [255, 255, 255, 0],
            },
        )
        .collect();
    assert_eq!(
        shown(&mut sink, &frame(&bytes, 1_940_000_000, Some(crop))),
        brown
    );
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
