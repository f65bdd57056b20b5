//! The synthetic screen.

use std::sync::Arc;
use std::time::Duration;

use super::{BLOCK, FLASH_EVERY, FLASH_FOR, FLASH_SIDE, counter};
use crate::clock::{Clock, Mono};
use crate::source::{
    Paint, Painted, Rect, Screen, ScreenEvent, ScreenLost, Size, TileSet, Wake, Waker,
};

const SIZE: Size = Size {
    width: 1280,
    height: 720,
};
const PIXEL: usize = 4;
/// Side of the moving block, and the height at which it moves.
const MOVER: u32 = 80;
const MOVER_Y: u32 = 320;
/// Pixels a second.
const SPEED: u64 = 240;

/// What is on the screen: a pure function of the frame number.
pub struct Scene {
    fps: u32,
    /// Blue, green, red, unused; one row more than is seen, since rows are handed out whole.
    pixels: Vec<u8>,
    shown: Option<u64>,
    changed: TileSet,
}

impl Scene {
    pub fn new(fps: u32) -> Self {
        let mut scene = Self {
            fps: fps.max(1),
            pixels: Vec::new(),
            shown: None,
            changed: TileSet::none(SIZE),
        };
        scene.pixels = background();
        scene
    }

    pub fn size(&self) -> Size {
        SIZE
    }

    /// Time from the beginning to the frame `count`.
    pub fn at(&self, count: u64) -> Duration {
        Duration::from_nanos(count * 1_000_000_000 / u64::from(self.fps))
    }

    /// Frame that is seen after `elapsed`.
    pub fn count(&self, elapsed: Duration) -> u64 {
        let count = elapsed.as_nanos() * u128::from(self.fps) / 1_000_000_000;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        // A frame's beginning is rounded down to whole nanoseconds.
        if self.at(count + 1) <= elapsed {
            count + 1
        } else {
            count
        }
    }

    /// Whether the flash is on in frame `count`. The first flash is in frame 0.
    pub fn flashes(&self, count: u64) -> bool {
        self.at(count).as_nanos() % FLASH_EVERY.as_nanos() < FLASH_FOR.as_nanos()
    }

    /// Draws frame `count` and gives what changed since the last one that was painted.
    pub fn paint(&mut self, count: u64, canvas: &mut dyn Paint, whole: bool) -> bool {
        self.draw(count);
        if whole {
            self.changed.add(SIZE.rect());
        }
        let areas = self.changed.rects();
        if !canvas.begin(&areas) {
            return false;
        }
        let stride = SIZE.width as usize * PIXEL;
        for area in areas {
            let begin = area.y as usize * stride + area.x as usize * PIXEL;
            canvas.patch(
                area,
                &self.pixels[begin..begin + area.height as usize * stride],
                stride,
            );
        }
        self.changed.clear();
        true
    }

    fn draw(&mut self, count: u64) {
        if self.shown == Some(count) {
            return;
        }
        if let Some(before) = self.shown {
            let old = self.mover(before);
            self.restore(old);
        } else {
            self.changed.add(SIZE.rect());
        }
        let new = self.mover(count);
        self.fill(new, [40, 120, 240, 0]);
        for (n, white) in (0..).zip(counter::blocks(count)) {
            self.fill(
                Rect {
                    x: n * BLOCK,
                    y: 0,
                    width: BLOCK,
                    height: BLOCK,
                },
                [if white { 255 } else { 0 }; PIXEL],
            );
        }
        let flash = Rect {
            x: SIZE.width - FLASH_SIDE,
            y: 0,
            width: FLASH_SIDE,
            height: FLASH_SIDE,
        };
        let level = if self.flashes(count) { 255 } else { 0 };
        if self
            .shown
            .is_none_or(|before| self.flashes(before) != self.flashes(count))
        {
            self.fill(flash, [level; PIXEL]);
        }
        self.shown = Some(count);
    }

    fn mover(&self, count: u64) -> Rect {
        let way = u64::from(SIZE.width - MOVER);
        let moved = u64::try_from(self.at(count).as_nanos() * u128::from(SPEED) / 1_000_000_000)
            .unwrap_or(0)
            % (2 * way);
        let x = if moved < way { moved } else { 2 * way - moved };
        Rect {
            x: u32::try_from(x).unwrap_or(0),
            y: MOVER_Y,
            width: MOVER,
            height: MOVER,
        }
    }

    fn fill(&mut self, area: Rect, colour: [u8; PIXEL]) {
        let stride = SIZE.width as usize * PIXEL;
        for y in area.y as usize..area.bottom() as usize {
            let row = &mut self.pixels[y * stride + area.x as usize * PIXEL..]
                [..area.width as usize * PIXEL];
            row.chunks_exact_mut(PIXEL)
                .for_each(|p| p.copy_from_slice(&colour));
        }
        self.changed.add(area);
    }

    fn restore(&mut self, area: Rect) {
        let stride = SIZE.width as usize * PIXEL;
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                let at = y as usize * stride + x as usize * PIXEL;
                self.pixels[at..at + PIXEL].copy_from_slice(&ground(x, y));
            }
        }
        self.changed.add(area);
    }
}

/// A soft gradient with a grid, so that an encoder has something to keep.
fn ground(x: u32, y: u32) -> [u8; PIXEL] {
    if x.is_multiple_of(80) || y.is_multiple_of(80) {
        return [90, 90, 90, 0];
    }
    let shade = |v: u32, of: u32| u8::try_from(40 + v * 60 / of).unwrap_or(u8::MAX);
    [shade(x, SIZE.width), shade(y, SIZE.height), 50, 0]
}

fn background() -> Vec<u8> {
    let rows = (0..=SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y)));
    rows.flat_map(|(x, y)| ground(x, y)).collect()
}

/// The scene on a clock.
pub struct SyntheticScreen {
    scene: Scene,
    clock: Arc<dyn Clock>,
    begin: Mono,
}

impl SyntheticScreen {
    /// `begin`: when frame 0 was on the screen; share it with the microphone.
    pub fn new(fps: u32, clock: Arc<dyn Clock>, begin: Mono) -> Self {
        Self {
            scene: Scene::new(fps),
            clock,
            begin,
        }
    }
}

impl Screen for SyntheticScreen {
    fn size(&self) -> Size {
        SIZE
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        None
    }

    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        let now = self.clock.now();
        let next = match self.scene.shown {
            Some(count) => self.begin + self.scene.at(count + 1),
            None => now,
        };
        if next <= now {
            return Ok(Wake::Changed);
        }
        let until = until.map_or(next, |u| u.min(next));
        waker.wait(None, Some(until - now));
        Ok(if self.clock.now() >= next {
            Wake::Changed
        } else {
            Wake::Called
        })
    }

    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost> {
        let now = self.clock.now();
        let count = self.scene.count(now - self.begin);
        // Stamped with the instant at which the frame came onto the screen; a repaint of the same one with now.
        let at = if self.scene.shown == Some(count) {
            now
        } else {
            self.begin + self.scene.at(count)
        };
        Ok(if self.scene.paint(count, canvas, whole) {
            Painted::At(at)
        } else {
            Painted::NoRoom
        })
    }
}
