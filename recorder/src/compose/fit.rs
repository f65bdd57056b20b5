//! A screen of one size in a picture of another: scaled with its proportions kept, black beside it. Pure.
//!
//! Only what changed is scaled, each pixel from the same neighbours whatever else changes with it, so that areas meet
//! without a seam. The filter is a triangle as wide as the step between two pixels (never narrower than a pixel of the
//! screen), which keeps text readable when it shrinks.

use super::{Paint, Rect, Size, TileSet};

const PIXEL: usize = 4;
/// Weights of one pixel add up to this.
const ONE: u32 = 1 << 12;

/// Holds the screen's pixels and scales them.
pub struct Fit {
    screen: Size,
    picture: Size,
    /// Where the screen lies in the picture; even corners and sides.
    inside: Rect,
    /// Blue, green, red, unused.
    pixels: Vec<u8>,
    across: Weights,
    down: Weights,
    /// The bars beside the screen were not painted yet.
    bars: bool,
}

/// For each pixel of the picture along one side: which pixels of the screen it is made of.
struct Weights {
    first: Vec<usize>,
    /// As many for each pixel as `taps`.
    weights: Vec<u32>,
    taps: usize,
}

impl Fit {
    pub fn new(screen: Size, picture: Size) -> Self {
        let inside = place(screen, picture);
        Self {
            screen,
            picture,
            inside,
            pixels: vec![0; screen.width as usize * screen.height as usize * PIXEL],
            across: Weights::new(screen.width, inside.width),
            down: Weights::new(screen.height, inside.height),
            bars: true,
        }
    }

    /// Where the screen lies in the picture.
    pub fn inside(&self) -> Rect {
        self.inside
    }

    /// Paints onto `canvas` what is painted onto this as if it were as large as the screen; call
    /// [`Scaled::finish`] behind the last patch.
    pub fn onto<'a>(&'a mut self, canvas: &'a mut dyn Paint) -> Scaled<'a> {
        Scaled {
            fit: self,
            canvas,
            areas: Vec::new(),
        }
    }

    /// The areas of the picture that change when these of the screen do.
    fn map(&self, areas: &[Rect]) -> Vec<Rect> {
        if self.bars {
            return vec![self.picture.rect()];
        }
        let mut tiles = TileSet::none(self.picture);
        for area in areas {
            let (x, width) = self.across.reached(area.x, area.right());
            let (y, height) = self.down.reached(area.y, area.bottom());
            tiles.add(Rect {
                x: self.inside.x + x,
                y: self.inside.y + y,
                width,
                height,
            });
        }
        tiles.rects()
    }

    fn take(&mut self, area: Rect, bgrx: &[u8], stride: usize) {
        let row = area.width as usize * PIXEL;
        for (n, line) in bgrx
            .chunks(stride.max(1))
            .take(area.height as usize)
            .enumerate()
        {
            let y = area.y as usize + n;
            let at = (y * self.screen.width as usize + area.x as usize) * PIXEL;
            self.pixels[at..at + row].copy_from_slice(&line[..row]);
        }
    }

    /// An area of the picture, rows without a gap.
    fn render(&self, area: Rect) -> Vec<u8> {
        let stride = area.width as usize * PIXEL;
        let mut out = vec![0; stride * area.height as usize];
        let Some(seen) = area.intersection(self.inside) else {
            return out;
        };
        let (left, top) = (seen.x - self.inside.x, seen.y - self.inside.y);
        let columns = left as usize..(left + seen.width) as usize;
        // Each row of the screen is scaled across once, and kept for as long as rows of the picture need it.
        let mut rows: Vec<(usize, Vec<u32>)> = Vec::new();
        for row in 0..seen.height {
            let (first, weights) = self.down.of((top + row) as usize);
            rows.retain(|(y, _)| *y >= first);
            for y in first..first + weights.len() {
                if !rows.iter().any(|(known, _)| *known == y) {
                    rows.push((y, self.scaled_across(y, columns.clone())));
                }
            }
            let at = (seen.y - area.y + row) as usize * stride + (seen.x - area.x) as usize * PIXEL;
            let target = &mut out[at..at + seen.width as usize * PIXEL];
            let mut sums = vec![ONE * ONE / 2; target.len()];
            for (weight, y) in weights.iter().zip(first..) {
                if let Some((_, line)) = rows.iter().find(|(known, _)| *known == y) {
                    for (sum, value) in sums.iter_mut().zip(line) {
                        *sum += weight * value;
                    }
                }
            }
            for (byte, sum) in target.iter_mut().zip(sums) {
                *byte = u8::try_from(sum / (ONE * ONE)).unwrap_or(u8::MAX);
            }
        }
        out
    }

