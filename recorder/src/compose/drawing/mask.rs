//! How much of each pixel a stroke covers, in small tiles: a long thin stroke has few.

use std::collections::BTreeMap;

use crate::compose::{Rect, Size};

/// Side of a tile.
const SIDE: u32 = 32;
const PIXELS: usize = (SIDE * SIDE) as usize;

type Point = (f32, f32);

#[derive(Debug, Default)]
pub(super) struct Mask {
    /// By column and row.
    tiles: BTreeMap<(u32, u32), Box<[u8; PIXELS]>>,
}

impl Mask {
    /// Covers what is nearer than `reach` to the line between two points; adds the tiles that change to `changed`.
    pub(super) fn line(
        &mut self,
        from: Point,
        to: Point,
        reach: f32,
        size: Size,
        changed: &mut Vec<Rect>,
    ) {
        let columns = tiles_of(
            from.0.min(to.0) - reach,
            from.0.max(to.0) + reach,
            size.width,
        );
        let rows = tiles_of(
            from.1.min(to.1) - reach,
            from.1.max(to.1) + reach,
            size.height,
        );
        // From the middle of a tile to its corner, and half a pixel of a soft edge.
        let near = reach + SIDE as f32 * 0.75 + 1.0;
        for row in rows {
            for column in columns.clone() {
                let middle = |n: u32| (n * SIDE + SIDE / 2) as f32;
                if distance((middle(column), middle(row)), from, to) > near {
                    continue;
                }
                let tile = self.tiles.entry((column, row));
                let tile = tile.or_insert_with(|| Box::new([0; PIXELS]));
                cover(tile, (column * SIDE, row * SIDE), from, to, reach);
                changed.push(rect(column, row));
            }
        }
    }

    /// Where it covers anything.
    pub(super) fn rects(&self) -> impl Iterator<Item = Rect> {
        self.tiles.keys().map(|(column, row)| rect(*column, *row))
    }

    /// Of 255; a pixel of the picture.
    pub(super) fn at(&self, x: u32, y: u32) -> u8 {
        let tile = self.tiles.get(&(x / SIDE, y / SIDE));
        let at = (y % SIDE * SIDE + x % SIDE) as usize;
        tile.and_then(|tile| tile.get(at)).copied().unwrap_or(0)
    }

    /// The parts of `area` in which it covers anything.
    pub(super) fn within(&self, area: Rect) -> impl Iterator<Item = Rect> {
        self.rects().filter_map(move |rect| rect.intersection(area))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the picture"
)]
fn tiles_of(from: f32, to: f32, side: u32) -> std::ops::Range<u32> {
    let clamped = |at: f32| at.clamp(0.0, side as f32) as u32;
    let end = (clamped(to.ceil() + 1.0)).min(side).div_ceil(SIDE);
    (clamped(from.floor() - 1.0) / SIDE).min(end)..end
}

const fn rect(column: u32, row: u32) -> Rect {
    Rect {
        x: column * SIDE,
        y: row * SIDE,
        width: SIDE,
        height: SIDE,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte"
)]
fn cover(tile: &mut [u8; PIXELS], corner: (u32, u32), from: Point, to: Point, reach: f32) {
    for (pixel, n) in tile.iter_mut().zip(0_u32..) {
        let x = (corner.0 + n % SIDE) as f32 + 0.5;
        let y = (corner.1 + n / SIDE) as f32 + 0.5;
        let covered = (reach - distance((x, y), from, to) + 0.5).clamp(0.0, 1.0);
        *pixel = (*pixel).max((covered * 255.0).round() as u8);
    }
}

/// Of a point from the line between two others.
fn distance(point: Point, from: Point, to: Point) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    let length = dx * dx + dy * dy;
    let along = match length > 0.0 {
        true => ((px * dx + py * dy) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    (px - along * dx).hypot(py - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 640,
        height: 480,
    };

    #[test]
    fn a_line_covers_what_is_near_it_and_no_tile_that_is_far() {
        let mut mask = Mask::default();
        let mut changed = Vec::new();
        mask.line((100.0, 100.0), (300.0, 200.0), 4.0, SIZE, &mut changed);
        assert_eq!(mask.at(200, 150), 255);
        assert_eq!((mask.at(200, 140), mask.at(90, 100)), (0, 0));
        assert_eq!(mask.at(97, 99), 255, "its ends are round");
        assert!(changed.len() < 30, "{} tiles", changed.len());
        let announced = |x, y| {
            changed
                .iter()
                .any(|r| (r.x..r.right()).contains(&x) && (r.y..r.bottom()).contains(&y))
        };
        for (x, y) in (0..640).flat_map(|x| (0..480).map(move |y| (x, y))) {
            assert!(mask.at(x, y) == 0 || announced(x, y), "{x},{y}");
        }
    }

    #[test]
    fn what_lies_at_or_over_the_edge_is_drawn_as_far_as_there_is_a_picture() {
        let mut mask = Mask::default();
        let mut changed = Vec::new();
        mask.line((-50.0, -50.0), (700.0, 600.0), 3.0, SIZE, &mut changed);
        mask.line((640.0, 480.0), (640.0, 480.0), 3.0, SIZE, &mut changed);
        assert_eq!(mask.at(639, 479), 255);
        assert!(mask.rects().all(|r| r.x < 640 && r.y < 480));
        mask.line((900.0, 900.0), (950.0, 900.0), 3.0, SIZE, &mut changed);
        assert!(mask.rects().all(|r| r.x < 640 && r.y < 480));
    }
}
