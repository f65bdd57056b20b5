//! A set of pixels as rectangles that do not overlap. Pure.

use crate::source::{Rect, Size};

const PIXEL: usize = 4;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Region(Vec<Rect>);

/// Corner and sides.
type Placed = ((i32, i32), (u32, u32));

impl Region {
    /// What of a window lies outside of the desktop or of a window around it. `parents`: corner and sides of each, in pixels of the
    /// window.
    pub(super) fn outside(size: Size, parents: &[Placed]) -> Self {
        let inside = parents.iter().try_fold(size.rect(), |inside, parent| {
            let ((x, y), (width, height)) = *parent;
            Rect::clipped(x, y, width, height, size).and_then(|rect| rect.intersection(inside))
        });
        let mut region = Self(vec![size.rect()]);
        if let Some(inside) = inside {
            region.subtract(inside);
        }
        region
    }

    pub(super) fn rects(&self) -> &[Rect] {
        &self.0
    }

    pub(super) fn add(&mut self, rect: Rect) {
        self.subtract(rect);
        if !rect.is_empty() {
            self.0.push(rect);
        }
    }

    pub(super) fn subtract(&mut self, rect: Rect) {
        if self.0.iter().all(|r| r.intersection(rect).is_none()) {
            return;
        }
        self.0 = self.0.iter().flat_map(|r| without(*r, rect)).collect();
    }

    /// Makes black what of `area` lies in the region; `bgrx` holds whole rows of the area.
    pub(super) fn blacken(&self, area: Rect, bgrx: &mut [u8]) {
        let stride = area.width as usize * PIXEL;
        for part in self.0.iter().filter_map(|r| r.intersection(area)) {
            let left = (part.x - area.x) as usize * PIXEL;
            for y in part.y - area.y..part.bottom() - area.y {
                let at = y as usize * stride + left;
                bgrx[at..at + part.width as usize * PIXEL].fill(0);
            }
        }
    }
}

/// What is left of `rect`: at most four pieces around the hole.
fn without(rect: Rect, hole: Rect) -> Vec<Rect> {
    let Some(hole) = rect.intersection(hole) else {
        return vec![rect];
    };
    let piece = |x: u32, y: u32, right: u32, bottom: u32| Rect {
        x,
        y,
        width: right - x,
        height: bottom - y,
    };
    let mut left = vec![
        piece(rect.x, rect.y, rect.right(), hole.y),
        piece(rect.x, hole.bottom(), rect.right(), rect.bottom()),
        piece(rect.x, hole.y, hole.x, hole.bottom()),
        piece(hole.right(), hole.y, rect.right(), hole.bottom()),
    ];
    left.retain(|r| !r.is_empty());
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: Rect = Rect {
        x: 0,
        y: 0,
        width: 24,
        height: 16,
    };

    fn rects() -> impl Strategy<Value = Rect> {
        (0_u32..24, 0_u32..16, 1_u32..12, 1_u32..12).prop_map(|(x, y, width, height)| Rect {
            x,
            y,
            width: width.min(24 - x),
            height: height.min(16 - y),
        })
    }

    #[test]
    fn what_hangs_over_the_edge_of_the_desktop_or_of_a_window_is_outside() {
        let size = Size::even(320, 240);
        let desktop = ((160, -360), (640, 480));
        let outside = |parents: &[_], x, y| {
            let dot = Rect {
                x,
                y,
                width: 1,
                height: 1,
            };
            let region = Region::outside(size, parents);
            region.rects().iter().any(|r| r.intersection(dot).is_some())
        };
        // Half of it lies to the left of the desktop, half of it below.
        for (x, y, expected) in [(159, 0, true), (160, 119, false), (160, 120, true)] {
            assert_eq!(outside(&[desktop], x, y), expected, "{x}, {y}");
        }
        let frame = ((0, 0), (200, 240));
        assert!(!outside(&[frame, desktop], 199, 10) && outside(&[frame, desktop], 200, 10));
        let elsewhere = ((400, 0), (640, 480));
        assert!(outside(&[elsewhere], 0, 0) && outside(&[elsewhere], 319, 239));
        assert_eq!(
            Region::outside(size, &[((-9, -9), (640, 480))]),
            Region::default()
        );
    }

    proptest! {
        #[test]
        fn a_pixel_is_in_it_when_it_was_added_last(steps in prop::collection::vec((rects(), any::<bool>()), 0..12)) {
            let mut region = Region::default();
            let mut pixels = [[false; 24]; 16];
            for (rect, add) in steps {
                if add { region.add(rect) } else { region.subtract(rect) }
                for y in rect.y..rect.bottom() {
                    pixels[y as usize][rect.x as usize..rect.right() as usize].fill(add);
                }
            }
            let mut bgrx = vec![9; 24 * 16 * PIXEL];
            region.blacken(WHOLE, &mut bgrx);
            for (n, pixel) in bgrx.chunks_exact(PIXEL).enumerate() {
                prop_assert_eq!(pixel[0] == 0, pixels[n / 24][n % 24]);
            }
            let any = pixels.iter().flatten().any(|p| *p);
            prop_assert_eq!(region.rects().is_empty(), !any);
        }
    }

    #[test]
    fn only_the_part_inside_an_area_is_made_black() {
        let mut region = Region::default();
        region.add(Rect {
            x: 5,
            y: 2,
            width: 10,
            height: 10,
        });
        let area = Rect {
            x: 4,
            y: 0,
            width: 2,
            height: 4,
        };
        let mut bgrx = vec![7; 2 * 4 * PIXEL];
        region.blacken(area, &mut bgrx);
        let black: Vec<bool> = bgrx.chunks_exact(PIXEL).map(|p| p[0] == 0).collect();
        assert_eq!(
            black,
            [false, false, false, false, false, true, false, true]
        );
    }
}