    /// One row of the screen, scaled to these columns; values times [`ONE`].
    fn scaled_across(&self, y: usize, columns: std::ops::Range<usize>) -> Vec<u32> {
        let width = self.screen.width as usize * PIXEL;
        let row = &self.pixels[y * width..][..width];
        let mut out = Vec::with_capacity(columns.len() * PIXEL);
        for column in columns {
            let (first, weights) = self.across.of(column);
            let mut sum = [0; PIXEL];
            for (weight, pixel) in weights.iter().zip(row[first * PIXEL..].chunks_exact(PIXEL)) {
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += weight * u32::from(*value);
                }
            }
            out.extend(sum);
        }
        out
    }
}

/// Where a screen lies in a picture: as large as it fits, in the middle.
fn place(screen: Size, picture: Size) -> Rect {
    let (sw, sh) = (u64::from(screen.width), u64::from(screen.height));
    let (pw, ph) = (u64::from(picture.width), u64::from(picture.height));
    let (width, height) = if sw * ph >= sh * pw {
        (pw, pw * sh / sw.max(1))
    } else {
        (ph * sw / sh.max(1), ph)
    };
    // Even sides can be a little off the proportions; nobody sees that, but everybody a thin black bar.
    let fill = |n: u64, whole: u64| if (whole - n) * 50 < whole { whole } else { n };
    let even = |n: u64| u32::try_from(n).unwrap_or(u32::MAX) & !1;
    let width = even(fill(width, pw)).max(2);
    let height = even(fill(height, ph)).max(2);
    Rect {
        x: ((picture.width - width) / 2) & !1,
        y: ((picture.height - height) / 2) & !1,
        width,
        height,
    }
}

impl Weights {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions on a screen, from 0 to some thousands"
    )]
    fn new(from: u32, to: u32) -> Self {
        let step = f64::from(from) / f64::from(to.max(1));
        let reach = step.max(1.0);
        let taps = ((2.0 * reach).ceil() as usize + 1).min(from as usize);
        let (mut first, mut weights) = (Vec::new(), Vec::new());
        for n in 0..to {
            let center = (f64::from(n) + 0.5) * step - 0.5;
            let begin = ((center - reach).ceil().max(0.0) as usize).min(from as usize - taps);
            let raw: Vec<f64> = (begin..begin + taps)
                .map(|at| (1.0 - (at as f64 - center).abs() / reach).max(0.0))
                .collect();
            let sum: f64 = raw.iter().sum();
            let mut whole: Vec<u32> = raw
                .iter()
                .map(|w| (w / sum * f64::from(ONE)).round() as u32)
                .collect();
            // What rounding gave or took goes to the heaviest, so that white stays white.
            let total: u32 = whole.iter().sum();
            if let Some(heaviest) = whole.iter_mut().max() {
                *heaviest = (*heaviest + ONE).saturating_sub(total);
            }
            first.push(begin);
            weights.extend(whole);
        }
        Self {
            first,
            weights,
            taps,
        }
    }

    fn of(&self, n: usize) -> (usize, &[u32]) {
        (
            self.first[n],
            &self.weights[n * self.taps..(n + 1) * self.taps],
        )
    }

    /// Begin and length of what is made of the pixels `begin..end`.
    fn reached(&self, begin: u32, end: u32) -> (u32, u32) {
        let (begin, end) = (begin as usize, end as usize);
        let from = self
            .first
            .partition_point(|first| first + self.taps <= begin);
        let to = self.first.partition_point(|first| *first < end).max(from);
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (side(from), side(to - from))
    }
}

/// A canvas that looks as large as the screen.
pub struct Scaled<'a> {
    fit: &'a mut Fit,
    canvas: &'a mut dyn Paint,
    /// Announced to the canvas.
    areas: Vec<Rect>,
}

impl Scaled<'_> {
    /// Everything was patched: paints it.
    pub fn finish(self) {
        for area in self.areas {
            let bytes = self.fit.render(area);
            self.canvas.patch(area, &bytes, area.width as usize * PIXEL);
        }
        self.fit.bars = false;
    }
}

