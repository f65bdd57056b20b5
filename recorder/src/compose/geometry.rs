//! Sizes and places on a screen, and the tiles in which change is counted. Pure.

use std::fmt;

use aside_protocol::limits::{MAX_SIDE, MIN_SIDE};

/// Change is counted, fetched and converted in tiles of this many pixels a side: even, so that 4:2:0 chroma never
/// straddles two of them, and small enough that a blinking caret costs next to nothing.
pub const TILE: u32 = 64;

/// Width and height in pixels, both even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

impl Size {
    /// H.264 in 4:2:0 needs even sides: an odd last column or row is cut off.
    pub fn even(width: u32, height: u32) -> Self {
        Self {
            width: width & !1,
            height: height & !1,
        }
    }

    /// The largest size with these proportions that a server takes; this one, where it does.
    pub fn recordable(self) -> Self {
        let longest = self.width.max(self.height);
        if longest <= MAX_SIDE {
            return self;
        }
        let side = |n: u32| {
            let scaled = u64::from(n) * u64::from(MAX_SIDE) / u64::from(longest);
            u32::try_from(scaled).unwrap_or(MAX_SIDE).max(MIN_SIDE)
        };
        Self::even(side(self.width), side(self.height))
    }

    pub fn rect(self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// Tiles a row and rows of tiles.
    pub fn tiles(self) -> (u32, u32) {
        (self.width.div_ceil(TILE), self.height.div_ceil(TILE))
    }
}

/// An area inside a screen, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    pub fn right(self) -> u32 {
        self.x + self.width
    }
    pub fn bottom(self) -> u32 {
        self.y + self.height
    }
    pub fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The part of an area in signed coordinates (a window may hang over the edge) that lies inside `size`.
    pub fn clipped(x: i32, y: i32, width: u32, height: u32, size: Size) -> Option<Self> {
        let side = |at: i32, length: u32, limit: u32| {
            let begin = i64::from(at).clamp(0, i64::from(limit));
            let end = (i64::from(at) + i64::from(length)).clamp(begin, i64::from(limit));
            (
                u32::try_from(begin).unwrap_or(0),
                u32::try_from(end - begin).unwrap_or(0),
            )
        };
        let ((x, width), (y, height)) = (side(x, width, size.width), side(y, height, size.height));
        let rect = Self {
            x,
            y,
            width,
            height,
        };
        (!rect.is_empty()).then_some(rect)
    }

    pub fn intersection(self, other: Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (
            self.right().min(other.right()),
            self.bottom().min(other.bottom()),
        );
        (right > x && bottom > y).then(|| Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }
}

/// The tiles of a screen that have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileSet {
    size: Size,
    columns: usize,
    set: Vec<bool>,
    any: bool,
}

impl TileSet {
    pub fn none(size: Size) -> Self {
        let (columns, rows) = size.tiles();
        let (columns, rows) = (columns as usize, rows as usize);
        Self {
            size,
            columns,
            set: vec![false; columns * rows],
            any: false,
        }
    }

    pub fn is_empty(&self) -> bool {
        !self.any
    }

    pub fn clear(&mut self) {
        self.set.fill(false);
        self.any = false;
    }

    /// Every tile that `rect` touches.
    pub fn add(&mut self, rect: Rect) {
        if rect.is_empty() || rect.x >= self.size.width || rect.y >= self.size.height {
            return;
        }
        let last = |edge: u32, limit: u32| ((edge.min(limit) - 1) / TILE) as usize;
        let (left, right) = (
            (rect.x / TILE) as usize,
            last(rect.right(), self.size.width),
        );
        for row in (rect.y / TILE) as usize..=last(rect.bottom(), self.size.height) {
            self.set[row * self.columns + left..=row * self.columns + right].fill(true);
        }
        self.any = true;
    }

    /// Whether `rect` touches a tile of the set.
    pub fn touches(&self, rect: Rect) -> bool {
        self.any
            && self
                .rects()
                .into_iter()
                .any(|r| r.intersection(rect).is_some())
    }

