use std::cell::Cell;

use super::*;
use crate::encode::probe::{Call, Fake, x264};

/// What a driver may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Every picture is this one.
    Always(u8, u8, u8),
    /// Pictures go in and none comes out.
    Stalled,
    /// Every second one is left out.
    Halved,
    /// It shows the picture before.
    Late,
    /// It makes no IDR but the first.
    NoIdr,
}

fn flat((b, g, r): (u8, u8, u8)) -> Arc<Picture> {
    let size = Size::even(CLIP.width, CLIP.height);
    let mut canvas = Canvas::new(size);
    assert!(canvas.begin(&[size.rect()]));
    let pixels = (CLIP.width * CLIP.height) as usize;
    let bytes: Vec<u8> = [b, g, r, 255].repeat(pixels);
    canvas.patch(size.rect(), &bytes, CLIP.width as usize * 4);
    canvas.finish().unwrap()
}

fn faulty(fault: Fault, format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let (mut taken, mut last) = (0_u32, None);
    Ok(Fake::boxed(x264(format)?, move |inner, call, out| {
        let Call::Picture {
            picture, pts, idr, ..
        } = call
        else {
            return call.pass(inner, out);
        };
        taken += 1;
        let before = last.replace(Arc::clone(picture));
        match fault {
            Fault::Stalled => Ok(()),
            Fault::Always(b, g, r) => inner.encode(&flat((b, g, r)), pts, idr, out),
            Fault::Halved if taken.is_multiple_of(2) => Ok(()),
            Fault::Late => inner.encode(before.as_ref().unwrap_or(picture), pts, idr, out),
            Fault::NoIdr => inner.encode(picture, pts, idr && pts == 0, out),
            Fault::Halved => inner.encode(picture, pts, idr, out),
        }
    }))
}

macro_rules! candidate {
    ($fault:expr) => {
        Candidate {
            name: "faulty",
            open: |format| faulty($fault, format),
        }
    };
}

/// Of this long, the clip takes nothing.
fn no_time() -> Duration {
    Duration::ZERO
}

#[test]
fn what_shows_its_pictures_passes_and_what_shows_others_does_not() {
    let x264 = Candidate {
        name: "libx264",
        open: x264,
    };
    assert_eq!(test(&x264, &no_time), Ok(Duration::ZERO));
    let grey = candidate!(Fault::Always(128, 128, 128));
    assert!(matches!(
        test(&grey, &no_time),
        Err(TestError::Different { .. })
    ));
    let green = candidate!(Fault::Always(0, 135, 0));
    assert!(matches!(
        test(&green, &no_time),
        Err(TestError::Different { .. })
    ));
    let late = candidate!(Fault::Late);
    let second = TestError::Different {
        picture: 1,
        plane: "brightness",
    };
    assert_eq!(test(&late, &no_time), Err(second));
}

#[test]
fn what_gives_no_pictures_back_or_begins_no_segment_is_out() {
    let stalled = candidate!(Fault::Stalled);
    assert_eq!(test(&stalled, &no_time), Err(TestError::Missing(0)));
    let halved = candidate!(Fault::Halved);
    assert_eq!(test(&halved, &no_time), Err(TestError::Missing(4)));
    let no_idr = candidate!(Fault::NoIdr);
    assert_eq!(test(&no_idr, &no_time), Err(TestError::Structure));
    let absent = Candidate {
        name: "absent",
        open: |_| Err(EncodeError::Open("no card".to_owned())),
    };
    let error = EncodeError::Open("no card".to_owned());
    assert_eq!(test(&absent, &no_time), Err(TestError::Encoder(error)));
}

#[test]
fn what_takes_longer_than_its_pictures_can_wait_is_out() {
    let x264 = Candidate {
        name: "libx264",
        open: x264,
    };
    // The clock is looked at before and after the clip.
    let within = |millis: u64| {
        let looked = Cell::new(0);
        let clock = move || Duration::from_millis(looked.replace(millis));
        test(&x264, &clock)
    };
    assert_eq!(within(150), Ok(Duration::from_millis(150)));
    let took = Duration::from_millis(151);
    assert_eq!(within(151), Err(TestError::Slow(took)));
}
