//! The file, decoded by FFmpeg as any player would: counters in both pictures, the shape of the mask, where `moov` stands.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so loudly"
)]

mod film;

use std::ops::ControlFlow;
use std::path::Path;

use aside_composition::{
    CompositionError, Excerpt, Made, Take, Track, write, write_excerpt, write_gif,
};
use aside_protocol::layout::{Corner, Face, FaceSize, Layout, LayoutMoment};
use film::{
    CAMERA, CAMERA_GREY, FACE_OFFSET, FRAME, SCREEN, SCREEN_GREY, Seen, audio, boxes, camera,
    frames, pictures, screen, screen_replaced,
};

const LENGTH_MS: u64 = 4_000;

fn moment(at_ms: u64, face: Face, corner: Corner) -> LayoutMoment {
    LayoutMoment {
        at_ms,
        face,
        corner,
        size: FaceSize::Large,
    }
}

fn laid_out() -> Layout {
    Layout::new([
        moment(0, Face::Corner, Corner::BottomRight),
        moment(1_000, Face::Hidden, Corner::BottomRight),
        moment(2_000, Face::Full, Corner::BottomRight),
        moment(3_000, Face::Corner, Corner::TopRight),
    ])
    .unwrap()
}

fn take(camera: Option<Track>, layout: Layout) -> Take {
    Take {
        video: screen(LENGTH_MS),
        audio: Some(audio(LENGTH_MS)),
        camera,
        layout,
        title: "Bug in login".to_owned(),
        length_ms: LENGTH_MS,
    }
}

fn made(take: Take, file: &Path) -> Made {
    let mut told = Vec::new();
    let made = write(take, file, &mut |ms| {
        told.push(ms);
        ControlFlow::Continue(())
    });
    assert!(told.is_sorted() && told.len() >= 4, "{told:?}");
    made.unwrap()
}

/// The square in which the face lies, in pixels: corner and side.
fn square(of: LayoutMoment) -> (usize, usize, usize) {
    let square = of.mask(SCREEN.0, SCREEN.1).unwrap();
    (square.x as usize, square.y as usize, square.side as usize)
}

fn near(value: u8, expected: u8) -> bool {
    value.abs_diff(expected) <= 6
}

#[test]
fn screen_and_face_agree_within_one_picture_where_the_layout_shows_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("take.mp4");
    let layout = laid_out();
    assert_eq!(
        made(take(Some(camera(LENGTH_MS)), layout.clone()), &file),
        Made::Composed
    );
    let seen = pictures(&file);
    let mut both = 0;
    for Seen { ticks, picture } in &seen {
        let shown = layout.at(ticks / 90);
        if shown.face != Face::Full {
            let screen = picture.counter(8, 8).expect("a counter on the screen");
            let due = u64::from(screen) * FRAME;
            assert!(
                due <= *ticks && ticks - due < FRAME * 2,
                "{screen} at {ticks}"
            );
        }
        // The camera begins half a picture later.
        if shown.face == Face::Corner && *ticks > 0 {
            let (x, y, side) = square(shown);
            let at = (side - CAMERA as usize) / 2;
            let face = picture
                .counter(x + at + FACE_OFFSET.0, y + at + FACE_OFFSET.1)
                .expect("a counter in the face");
            let screen = picture.counter(8, 8).unwrap();
            assert!(
                face.abs_diff(screen) <= 1,
                "face {face}, screen {screen} at {ticks}"
            );
            both += 1;
        }
    }
    assert!(both >= 55, "{both} pictures with both");
}

