//! A picture in I420 (planar 4:2:0), BT.709 limited range.

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, bgra_to_yuv420, yuv420_to_bgra,
};

use super::colour::Colour;
use super::{Rect, Size};

/// Rows begin at multiples of this, so that every row can be read with wide loads.
const ALIGN: u32 = 64;
/// Black and grey in limited range (ITU-R BT.709 §4).
const BLACK: u8 = 16;
const GREY: u8 = 128;
/// Steps of luma above black that nobody sees.
const NOT_SEEN: u8 = 4;
/// Steps of luma above black that the noise of a covered camera does not reach.
const DARK: u8 = 24;
/// Pixels along each side that are looked at first.
const LOOKS: usize = 12;

/// Sides are even.
#[derive(Debug, Clone)]
pub struct Picture {
    size: Size,
    stride: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl Picture {
    pub fn black(size: Size) -> Self {
        let stride = size.width.next_multiple_of(ALIGN) as usize;
        // One row more than is seen: the converter wants whole strides, also for an area at the right edge.
        let (luma, chroma) = (
            stride * (size.height as usize + 1),
            stride / 2 * (size.height as usize / 2 + 1),
        );
        Self {
            size,
            stride,
            y: vec![BLACK; luma],
            u: vec![GREY; chroma],
            v: vec![GREY; chroma],
        }
    }

    pub fn width(&self) -> usize {
        self.size.width as usize
    }
    pub fn height(&self) -> usize {
        self.size.height as usize
    }
    pub fn y(&self) -> &[u8] {
        &self.y
    }
    pub fn u(&self) -> &[u8] {
        &self.u
    }
    pub fn v(&self) -> &[u8] {
        &self.v
    }
    /// Bytes from one row of luma to the next.
    pub fn y_stride(&self) -> usize {
        self.stride
    }
    /// Bytes from one row of either chroma plane to the next.
    pub fn chroma_stride(&self) -> usize {
        self.stride / 2
    }

    /// The three planes to write to, in the order Y, Cb, Cr, each with its stride; rows begin at the picture's left edge.
    pub fn planes_mut(&mut self) -> [(&mut [u8], usize); 3] {
        let (wide, half) = (self.stride, self.stride / 2);
        [
            (&mut self.y, wide),
            (&mut self.u, half),
            (&mut self.v, half),
        ]
    }

    /// Turns planes that were written with the colours of `from` into those of a recording. `scratch` is used again and
    /// again: four bytes a pixel.
    pub fn recolour(&mut self, from: Colour, scratch: &mut Vec<u8>) {
        if from == Colour::RECORDED {
            return;
        }
        let width = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let stride = self.width() * 4;
        scratch.resize(stride * self.height(), 0);
        let (luma, chroma) = (
            self.stride * self.height(),
            self.stride / 2 * (self.height() / 2),
        );
        let image = YuvPlanarImage {
            y_plane: &self.y[..luma],
            y_stride: width(self.stride),
            u_plane: &self.u[..chroma],
            u_stride: width(self.stride / 2),
            v_plane: &self.v[..chroma],
            v_stride: width(self.stride / 2),
            width: self.size.width,
            height: self.size.height,
        };
        // Through RGB: both ways are vectorised, which a matrix of our own is only in a build for release.
        let (range, matrix) = (from.range(), from.standard());
        let converted = yuv420_to_bgra(&image, scratch, width(stride), range, matrix);
        debug_assert!(converted.is_ok(), "{converted:?}");
        self.convert(self.size.rect(), scratch, stride);
    }

    /// Fills `area` (even corners and sides) with one colour.
    pub fn fill(&mut self, area: Rect, [y, cb, cr]: [u8; 3]) {
        let Some(area) = area.intersection(self.size.rect()) else {
            return;
        };
        let fill = |plane: &mut [u8], stride: usize, area: Rect, value: u8| {
            for row in area.y as usize..area.bottom() as usize {
                plane[row * stride + area.x as usize..row * stride + area.right() as usize]
                    .fill(value);
            }
        };
        fill(&mut self.y, self.stride, area, y);
        let half = Rect {
            x: area.x / 2,
            y: area.y / 2,
            width: area.width.div_ceil(2),
            height: area.height.div_ceil(2),
        };
        fill(&mut self.u, self.stride / 2, half, cb);
        fill(&mut self.v, self.stride / 2, half, cr);
    }

    /// Whether next to nothing can be seen, as in the noise of a camera that is covered.
    pub fn is_dark(&self) -> bool {
        !self.looks().any(|luma| luma > BLACK + DARK)
    }

    /// A few pixels, spread over the whole picture.
    fn looks(&self) -> impl Iterator<Item = u8> + '_ {
        let grid = |n: usize, side: usize| (2 * n + 1) * side / (2 * LOOKS);
        (0..LOOKS * LOOKS).map(move |n| {
            let (y, x) = (
                grid(n / LOOKS, self.height()),
                grid(n % LOOKS, self.width()),
            );
            self.y[y * self.stride + x]
        })
    }

