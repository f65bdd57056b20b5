//! A camera whose format changes in the middle, through a PipeWire of its own.

#[path = "../../../../tests/support/pipewire.rs"]
mod played;

use ::pipewire::spa::param::video::VideoFormat;

use super::*;
use crate::clock::SystemClock;
use played::{Daemon, Gives, Plugged, TALL, WIDE, connect};

/// Luma of the two halves in a recording.
fn luma(gives: Gives) -> [u8; 2] {
    match gives.format {
        VideoFormat::RGB => [153, 208],
        _ => [0x30, 0x60],
    }
}

/// Looks at the camera until its picture is what this gives, all over.
fn shows(camera: &mut DesktopCamera, gives: Gives) {
    let waker = Waker::new().unwrap();
    let until = SystemClock.now() + Duration::from_secs(30);
    let mut picture = Picture::black(Size::even(320, 180));
    let mut last = None;
    while SystemClock.now() < until {
        let limit = Duration::from_secs(1);
        let Some(_) = camera.next(&waker, limit).expect("the camera goes on") else {
            continue;
        };
        camera.paint(&mut picture).expect("a frame can be painted");
        let planes = picture.planes_mut();
        let (y, stride) = (&planes[0].0, planes[0].1);
        // The edge between the halves is smoothed where the picture is scaled.
        let halves = [0, 164].map(|x| {
            let all = (0..180).flat_map(|row| &y[row * stride + x..][..156]);
            all.fold((255, 0), |(min, max), y| (*y.min(&min), *y.max(&max)))
        });
        let near = |(luma, (min, max)): (u8, (u8, u8))| min + 3 >= luma && max <= luma + 3;
        if luma(gives).into_iter().zip(halves).all(near) {
            return;
        }
        last = Some(halves);
    }
    panic!("{gives:?} is not seen, but {last:?}");
}

#[test]
fn a_camera_that_changes_size_and_pixels_in_the_middle_goes_on_in_the_new_ones() {
    let daemon = Daemon::start();
    let plugged = Plugged::into(daemon.socket(), WIDE);
    let cameras = pipewire::cameras(connect(daemon.socket())).unwrap();
    let node = cameras.into_iter().next().unwrap();
    let wish = CameraWish {
        size: Size::even(640, 360),
        fps: 30,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut camera = DesktopCamera::record(connect(daemon.socket()), node, wish, clock).unwrap();
    shows(&mut camera, WIDE);
    for next in [TALL, WIDE, TALL] {
        plugged.gives(next);
        shows(&mut camera, next);
    }
}