#[test]
fn the_mask_is_round_and_full_and_hidden_hold_from_their_moment_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("take.mp4");
    let layout = laid_out();
    made(take(Some(camera(LENGTH_MS)), layout.clone()), &file);
    let seen = pictures(&file);
    let at = |ms: u64| {
        let shown = seen.iter().rfind(|s| s.ticks <= ms * 90);
        &shown.unwrap().picture
    };
    for ms in [500, 3_500] {
        let (x, y, side) = square(layout.at(ms));
        let (picture, last, middle) = (at(ms), side - 1, side / 2);
        for (cx, cy) in [(1, 1), (last - 1, 1), (1, last - 1), (last - 1, last - 1)] {
            let value = picture.luma(x + cx, y + cy);
            assert!(near(value, SCREEN_GREY), "{value} in the corner at {ms} ms");
        }
        for (cx, cy) in [
            (3, middle),
            (last - 3, middle),
            (middle, 3),
            (middle, last - 3),
        ] {
            let value = picture.luma(x + cx, y + cy);
            assert!(near(value, CAMERA_GREY), "{value} at the edge at {ms} ms");
        }
        assert!(
            near(picture.luma(x - 4, y + middle), SCREEN_GREY),
            "beside the mask"
        );
    }
    let (x, y, side) = square(layout.at(500));
    for ms in [1_000, 1_990] {
        let value = at(ms).luma(x + side / 2, y + side / 4);
        assert!(near(value, SCREEN_GREY), "{value}: hidden at {ms} ms");
    }
    assert!(near(at(960).luma(x + side / 2, y + side / 4), CAMERA_GREY));
    let (width, height) = (SCREEN.0 as usize, SCREEN.1 as usize);
    for ms in [2_000, 2_990] {
        let picture = at(ms);
        let (centre, left) = (picture.luma(width / 2, 8), picture.luma(8, height / 2));
        assert!(near(centre, CAMERA_GREY), "{centre}: full at {ms} ms");
        assert!(near(left, 16), "{left}: black beside it at {ms} ms");
    }
}

#[test]
fn moov_stands_in_front_and_sound_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for (name, camera) in [("with", Some(camera(LENGTH_MS))), ("without", None)] {
        let file = folder.path().join(name).with_extension("mp4");
        made(take(camera, laid_out()), &file);
        let bytes = std::fs::read(&file).unwrap();
        let boxes = boxes(&bytes);
        let place = |kind: &str| boxes.iter().position(|b| b == kind).unwrap();
        assert!(place("moov") < place("mdat"), "{boxes:?}");
        let expected: Vec<Vec<u8>> = film::sound_frames(LENGTH_MS);
        assert_eq!(frames(&file), expected);
    }
}

#[test]
fn where_no_face_is_ever_shown_nothing_is_encoded_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("take.mp4");
    let hidden = Layout::new([moment(0, Face::Hidden, Corner::TopLeft)]).unwrap();
    for (camera, layout) in [(None, laid_out()), (Some(camera(LENGTH_MS)), hidden)] {
        assert_eq!(made(take(camera, layout), &file), Made::Packed);
        let seen = pictures(&file);
        assert_eq!(seen.len(), 120);
        for (n, Seen { ticks, picture }) in (0_u32..).zip(&seen) {
            assert_eq!(
                (picture.counter(8, 8), *ticks),
                (Some(n), u64::from(n) * FRAME)
            );
        }
    }
}

#[test]
fn a_camera_that_begins_late_and_stops_early_shows_the_screen_and_then_its_last_picture() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("take.mp4");
    let layout = Layout::new([moment(0, Face::Corner, Corner::BottomRight)]).unwrap();
    let camera = film::camera_between(1_000, 2_000);
    made(take(Some(camera), layout.clone()), &file);
    let seen = pictures(&file);
    let (x, y, side) = square(layout.at(0));
    let middle = |ms: u64| {
        let shown = seen.iter().rfind(|s| s.ticks <= ms * 90).unwrap();
        shown.picture.luma(x + side / 2, y + side / 4)
    };
    assert!(near(middle(900), SCREEN_GREY));
    for ms in [1_500, 3_900] {
        assert!(near(middle(ms), CAMERA_GREY), "at {ms} ms");
    }
}

#[test]
fn a_file_that_is_cancelled_is_given_up_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("take.mp4");
    let mut asked = 0;
    let stopped = write(
        take(Some(camera(LENGTH_MS)), laid_out()),
        &file,
        &mut |_| {
            asked += 1;
            ControlFlow::Break(())
        },
    );
    assert!(
        matches!(stopped, Err(CompositionError::Cancelled)),
        "{stopped:?}"
    );
    assert_eq!(asked, 1);
}

