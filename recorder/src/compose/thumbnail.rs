//! A small picture for a preview: scaled down, turned into RGBA, mirrored where that is wanted. Pure.

use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgba};

use super::{Picture, Size};

/// Samples along each side of the area that becomes one pixel: text stays a texture, and a 4K picture costs no more than a
/// small one.
const SAMPLES: u32 = 3;
const PIXEL: usize = 4;

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels.
    pub size: Size,
    /// Rows from the top; red, green, blue, 255.
    pub rgba: Vec<u8>,
}

impl Thumbnail {
    /// Of `picture`, with no side longer than `most` pixels.
    pub fn of(picture: &Picture, most: u32, mirrored: bool) -> Self {
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, height) = (side(picture.width()), side(picture.height()));
        let size = fitted(width, height, most);
        let half = Size {
            width: size.width / 2,
            height: size.height / 2,
        };
        let small = |plane: &[u8], stride: usize, from: (u32, u32), to: Size| {
            shrink(plane, stride, from, to, mirrored)
        };
        let chroma = (width / 2, height / 2);
        let y = small(picture.y(), picture.y_stride(), (width, height), size);
        let u = small(picture.u(), picture.chroma_stride(), chroma, half);
        let v = small(picture.v(), picture.chroma_stride(), chroma, half);
        let image = YuvPlanarImage {
            y_plane: &y,
            y_stride: size.width,
            u_plane: &u,
            u_stride: half.width,
            v_plane: &v,
            v_stride: half.width,
            width: size.width,
            height: size.height,
        };
        let mut rgba = vec![0; size.width as usize * size.height as usize * PIXEL];
        let stride = size.width * 4;
        let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt709);
        let converted = yuv420_to_rgba(&image, &mut rgba, stride, range, matrix);
        debug_assert!(converted.is_ok(), "{converted:?}");
        Self { size, rgba }
    }
}

/// The proportions of a picture in sides that are even and no longer than `most`; a small picture stays as it is.
fn fitted(width: u32, height: u32, most: u32) -> Size {
    let longest = width.max(height).max(1);
    if longest <= most {
        return Size::even(width.max(2), height.max(2));
    }
    let side = |n: u32| u32::try_from(u64::from(n) * u64::from(most) / u64::from(longest));
    let side = |n: u32| side(n).unwrap_or(most).max(2);
    Size::even(side(width), side(height))
}

/// Each pixel is the mean of a few that are spread over its area.
fn shrink(
    plane: &[u8],
    stride: usize,
    (width, height): (u32, u32),
    to: Size,
    mirrored: bool,
) -> Vec<u8> {
    let rows = places(height, to.height);
    let mut columns = places(width, to.width);
    if mirrored {
        columns.reverse();
    }
    let mut small = Vec::with_capacity(to.width as usize * to.height as usize);
    for row in rows {
        let lines = row.map(|y| &plane[y * stride..][..width as usize]);
        small.extend(columns.iter().map(|column| {
            let of = |line: &[u8]| column.iter().map(|x| u32::from(line[*x])).sum::<u32>();
            let mean = lines.iter().map(|line| of(line)).sum::<u32>() / (SAMPLES * SAMPLES);
            u8::try_from(mean).unwrap_or(u8::MAX)
        }));
    }
    small
}

/// For each of `to` pixels the places that are looked at of the `from` pixels along one side.
fn places(from: u32, to: u32) -> Vec<[usize; SAMPLES as usize]> {
    let (from, to) = (u64::from(from), u64::from(to.max(1)));
    let parts = 2 * u64::from(SAMPLES);
    let place = |n: u64, sample: u64| {
        let at = (n * parts + 2 * sample + 1) * from / (to * parts);
        usize::try_from(at).unwrap_or(0)
    };
    (0..to)
        .map(|n| std::array::from_fn(|sample| place(n, sample as u64)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Rect;

    /// Red on the left, blue on the right.
    fn picture(size: Size) -> Picture {
        let mut picture = Picture::black(size);
        picture.fill(size.rect(), [63, 102, 240]);
        let half = size.width / 2;
        let right = Rect {
            x: half,
            y: 0,
            width: size.width - half,
            height: size.height,
        };
        picture.fill(right, [32, 240, 118]);
        picture
    }

    fn pixel(small: &Thumbnail, x: u32, y: u32) -> [u8; 4] {
        let at = (y * small.size.width + x) as usize * PIXEL;
        small.rgba[at..at + PIXEL].try_into().unwrap()
    }

    fn is_red([r, g, b, a]: [u8; 4]) -> bool {
        r > 240 && g < 12 && b < 12 && a == 255
    }

    fn is_blue([r, g, b, a]: [u8; 4]) -> bool {
        r < 12 && g < 12 && b > 240 && a == 255
    }

    #[test]
    fn a_picture_of_any_size_keeps_its_proportions_and_its_colours_up_to_the_corners() {
        for (from, to) in [
            ((1920, 1080), (320, 180)),
            ((720, 720), (320, 320)),
            ((1080, 1920), (180, 320)),
            ((200, 100), (200, 100)),
            ((8192, 16), (320, 2)),
        ] {
            let small = Thumbnail::of(&picture(Size::even(from.0, from.1)), 320, false);
            assert_eq!((small.size.width, small.size.height), to);
            assert_eq!(small.rgba.len(), (to.0 * to.1 * 4) as usize);
            for y in [0, to.1 - 1] {
                assert!(is_red(pixel(&small, 0, y)), "{from:?}");
                assert!(is_blue(pixel(&small, to.0 - 1, y)), "{from:?}");
            }
        }
    }

    #[test]
    fn a_mirrored_picture_has_its_left_on_the_right() {
        let small = Thumbnail::of(&picture(Size::even(640, 480)), 320, true);
        assert!(is_blue(pixel(&small, 0, 100)) && is_red(pixel(&small, 319, 100)));
    }
}
