//! The newest picture of a screen, and which tiles of it have changed since it was last painted. Pure.
//!
//! Frames come whole. What a producer says of change is where to look, not what to believe: only tiles with other pixels are
//! copied and told, so that a screen that stands still costs a comparison at most.

use crate::compose::{Rect, Size, TILE, TileSet};

/// Bytes a pixel.
const PIXEL: usize = 4;

/// How a frame's pixels lie, first byte first; the fourth means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Bgrx,
    Rgbx,
}

/// A frame as it came.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub(super) stride: usize,
    /// The part of the frame that is meant, in pixels.
    pub(super) seen: Rect,
    pub(super) order: Order,
    /// Where it may have changed, in pixels of the frame; `None`: anywhere.
    pub(super) damage: Option<&'a [Rect]>,
}

impl Incoming<'_> {
    fn is_whole(&self) -> bool {
        let row = self.seen.right() as usize * PIXEL;
        let rows = self.seen.bottom() as usize;
        row > 0
            && rows > 0
            && self.stride >= row
            && self.bytes.len() >= (rows - 1) * self.stride + row
    }

    fn row(&self, tile: Rect, y: u32) -> &[u8] {
        let at = (self.seen.y + tile.y + y) as usize * self.stride
            + (self.seen.x + tile.x) as usize * PIXEL;
        &self.bytes[at..at + tile.width as usize * PIXEL]
    }
}

/// The picture.
pub(super) struct Front {
    /// An odd last column or row is left out.
    size: Size,
    pixels: Vec<u8>,
    changed: TileSet,
}

impl Default for Front {
    fn default() -> Self {
        let size = Size::even(0, 0);
        Self {
            size,
            pixels: Vec::new(),
            changed: TileSet::none(size),
        }
    }
}

impl Front {
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Whole rows of blue, green, red, unused.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// What changed since [`Self::painted`].
    pub(super) fn changed(&self) -> Vec<Rect> {
        self.changed.rects()
    }

    pub(super) fn painted(&mut self) {
        self.changed.clear();
    }

    /// Takes what is new in a frame: whether anything is. `None`: bytes are missing.
    pub(super) fn take(&mut self, frame: &Incoming<'_>) -> Option<bool> {
        if !frame.is_whole() {
            return None;
        }
        let size = Size::even(frame.seen.width, frame.seen.height);
        let fresh = size != self.size;
        if fresh {
            self.size = size;
            self.pixels = vec![0; size.width as usize * size.height as usize * PIXEL];
            self.changed = TileSet::none(size);
        }
        let mut looked = TileSet::none(size);
        match frame.damage {
            Some(areas) if !fresh && !areas.is_empty() => {
                for area in areas.iter().filter_map(|a| a.intersection(frame.seen)) {
                    looked.add(Rect {
                        x: area.x - frame.seen.x,
                        y: area.y - frame.seen.y,
                        ..area
                    });
                }
            }
            _ => looked.add(size.rect()),
        }
        let mut any = false;
        for area in looked.rects() {
            for tile in tiles(area) {
                if self.take_tile(frame, tile) || fresh {
                    self.changed.add(tile);
                    any = true;
                }
            }
        }
        Some(any)
    }

    /// Whether the tile had other pixels.
    fn take_tile(&mut self, frame: &Incoming<'_>, tile: Rect) -> bool {
        let mut differs = false;
        for y in 0..tile.height {
            let from = frame.row(tile, y);
            let at = ((tile.y + y) * self.size.width + tile.x) as usize * PIXEL;
            let to = &mut self.pixels[at..at + from.len()];
            match frame.order {
                Order::Bgrx if to != from => {
                    to.copy_from_slice(from);
                    differs = true;
                }
                Order::Bgrx => {}
                Order::Rgbx => {
                    for (to, from) in to.chunks_exact_mut(PIXEL).zip(from.chunks_exact(PIXEL)) {
                        let pixel = [from[2], from[1], from[0], 0];
                        differs |= to != pixel;
                        to.copy_from_slice(&pixel);
                    }
                }
            }
        }
        differs
    }
}

