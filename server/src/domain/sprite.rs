//! Small pictures of a recording, evenly apart, in one image: shown while somebody looks for a place on the timeline. Pure.

use std::fmt::Write as _;

use super::captions::timestamp;

/// Pixels of a small picture in width.
pub const TILE_WIDTH: u32 = 160;
const TILE_HEIGHTS: std::ops::RangeInclusive<u32> = 16..=320;
/// Pictures in a row, and at most in all.
pub const COLUMNS: u32 = 10;
const AT_MOST: u64 = 100;
/// No two are nearer, in milliseconds.
const LEAST_APART: u64 = 1000;
/// What two pictures differ by where something else is shown: of the mean of all pixels, and of the share that changed much.
const MEAN: f64 = 10.0;
const SHARE: f64 = 0.08;
const MUCH: u8 = 40;

/// Where the small pictures lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sprite {
    /// Path of the image.
    pub key: String,
    pub tile_width: u32,
    pub tile_height: u32,
    pub count: u32,
    /// Milliseconds between two.
    pub every_ms: u64,
    /// When something else is shown than in the picture before, in milliseconds; the first one always.
    pub changes: Vec<u64>,
}

/// The moments of the small pictures: every so many milliseconds, so many.
pub fn moments(length_ms: u64) -> (u64, u32) {
    let every = length_ms.div_ceil(AT_MOST).max(LEAST_APART);
    let count = length_ms.div_ceil(every).clamp(1, AT_MOST);
    (every, u32::try_from(count).unwrap_or(1))
}

/// The height that goes with [`TILE_WIDTH`], even.
pub fn tile_height(width: u32, height: u32) -> u32 {
    let tall = u64::from(TILE_WIDTH) * u64::from(height) / u64::from(width.max(1));
    let tall = u32::try_from(tall).unwrap_or(u32::MAX);
    tall.clamp(*TILE_HEIGHTS.start(), *TILE_HEIGHTS.end()) & !1
}

/// Whether something else is shown: `a` and `b` are the brightness of pictures of one size.
pub fn is_another(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() || a.is_empty() {
        return true;
    }
    let differences = || a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    let n = a.len() as f64;
    let mean = differences().map(f64::from).sum::<f64>() / n;
    let much = differences().filter(|it| *it >= MUCH).count() as f64 / n;
    mean >= MEAN || much >= SHARE
}

impl Sprite {
    /// The pictures as WebVTT: each cue names its place in the image at `address` (Media Fragments URI 1.0, §4.2.2).
    pub fn webvtt(&self, length_ms: u64, address: &str) -> String {
        let mut out = String::from("WEBVTT\n");
        for n in 0..self.count {
            let start = u64::from(n) * self.every_ms;
            let end = if n + 1 == self.count {
                length_ms.max(start + 1)
            } else {
                start + self.every_ms
            };
            let (x, y) = (
                n % COLUMNS * self.tile_width,
                n / COLUMNS * self.tile_height,
            );
            _ = write!(
                out,
                "\n{} --> {}\n{address}#xywh={x},{y},{},{}\n",
                timestamp(start),
                timestamp(end),
                self.tile_width,
                self.tile_height
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_recording_has_a_picture_a_second_and_a_long_one_a_hundred() {
        assert_eq!(moments(0), (1000, 1));
        assert_eq!(moments(2500), (1000, 3));
        assert_eq!(moments(100_000), (1000, 100));
        assert_eq!(moments(3_600_000), (36_000, 100));
        assert_eq!(moments(100_001), (1001, 100));
    }

    #[test]
    fn small_pictures_keep_their_shape() {
        assert_eq!(tile_height(1920, 1080), 90);
        assert_eq!(tile_height(390, 844), 320);
        assert_eq!(tile_height(8000, 10), 16);
        assert_eq!(tile_height(0, 0), 16);
    }

    #[test]
    fn a_cursor_is_no_change_and_another_window_is_one() {
        let page = vec![200_u8; 1000];
        let mut cursor = page.clone();
        cursor[..10].fill(0);
        let mut window = page.clone();
        window[..200].fill(30);
        assert!(!is_another(&page, &page) && !is_another(&page, &cursor));
        assert!(is_another(&page, &window) && is_another(&page, &[]));
    }

    #[test]
    fn each_picture_has_its_place_in_the_image() {
        let sprite = Sprite {
            key: String::new(),
            tile_width: 160,
            tile_height: 90,
            count: 12,
            every_ms: 1000,
            changes: vec![0],
        };
        let vtt = sprite.webvtt(11_500, "thumbnails.jpg");
        assert!(vtt.starts_with(
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nthumbnails.jpg#xywh=0,0,160,90\n"
        ));
        assert!(
            vtt.ends_with("\n00:00:11.000 --> 00:00:11.500\nthumbnails.jpg#xywh=160,90,160,90\n"),
            "{vtt}"
        );
    }
}