    /// Whether nothing at all can be seen. A picture that shows something is told by the first bright pixel, mostly one of a
    /// few that are looked at first.
    pub fn is_black(&self) -> bool {
        let seen = |luma: u8| luma > BLACK + NOT_SEEN;
        let row = |y: usize| &self.y[y * self.stride..y * self.stride + self.width()];
        !self.looks().any(seen) && !(0..self.height()).any(|y| row(y).iter().any(|l| seen(*l)))
    }

    /// Converts `area` (even corners, inside the picture) from rows of blue, green, red, unused.
    pub(super) fn convert(&mut self, area: Rect, bgrx: &[u8], stride: usize) {
        debug_assert!(area.x.is_multiple_of(2) && area.y.is_multiple_of(2));
        let (x, y) = (area.x as usize, area.y as usize);
        let (luma, chroma) = (y * self.stride + x, y / 2 * (self.stride / 2) + x / 2);
        let (wide, half) = (self.stride, self.stride / 2);
        let rows = area.height as usize;
        let width = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (y_range, c_range) = (
            luma..luma + rows * wide,
            chroma..chroma + rows.div_ceil(2) * half,
        );
        let mut target = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(&mut self.y[y_range]),
            y_stride: width(wide),
            u_plane: BufferStoreMut::Borrowed(&mut self.u[c_range.clone()]),
            u_stride: width(half),
            v_plane: BufferStoreMut::Borrowed(&mut self.v[c_range]),
            v_stride: width(half),
            width: area.width,
            height: area.height,
        };
        let converted = bgra_to_yuv420(
            &mut target,
            bgrx,
            width(stride),
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        );
        debug_assert!(converted.is_ok(), "{converted:?}");
    }

    /// Copies `area` (even corners) from a picture of the same size.
    pub fn copy(&mut self, from: &Self, area: Rect) {
        let copy = |to: &mut [u8], from: &[u8], stride: usize, area: Rect| {
            for row in area.y as usize..area.bottom() as usize {
                let run = row * stride + area.x as usize..row * stride + area.right() as usize;
                to[run.clone()].copy_from_slice(&from[run]);
            }
        };
        copy(&mut self.y, &from.y, self.stride, area);
        let half = Rect {
            x: area.x / 2,
            y: area.y / 2,
            width: area.width.div_ceil(2),
            height: area.height.div_ceil(2),
        };
        copy(&mut self.u, &from.u, self.stride / 2, half);
        copy(&mut self.v, &from.v, self.stride / 2, half);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Matrix;

    #[test]
    fn a_picture_with_one_bright_pixel_anywhere_is_not_black() {
        let size = Size::even(198, 134);
        let black = Picture::black(size);
        assert!(black.is_black());
        for (x, y) in [(0, 0), (197, 133), (99, 67), (13, 100)] {
            let mut picture = black.clone();
            picture.y[y * picture.stride + x] = 200;
            assert!(!picture.is_black(), "{x} {y}");
        }
        let mut dark = black;
        dark.y.fill(BLACK + NOT_SEEN);
        assert!(dark.is_black() && dark.is_dark());
        dark.y.fill(BLACK + DARK);
        assert!(!dark.is_black() && dark.is_dark());
        dark.y.fill(BLACK + DARK + 1);
        assert!(!dark.is_dark());
    }

    #[test]
    fn colours_are_bt_709_limited_wherever_they_stand() {
        let size = Size::even(198, 134);
        let mut picture = Picture::black(size);
        // Blue, green, red, unused → Y, Cb, Cr (ITU-R BT.709 §3 and §4, 8 bits).
        for (bgrx, yuv) in [
            ([255, 255, 255, 0], [235, 128, 128]),
            ([0, 0, 0, 0], [16, 128, 128]),
            ([0, 0, 255, 0], [63, 102, 240]),
            ([0, 255, 0, 0], [173, 42, 26]),
            ([255, 0, 0, 0], [32, 240, 118]),
        ] {
            let area = Rect {
                x: 128,
                y: 128,
                width: 70,
                height: 6,
            };
            picture.convert(area, &bgrx.repeat(70 * 6), 70 * 4);
            let (x, y) = (197, 133);
            let got = [
                picture.y[y * picture.stride + x],
                picture.u[y / 2 * picture.stride / 2 + x / 2],
                picture.v[y / 2 * picture.stride / 2 + x / 2],
            ];
            for (a, b) in got.iter().zip(yuv) {
                assert!(a.abs_diff(b) <= 1, "{bgrx:?} is {got:?}, not {yuv:?}");
            }
        }
        assert_eq!(picture.y[127 * picture.stride + 127], BLACK);
    }

    /// The YCbCr of an RGB colour, 0 to 1 (ITU-R BT.601 §2.5.1, BT.709 §3), in 8 bits.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is clamped to a byte"
    )]
    fn seen(rgb: [f64; 3], colour: Colour) -> [u8; 3] {
        let (kr, kb) = match colour.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
        };
        let [r, g, b] = rgb;
        let y = kr * r + (1.0 - kr - kb) * g + kb * b;
        let (cb, cr) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
        let (black, luma, chroma) = match colour.full {
            true => (0.0, 255.0, 255.0),
            false => (16.0, 219.0, 224.0),
        };
        [black + luma * y, 128.0 + chroma * cb, 128.0 + chroma * cr]
            .map(|value: f64| value.round().clamp(0.0, 255.0) as u8)
    }

    #[test]
    fn a_cameras_colours_become_those_of_a_recording_up_to_the_edges() {
        let size = Size::even(198, 134);
        for (matrix, full) in [
            (Matrix::Bt601, false),
            (Matrix::Bt601, true),
            (Matrix::Bt709, true),
            (Matrix::Bt709, false),
        ] {
            let colour = Colour { matrix, full };
            for rgb in [
                [0.0, 0.0, 0.0],
                [1.0, 1.0, 1.0],
                [0.5, 0.5, 0.5],
                [1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
                [0.0, 0.0, 1.0],
                [0.9, 0.7, 0.6],
            ] {
                let mut picture = Picture::black(size);
                picture.fill(size.rect(), seen(rgb, colour));
                picture.recolour(colour, &mut Vec::new());
                let wanted = seen(rgb, Colour::RECORDED);
                for (x, y) in [(0, 0), (197, 133), (100, 66)] {
                    let chroma = y / 2 * picture.stride / 2 + x / 2;
                    let got = [
                        picture.y[y * picture.stride + x],
                        picture.u[chroma],
                        picture.v[chroma],
                    ];
                    for (a, b) in got.iter().zip(wanted) {
                        assert!(
                            a.abs_diff(b) <= 2,
                            "{rgb:?} as {colour:?} is {got:?}, not {wanted:?}"
                        );
                    }
                }
            }
        }
    }
}
