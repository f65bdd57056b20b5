//! The mouse pointer, which the X server leaves out of its pictures. Pure.

use crate::source::Rect;

/// Pixels are ARGB with colours premultiplied, as XFIXES gives them.
#[derive(Debug, Clone, Default)]
pub(super) struct CursorImage {
    pub width: u32,
    pub height: u32,
    /// The pixel of the image that points.
    pub hot: (i32, i32),
    pub pixels: Vec<u32>,
}

impl CursorImage {
    /// Upper left corner of the image when the pointer points at `at`.
    pub(super) fn corner(&self, at: (i32, i32)) -> (i32, i32) {
        (at.0 - self.hot.0, at.1 - self.hot.1)
    }

    /// Draws the image with its corner at `corner` into `area`, of which `bgrx` holds whole rows.
    pub(super) fn blend(&self, corner: (i32, i32), area: Rect, bgrx: &mut [u8]) {
        let stride = area.width as usize * 4;
        let signed = |n: u32| i64::from(n);
        for (row, line) in (0_i64..).zip(self.pixels.chunks_exact(self.width.max(1) as usize)) {
            let y = i64::from(corner.1) + row - signed(area.y);
            if !(0..signed(area.height)).contains(&y) {
                continue;
            }
            for (column, pixel) in (0_i64..).zip(line) {
                let x = i64::from(corner.0) + column - signed(area.x);
                if !(0..signed(area.width)).contains(&x) || pixel >> 24 == 0 {
                    continue;
                }
                let at =
                    usize::try_from(y).unwrap_or(0) * stride + usize::try_from(x).unwrap_or(0) * 4;
                let Some(target) = bgrx.get_mut(at..at + 3) else {
                    continue;
                };
                let [blue, green, red, alpha] = pixel.to_le_bytes();
                for (under, over) in target.iter_mut().zip([blue, green, red]) {
                    let rest = (u32::from(*under) * u32::from(255 - alpha) + 127) / 255;
                    *under = u8::try_from(rest + u32::from(over)).unwrap_or(u8::MAX);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_half_outside_is_drawn_half_and_see_through_edges_mix() {
        let image = CursorImage {
            width: 2,
            height: 1,
            hot: (0, 0),
            pixels: vec![0xffff_ffff, 0x8080_0000],
        };
        let area = Rect {
            x: 10,
            y: 10,
            width: 2,
            height: 1,
        };
        let mut pixels = vec![100; 8];
        image.blend((9, 10), area, &mut pixels);
        assert_eq!(pixels, [50, 50, 178, 100, 100, 100, 100, 100]);
        image.blend((10, 10), area, &mut pixels);
        assert_eq!(pixels[..3], [255, 255, 255]);
        image.blend((10, 11), area, &mut pixels);
    }
}