    /// The set as few rectangles that do not overlap: runs of a row, joined downwards where they are equal.
    pub fn rects(&self) -> Vec<Rect> {
        let mut done: Vec<Rect> = Vec::new();
        let mut open: Vec<Rect> = Vec::new();
        for (row, tiles) in self.set.chunks(self.columns.max(1)).enumerate() {
            let runs = self.runs(row, tiles);
            let (joined, ended): (Vec<Rect>, Vec<Rect>) = open
                .into_iter()
                .partition(|r| runs.iter().any(|run| (run.x, run.width) == (r.x, r.width)));
            done.extend(ended);
            open = runs
                .into_iter()
                .map(
                    |run| match joined.iter().find(|r| (r.x, r.width) == (run.x, run.width)) {
                        Some(above) => Rect {
                            height: run.bottom() - above.y,
                            ..*above
                        },
                        None => run,
                    },
                )
                .collect();
        }
        done.extend(open);
        done
    }

    fn runs(&self, row: usize, tiles: &[bool]) -> Vec<Rect> {
        let y = u32::try_from(row).unwrap_or(0) * TILE;
        let height = TILE.min(self.size.height - y);
        let mut runs = Vec::new();
        let mut begin = None;
        for (column, set) in tiles.iter().copied().chain([false]).enumerate() {
            let x = (u32::try_from(column).unwrap_or(0) * TILE).min(self.size.width);
            match (set, begin) {
                (true, None) => begin = Some(x),
                (false, Some(left)) => {
                    runs.push(Rect {
                        x: left,
                        y,
                        width: x - left,
                        height,
                    });
                    begin = None;
                }
                _ => {}
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_desktop_of_three_large_screens_is_recorded_smaller_and_no_other() {
        assert_eq!(
            Size::even(11_520, 2160).recordable(),
            Size::even(8192, 1536)
        );
        assert_eq!(Size::even(16_384, 24).recordable(), Size::even(8192, 16));
        assert_eq!(Size::even(8192, 8192).recordable(), Size::even(8192, 8192));
    }

    #[test]
    fn a_caret_costs_one_tile() {
        let mut tiles = TileSet::none(Size::even(1920, 1080));
        tiles.add(Rect {
            x: 130,
            y: 70,
            width: 2,
            height: 20,
        });
        assert_eq!(
            tiles.rects(),
            [Rect {
                x: 128,
                y: 64,
                width: 64,
                height: 64
            }]
        );
    }

    #[test]
    fn the_whole_screen_is_one_rectangle() {
        let size = Size::even(1367, 769);
        let mut tiles = TileSet::none(size);
        tiles.add(size.rect());
        assert_eq!(
            tiles.rects(),
            [Rect {
                x: 0,
                y: 0,
                width: 1366,
                height: 768
            }]
        );
    }

    #[test]
    fn a_window_that_hangs_over_the_edge_is_clipped() {
        let size = Size::even(100, 80);
        assert_eq!(
            Rect::clipped(-10, 70, 30, 30, size),
            Some(Rect {
                x: 0,
                y: 70,
                width: 20,
                height: 10
            })
        );
        assert_eq!(Rect::clipped(100, 0, 5, 5, size), None);
    }

    proptest! {
        #[test]
        fn rectangles_cover_what_was_added_and_never_overlap(
            added in prop::collection::vec((0_u32..700, 0_u32..500, 1_u32..300, 1_u32..300), 1..12)
        ) {
            let size = Size::even(640, 470);
            let mut tiles = TileSet::none(size);
            let added: Vec<Rect> = added.into_iter().map(|(x, y, width, height)| Rect { x, y, width, height }).collect();
            added.iter().for_each(|r| tiles.add(*r));
            let rects = tiles.rects();
            for (n, a) in rects.iter().enumerate() {
                prop_assert!(a.right() <= size.width && a.bottom() <= size.height && a.x % TILE == 0 && a.y % TILE == 0);
                prop_assert!(rects[n + 1..].iter().all(|b| a.intersection(*b).is_none()));
            }
            let area = |r: Rect| u64::from(r.width) * u64::from(r.height);
            for r in added.iter().filter_map(|r| r.intersection(size.rect())) {
                let covered: u64 = rects.iter().filter_map(|t| t.intersection(r)).map(area).sum();
                prop_assert_eq!(covered, area(r));
            }
        }
    }
}
