//! The synthetic camera: a frame counter in the middle, inside of any round mask, and a block that moves.

use std::sync::Arc;
use std::time::Duration;

use super::counter;
use crate::clock::{Clock, Mono};
use crate::compose::{Picture, Rect, Size};
use crate::source::{Camera, CameraLost, Waker};

/// The square in the middle is so many blocks of the counter wide: a half on each side is left.
const BLOCKS_ACROSS: u32 = counter::BLOCKS + 1;
const WHITE: [u8; 3] = [235, 128, 128];
const BLACK: [u8; 3] = [16, 128, 128];
/// A tone of skin, on blue-green.
const MOVER: [u8; 3] = [150, 110, 152];
/// Pixels a second.
const SPEED: u128 = 240;

/// Where the counter lies in a picture: upper left corner and side of a block.
fn place(size: Size) -> ((u32, u32), u32) {
    let square = size.width.min(size.height);
    // Even, so that chroma does not straddle blocks.
    let side = (square / BLOCKS_ACROSS) & !1;
    let left = (size.width - side * counter::BLOCKS) / 2;
    let top = (size.height - side) / 2;
    ((left & !1, top & !1), side)
}

/// Reads the counter off the luma plane of a picture of the synthetic camera, of `width` × `height` pixels: as it was recorded
/// or scaled, but not cropped. `None` if a block is unclear or the parity is wrong.
pub fn read(luma: &[u8], stride: usize, width: u32, height: u32) -> Option<u32> {
    let square = f64::from(width.min(height));
    let side = square / f64::from(BLOCKS_ACROSS);
    let left = (f64::from(width) - side * f64::from(counter::BLOCKS)) / 2.0;
    let top = (f64::from(height) - side) / 2.0;
    counter::read_at(luma, stride, (left, top), side)
}

/// The camera on a clock: frame `n` is seen from `begin + n / fps` on.
pub struct SyntheticCamera {
    size: Size,
    fps: u32,
    clock: Arc<dyn Clock>,
    begin: Mono,
    /// Frame that `next` announced last.
    announced: Option<u64>,
    background: Picture,
}

impl SyntheticCamera {
    /// `begin`: when frame 0 was seen; share it with the screen.
    pub fn new(size: Size, fps: u32, clock: Arc<dyn Clock>, begin: Mono) -> Self {
        Self {
            size,
            fps: fps.max(1),
            clock,
            begin,
            announced: None,
            background: background(size),
        }
    }

    fn at(&self, count: u64) -> Mono {
        self.begin + Duration::from_nanos(count * 1_000_000_000 / u64::from(self.fps))
    }

    fn count(&self, now: Mono) -> u64 {
        let elapsed = (now - self.begin).as_nanos();
        let count = u64::try_from(elapsed * u128::from(self.fps) / 1_000_000_000);
        let count = count.unwrap_or(u64::MAX);
        // A frame's beginning is rounded down to whole nanoseconds.
        if self.at(count + 1) <= now {
            count + 1
        } else {
            count
        }
    }

    fn mover(&self, count: u64) -> Rect {
        let side = (self.size.height / 6) & !1;
        let way = u128::from(self.size.width - side).max(1);
        let elapsed = (self.at(count) - self.begin).as_nanos();
        let moved = elapsed * SPEED / 1_000_000_000 % (2 * way);
        let x = if moved < way { moved } else { 2 * way - moved };
        Rect {
            x: u32::try_from(x).unwrap_or(0) & !1,
            y: (self.size.height / 5) & !1,
            width: side,
            height: side,
        }
    }
}

impl Camera for SyntheticCamera {
    fn name(&self) -> &str {
        "synthetic"
    }

    fn size(&self) -> Size {
        self.size
    }

    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost> {
        let mut now = self.clock.now();
        if let Some(announced) = self.announced {
            let due = self.at(announced + 1);
            if due > now {
                waker.wait(None, Some((due - now).min(limit)));
                now = self.clock.now();
                if due > now {
                    return Ok(None);
                }
            }
        }
        let count = self.count(now);
        self.announced = Some(count);
        Ok(Some(self.at(count)))
    }

    fn paint(&mut self, picture: &mut Picture) -> Result<bool, CameraLost> {
        let count = self.announced.unwrap_or(0);
        picture.copy(&self.background, self.size.rect());
        picture.fill(self.mover(count), MOVER);
        let ((left, top), side) = place(self.size);
        for (n, white) in (0..).zip(counter::blocks(count)) {
            let block = Rect {
                x: left + n * side,
                y: top,
                width: side,
                height: side,
            };
            picture.fill(block, if white { WHITE } else { BLACK });
        }
        Ok(true)
    }
}

/// A gradient with a grid, so that an encoder has something to keep.
fn background(size: Size) -> Picture {
    let mut picture = Picture::black(size);
    const STEP: u32 = 16;
    for y in (0..size.height).step_by(STEP as usize) {
        for x in (0..size.width).step_by(STEP as usize) {
            let shade = 50 + x * 60 / size.width.max(1) + y * 40 / size.height.max(1);
            let square = Rect {
                x,
                y,
                width: STEP - 2,
                height: STEP - 2,
            };
            let luma = u8::try_from(shade).unwrap_or(u8::MAX);
            picture.fill(square, [luma, 140, 112]);
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn the_counter_is_read_from_a_square_and_a_wide_picture_and_agrees_with_the_clock() {
        for size in [
            Size::even(720, 720),
            Size::even(480, 480),
            Size::even(1280, 720),
        ] {
            let begin = Mono::from_nanos(5_000_000_000);
            let clock = Arc::new(ManualClock::at(begin));
            let mut camera = SyntheticCamera::new(size, 30, clock.clone(), begin);
            let waker = Waker::new().unwrap();
            let mut picture = Picture::black(size);
            for (after, wanted) in [(0, 0), (34, 1), (1000, 30), (60_000, 1800)] {
                let now = begin + Duration::from_millis(after);
                clock.advance(now - clock.now());
                let at = camera.next(&waker, Duration::ZERO).unwrap().unwrap();
                assert!(now - at < Duration::from_millis(34) && at <= now);
                assert!(camera.paint(&mut picture).unwrap());
                let (luma, stride) = (picture.y(), picture.y_stride());
                assert_eq!(read(luma, stride, size.width, size.height), Some(wanted));
            }
            assert_eq!(
                camera.next(&waker, Duration::ZERO),
                Ok(None),
                "no frame comes twice"
            );
        }
    }
}