#[test]
fn where_the_encoder_was_replaced_every_picture_is_in_the_file_and_stands_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    // Of the same size, and of another shape, which then has black beside it.
    for (name, size, x) in [("same", SCREEN, 8), ("other", (160, 240), 88)] {
        let file = folder.path().join(format!("{name}.mp4"));
        let replaced = Take {
            video: screen_replaced(LENGTH_MS, 2_000, size),
            ..take(None, Layout::default())
        };
        assert_eq!(made(replaced, &file), Made::Composed, "{name}");
        let seen = pictures(&file);
        let counters: Vec<u32> = seen
            .iter()
            .map(|Seen { ticks, picture }| {
                let left = if *ticks < 2_000 * 90 { 8 } else { x };
                picture.counter(left, 8).expect("a counter")
            })
            .collect();
        let expected: Vec<u32> = (0..u32::try_from(seen.len()).unwrap()).collect();
        assert_eq!(counters, expected, "{name}");
        assert_eq!(seen.len() as u64, LENGTH_MS * 90 / FRAME, "{name}");
        let places = seen.iter().zip(0..).all(|(s, n)| s.ticks == n * FRAME);
        assert!(places, "{name}");
    }
}

fn excerpt(from_ms: u64, until_ms: u64, max_width: u32) -> Excerpt {
    Excerpt {
        from_ms,
        until_ms,
        max_width,
        quality: 18,
    }
}

#[test]
fn an_excerpt_begins_with_the_picture_of_its_moment_and_holds_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    let take = take(Some(camera(LENGTH_MS)), laid_out());
    let range = excerpt(1_500, 2_500, u32::MAX);
    write_excerpt(take, range, &file, &mut |_| ControlFlow::Continue(())).unwrap();
    let seen = pictures(&file);
    let counter = |n: usize| seen[n].picture.counter(8, 8);
    assert_eq!((seen[0].ticks, counter(0)), (0, Some(1_500 * 90 / 3_000)));
    let last = seen.last().unwrap();
    assert!(last.ticks < 1_000 * 90, "{}", last.ticks);
    // From two seconds on the face is all there is.
    assert_eq!(last.picture.counter(8, 8), None);
    let bytes = std::fs::read(&file).unwrap();
    let kinds = boxes(&bytes);
    let place = |kind: &str| kinds.iter().position(|it| it == kind).unwrap();
    assert!(place("moov") < place("mdat"), "{kinds:?}");
}

#[test]
fn a_gif_shows_the_range_in_its_colours_and_is_refused_where_it_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.gif");
    let range = excerpt(1_000, 2_000, 160);
    let mut go_on = |_| ControlFlow::Continue(());
    let gif = write_gif(take(None, laid_out()), range, 1 << 20, &mut go_on).unwrap();
    std::fs::write(&file, &gif).unwrap();
    let mut input = ffmpeg_next::format::input(&file).unwrap();
    let stream = input.streams().next().unwrap();
    let context = ffmpeg_next::codec::Context::from_parameters(stream.parameters()).unwrap();
    let mut decoder = context.decoder().video().unwrap();
    assert_eq!((decoder.width(), decoder.height()), (160, 120));
    let (mut frame, mut shown) = (ffmpeg_next::frame::Video::empty(), 0);
    for (_, packet) in input.packets() {
        decoder.send_packet(&packet).unwrap();
        while decoder.receive_frame(&mut frame).is_ok() {
            shown += 1;
            assert_eq!(frame.format(), ffmpeg_next::format::Pixel::BGRA);
            // Grey in the middle, which is luma 200 in full range; the counter is above.
            let at = 100 * frame.stride(0) + 80 * 4;
            let [blue, green, red] = [0, 1, 2].map(|n| frame.data(0)[at + n]);
            let wanted = 214;
            for value in [blue, green, red] {
                assert!(value.abs_diff(wanted) <= 8, "{red} {green} {blue}");
            }
        }
    }
    assert_eq!(shown, 10, "the counter changes with every picture");
    let refused = write_gif(take(None, laid_out()), range, 500, &mut go_on);
    assert!(matches!(refused, Err(CompositionError::TooLarge)));
}