/// The tiles of an area that begins at one.
fn tiles(area: Rect) -> impl Iterator<Item = Rect> {
    let steps = |begin: u32, end: u32| (begin..end).step_by(TILE as usize);
    steps(area.y, area.bottom()).flat_map(move |y| {
        steps(area.x, area.right()).map(move |x| Rect {
            x,
            y,
            width: TILE.min(area.right() - x),
            height: TILE.min(area.bottom() - y),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: u32 = 200;
    const HEIGHT: u32 = 130;
    const STRIDE: usize = 212 * PIXEL;

    fn bytes(grey: u8) -> Vec<u8> {
        vec![grey; STRIDE * HEIGHT as usize]
    }

    fn dot(bytes: &mut [u8], x: u32, y: u32) {
        bytes[y as usize * STRIDE + x as usize * PIXEL] = 250;
    }

    fn incoming<'a>(bytes: &'a [u8], damage: Option<&'a [Rect]>) -> Incoming<'a> {
        Incoming {
            bytes,
            stride: STRIDE,
            seen: Size::even(WIDTH, HEIGHT).rect(),
            order: Order::Bgrx,
            damage,
        }
    }

    #[test]
    fn a_frame_without_a_change_is_none_and_one_dot_is_one_tile() {
        let mut front = Front::default();
        let mut screen = bytes(7);
        assert_eq!(front.take(&incoming(&screen, None)), Some(true));
        assert_eq!(front.changed(), [front.size().rect()]);
        front.painted();
        assert_eq!(front.take(&incoming(&screen, None)), Some(false));
        assert!(front.changed().is_empty());
        dot(&mut screen, 199, 129);
        assert_eq!(front.take(&incoming(&screen, None)), Some(true));
        let corner = Rect {
            x: 192,
            y: 128,
            width: 8,
            height: 2,
        };
        assert_eq!(front.changed(), [corner]);
        let last = front.pixels().len() - PIXEL;
        assert_eq!(front.pixels()[last], 250);
    }

    #[test]
    fn where_a_producer_says_that_something_changed_is_looked_and_nowhere_else() {
        let mut front = Front::default();
        let mut screen = bytes(7);
        front.take(&incoming(&screen, None));
        front.painted();
        dot(&mut screen, 10, 10);
        dot(&mut screen, 150, 100);
        let damage = [Rect {
            x: 8,
            y: 8,
            width: 9,
            height: 9,
        }];
        assert_eq!(front.take(&incoming(&screen, Some(&damage))), Some(true));
        let first = Rect {
            x: 0,
            y: 0,
            width: TILE,
            height: TILE,
        };
        assert_eq!(front.changed(), [first]);
        front.painted();
        // One that names no area says nothing.
        assert_eq!(front.take(&incoming(&screen, Some(&[]))), Some(true));
        let other = Rect {
            x: 128,
            y: 64,
            width: TILE,
            height: TILE,
        };
        assert_eq!(front.changed(), [other]);
        assert_eq!(front.take(&incoming(&screen, Some(&damage))), Some(false));
    }

    #[test]
    fn what_is_not_painted_yet_stays_due() {
        let mut front = Front::default();
        let mut screen = bytes(7);
        front.take(&incoming(&screen, None));
        front.painted();
        dot(&mut screen, 10, 10);
        front.take(&incoming(&screen, None));
        dot(&mut screen, 70, 10);
        front.take(&incoming(&screen, None));
        let both = Rect {
            x: 0,
            y: 0,
            width: 2 * TILE,
            height: TILE,
        };
        assert_eq!(front.changed(), [both]);
    }

    #[test]
    fn red_comes_out_red_and_a_crop_is_followed_by_a_new_size() {
        let mut front = Front::default();
        let red: Vec<u8> = [200, 10, 20, 255].repeat(100 * 80);
        let mut frame = Incoming {
            bytes: &red,
            stride: 100 * PIXEL,
            seen: Rect {
                x: 10,
                y: 20,
                width: 65,
                height: 41,
            },
            order: Order::Rgbx,
            damage: Some(&[Rect {
                x: 0,
                y: 0,
                width: 1,
                height: 1,
            }]),
        };
        assert_eq!(front.take(&frame), Some(true));
        assert_eq!(front.size(), Size::even(64, 40));
        assert_eq!(front.changed(), [front.size().rect()], "all of it is new");
        assert_eq!(&front.pixels()[..4], [20, 10, 200, 0]);
        frame.seen = Rect {
            x: 0,
            y: 0,
            width: 100,
            height: 80,
        };
        front.painted();
        assert_eq!(front.take(&frame), Some(true));
        assert_eq!(front.changed(), [Size::even(100, 80).rect()]);
    }

    #[test]
    fn a_frame_with_too_few_bytes_is_refused() {
        let mut front = Front::default();
        let screen = bytes(7);
        let short = &screen[..screen.len() - STRIDE];
        assert_eq!(front.take(&incoming(short, None)), None);
        let mut narrow = incoming(&screen, None);
        narrow.stride = (WIDTH as usize - 1) * PIXEL;
        assert_eq!(front.take(&narrow), None);
    }
}