impl Paint for Scaled<'_> {
    fn begin(&mut self, areas: &[Rect]) -> bool {
        self.areas = self.fit.map(areas);
        self.canvas.begin(&self.areas)
    }

    fn patch(&mut self, area: Rect, bgrx: &[u8], stride: usize) {
        if let Some(area) = area.intersection(self.fit.screen.rect()) {
            self.fit.take(area, bgrx, stride);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A canvas that keeps what it is given.
    struct Board {
        size: Size,
        pixels: Vec<u8>,
        announced: Vec<Rect>,
    }

    impl Board {
        fn new(size: Size) -> Self {
            Self {
                size,
                pixels: vec![7; size.width as usize * size.height as usize * PIXEL],
                announced: Vec::new(),
            }
        }

        fn at(&self, x: u32, y: u32) -> u8 {
            self.pixels[(y * self.size.width + x) as usize * PIXEL]
        }
    }

    impl Paint for Board {
        fn begin(&mut self, areas: &[Rect]) -> bool {
            self.announced = areas.to_vec();
            true
        }
        fn patch(&mut self, area: Rect, bgrx: &[u8], stride: usize) {
            assert!(self.announced.contains(&area), "{area:?} was not announced");
            for y in 0..area.height {
                let to = ((area.y + y) * self.size.width + area.x) as usize * PIXEL;
                let row = area.width as usize * PIXEL;
                self.pixels[to..to + row].copy_from_slice(&bgrx[y as usize * stride..][..row]);
            }
        }
    }

    fn paint(fit: &mut Fit, board: &mut Board, area: Rect, level: u8) {
        let mut scaled = fit.onto(board);
        assert!(scaled.begin(&[area]));
        let bytes = vec![level; (area.width * area.height) as usize * PIXEL];
        scaled.patch(area, &bytes, area.width as usize * PIXEL);
        scaled.finish();
    }

    #[test]
    fn a_wide_desktop_lies_in_the_middle_with_its_proportions() {
        let inside = place(Size::even(11_520, 2160), Size::even(8192, 1536));
        assert_eq!((inside.x, inside.width, inside.height), (0, 8192, 1536));
        let inside = place(Size::even(8400, 64), Size::even(8192, 62));
        assert_eq!((inside.width, inside.height), (8192, 62), "no thin bars");
        let inside = place(Size::even(640, 480), Size::even(1280, 720));
        assert_eq!(
            (inside.x, inside.y, inside.width, inside.height),
            (160, 0, 960, 720)
        );
        let inside = place(Size::even(720, 1280), Size::even(1280, 720));
        assert_eq!((inside.width, inside.height), (404, 720));
    }

    #[test]
    fn white_stays_white_and_the_bars_are_black() {
        let (screen, picture) = (Size::even(300, 100), Size::even(128, 128));
        let (mut fit, mut board) = (Fit::new(screen, picture), Board::new(picture));
        paint(&mut fit, &mut board, screen.rect(), 255);
        let inside = fit.inside;
        for y in 0..picture.height {
            for x in 0..picture.width {
                let seen = (inside.y..inside.bottom()).contains(&y);
                assert_eq!(board.at(x, y), if seen { 255 } else { 0 }, "{x},{y}");
            }
        }
    }

    #[test]
    fn a_screen_of_the_same_size_is_not_touched() {
        let size = Size::even(64, 32);
        let (mut fit, mut board) = (Fit::new(size, size), Board::new(size));
        let bytes: Vec<u8> = (0..64 * 32 * 4)
            .map(|n| u8::try_from(n % 251).unwrap())
            .collect();
        let mut scaled = fit.onto(&mut board);
        scaled.begin(&[size.rect()]);
        scaled.patch(size.rect(), &bytes, 64 * 4);
        scaled.finish();
        assert_eq!(board.pixels, bytes);
    }

    proptest! {
        /// What is painted piece by piece looks as if it had been painted in one go: no seams, nothing forgotten.
        #[test]
        fn patches_meet_without_a_seam(
            (width, height) in (32_u32..400, 32_u32..300),
            (wide, high) in (32_u32..300, 32_u32..300),
            pieces in prop::collection::vec((0_u32..400, 0_u32..300, 1_u32..200, 1_u32..200, any::<u8>()), 1..12),
        ) {
            let (screen, picture) = (Size::even(width, height), Size::even(wide, high));
            let (mut fit, mut board) = (Fit::new(screen, picture), Board::new(picture));
            paint(&mut fit, &mut board, screen.rect(), 100);
            let mut last = Fit::new(screen, picture);
            last.take(screen.rect(), &vec![100; fit.pixels.len()], width as usize / 2 * 2 * PIXEL);
            for (x, y, w, h, level) in pieces {
                let Some(area) = (Rect { x, y, width: w, height: h }).intersection(screen.rect()) else { continue };
                paint(&mut fit, &mut board, area, level);
                last.take(area, &vec![level; (area.width * area.height) as usize * PIXEL], area.width as usize * PIXEL);
            }
            prop_assert_eq!(board.pixels, last.render(picture.rect()));
        }
    }
}
