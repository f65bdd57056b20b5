//! What a speaker did, drawn over the picture: a ring around each click that grows and fades, and a line with the keys. Pure:
//! `now` is a time since any fixed moment.
//!
//! Drawn onto pixels that were fetched anew, as the pointer is; so each area that shows something is to be fetched as long as it does,
//! and once more when it does not any longer.

mod font;

use std::time::Duration;

use super::{Rect, Size};

/// How long a ring is seen.
const RING: Duration = Duration::from_millis(700);
/// Its radius at the beginning and at the end, and how thick it is, in pixels of a picture of 1080 rows.
const SMALL: f32 = 12.0;
const LARGE: f32 = 34.0;
const THICK: f32 = 5.0;
/// Blue, green, red.
const RING_COLOUR: [u8; 3] = [0x00, 0xb0, 0xff];
/// How long a line of keys is seen, the last part of it fading.
const LINE: Duration = Duration::from_millis(1_800);
const LINE_FADES: Duration = Duration::from_millis(400);
/// How much of what is under the line is left.
const UNDER_LINE: f32 = 0.2;
/// Letters of the line at most; what is longer loses its beginning.
const MAX_LETTERS: usize = 40;
/// Rings at once; nobody clicks faster.
const MAX_RINGS: usize = 16;
/// Between the letters and the edge of their box, and between that and the edge of the picture, in pixels of the font.
const MARGIN: u32 = 4;
const FROM_EDGE: u32 = 14;

/// Pixel formats hold four bytes a pixel: blue, green, red, unused.
const PIXEL: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Ring {
    at: (i32, i32),
    since: Duration,
}

#[derive(Debug, Clone)]
struct Keys {
    /// Of each press: its name, and how often it was pressed on end.
    names: Vec<(String, u32)>,
    since: Duration,
}

/// What is seen at the moment.
#[derive(Debug, Default)]
pub struct Effects {
    rings: Vec<Ring>,
    keys: Option<Keys>,
    /// What was drawn over when areas were last asked for.
    drawn: Vec<Rect>,
    now: Duration,
}

impl Effects {
    /// A click at this place of the picture.
    pub fn click(&mut self, at: (i32, i32), now: Duration) {
        if self.rings.len() == MAX_RINGS {
            self.rings.remove(0);
        }
        self.rings.push(Ring { at, since: now });
    }

    /// A key, or several at once, by its name for people.
    pub fn key(&mut self, name: &str, now: Duration) {
        let mut keys = match self.keys.take() {
            Some(keys) if now.saturating_sub(keys.since) < LINE => keys,
            _ => Keys {
                names: Vec::new(),
                since: now,
            },
        };
        keys.since = now;
        match keys.names.last_mut() {
            Some((last, times)) if last == name => *times += 1,
            _ => keys.names.push((name.to_owned(), 1)),
        }
        while keys.names.len() > 1 && text(&keys.names).chars().count() > MAX_LETTERS {
            keys.names.remove(0);
        }
        self.keys = Some(keys);
    }

    /// No rings are seen any more.
    pub fn clear_clicks(&mut self) {
        self.rings.clear();
    }

    /// No keys are seen any more.
    pub fn clear_keys(&mut self) {
        self.keys = None;
    }

    /// Whether there is something to draw, or something drawn that is over.
    pub fn is_live(&self) -> bool {
        !self.rings.is_empty() || self.keys.is_some() || !self.drawn.is_empty()
    }

    /// The areas of a picture of `size` that are to be fetched and drawn anew at `now`.
    pub fn areas(&mut self, now: Duration, size: Size) -> Vec<Rect> {
        self.now = now;
        let over = |since: Duration, span: Duration| now.saturating_sub(since) >= span;
        self.rings.retain(|ring| !over(ring.since, RING));
        if self
            .keys
            .as_ref()
            .is_some_and(|keys| over(keys.since, LINE))
        {
            self.keys = None;
        }
        let scale = scale(size);
        let mut live: Vec<Rect> = self
            .rings
            .iter()
            .filter_map(|ring| around(ring.at, scale, size))
            .collect();
        live.extend(self.keys.as_ref().and_then(|keys| line(keys, size)));
        let before = std::mem::replace(&mut self.drawn, live.clone());
        live.extend(before);
        live
    }

    /// Draws onto `area` of a picture of `size`, of which `bgrx` holds whole rows.
    pub fn draw(&self, area: Rect, size: Size, bgrx: &mut [u8]) {
        for ring in &self.rings {
            self.draw_ring(*ring, area, size, bgrx);
        }
        if let Some(keys) = &self.keys {
            self.draw_keys(keys, area, size, bgrx);
        }
    }

    fn draw_ring(&self, ring: Ring, area: Rect, size: Size, bgrx: &mut [u8]) {
        let scale = scale(size);
        let Some(place) = around(ring.at, scale, size).and_then(|r| r.intersection(area)) else {
            return;
        };
        let age = self.now.saturating_sub(ring.since).as_secs_f32() / RING.as_secs_f32();
        let age = age.clamp(0.0, 1.0);
        let radius = (SMALL + (LARGE - SMALL) * age) * scale;
        let (thick, opaque) = (THICK * scale, 1.0 - age * age);
        for y in place.y..place.bottom() {
            for x in place.x..place.right() {
                let (dx, dy) = (x as f32 - ring.at.0 as f32, y as f32 - ring.at.1 as f32);
                let off = ((dx * dx + dy * dy).sqrt() - radius).abs() - thick / 2.0;
                let covered = (0.5 - off).clamp(0.0, 1.0);
                if covered > 0.0 {
                    blend(bgrx, area, (x, y), RING_COLOUR, covered * opaque);
                }
            }
        }
    }

    fn draw_keys(&self, keys: &Keys, area: Rect, size: Size, bgrx: &mut [u8]) {
        let Some(place) = line(keys, size) else {
            return;
        };
        let Some(seen) = place.intersection(area) else {
            return;
        };
        let left = LINE.saturating_sub(self.now.saturating_sub(keys.since));
        let opaque = (left.as_secs_f32() / LINE_FADES.as_secs_f32()).clamp(0.0, 1.0);
        let letters: Vec<char> = text(&keys.names).chars().collect();
        let side = pixel_side(size);
        for y in seen.y..seen.bottom() {
            for x in seen.x..seen.right() {
                blend(bgrx, area, (x, y), [0; 3], (1.0 - UNDER_LINE) * opaque);
                let inside = |at: u32, begin: u32| ((at - begin) / side).checked_sub(MARGIN);
                let (Some(across), Some(down)) = (inside(x, place.x), inside(y, place.y)) else {
                    continue;
                };
                let letter = usize::try_from(across / font::ADVANCE).ok();
                let letter = letter.and_then(|n| letters.get(n));
                if letter.is_some_and(|l| font::is_set(*l, across % font::ADVANCE, down)) {
                    blend(bgrx, area, (x, y), [0xff; 3], opaque);
                }
            }
        }
    }
}

/// Of lengths that are meant for 1080 rows.
fn scale(size: Size) -> f32 {
    (size.height as f32 / 1080.0).clamp(0.5, 3.0)
}

/// Side of a pixel of the font: the line is a fortieth of the picture high.
fn pixel_side(size: Size) -> u32 {
    (size.height / 360).clamp(2, 8)
}

/// The square in which a ring stays.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a radius of some dozen pixels"
)]
fn around(at: (i32, i32), scale: f32, size: Size) -> Option<Rect> {
    let reach = ((LARGE + THICK) * scale).ceil() as i32;
    let side = (2 * reach + 1) as u32;
    Rect::clipped(at.0 - reach, at.1 - reach, side, side, size)
}

/// Where the line of keys lies: in the middle, at the lower edge.
fn line(keys: &Keys, size: Size) -> Option<Rect> {
    let letters = u32::try_from(text(&keys.names).chars().count()).unwrap_or(0);
    let side = pixel_side(size);
    let width = (letters * font::ADVANCE + 2 * MARGIN) * side;
    let height = (font::HEIGHT + 2 * MARGIN) * side;
    let signed = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let x = (signed(size.width) - signed(width)) / 2;
    let y = signed(size.height) - signed(height) - signed(FROM_EDGE * side);
    Rect::clipped(x.max(0), y.max(0), width, height, size)
}

/// The line as it is read.
fn text(names: &[(String, u32)]) -> String {
    let each = names.iter().map(|(name, times)| match times {
        1 => name.clone(),
        n => format!("{name} x{n}"),
    });
    each.collect::<Vec<String>>().join("  ")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to a byte"
)]
pub(super) fn blend(bgrx: &mut [u8], area: Rect, (x, y): (u32, u32), colour: [u8; 3], opaque: f32) {
    let at = ((y - area.y) as usize * area.width as usize + (x - area.x) as usize) * PIXEL;
    let Some(target) = bgrx.get_mut(at..at + 3) else {
        return;
    };
    for (under, over) in target.iter_mut().zip(colour) {
        let mixed = f32::from(*under) * (1.0 - opaque) + f32::from(over) * opaque;
        *under = mixed.round().clamp(0.0, 255.0) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 640,
        height: 480,
    };

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// The whole picture at `now`, on grey.
    fn drawn(effects: &mut Effects, now: Duration) -> Vec<u8> {
        let mut pixels = vec![100; 640 * 480 * PIXEL];
        let areas = effects.areas(now, SIZE);
        effects.draw(SIZE.rect(), SIZE, &mut pixels);
        for (n, pixel) in (0_u32..).zip(pixels.chunks_exact(PIXEL)) {
            let (x, y) = (n % 640, n / 640);
            let announced = areas
                .iter()
                .any(|a| (a.x..a.right()).contains(&x) && (a.y..a.bottom()).contains(&y));
            assert!(announced || pixel == [100; 4], "{x},{y} was not announced");
        }
        pixels
    }

    fn changed(pixels: &[u8]) -> usize {
        pixels
            .chunks_exact(PIXEL)
            .filter(|p| *p != [100; 4])
            .count()
    }

    #[test]
    fn a_ring_grows_fades_and_leaves_the_picture_as_it_was() {
        let mut effects = Effects::default();
        assert!(!effects.is_live());
        effects.click((0, 240), millis(1_000));
        let pixel = |pixels: &[u8], x: usize| pixels[(240 * 640 + x) * PIXEL + 2];
        let begin = drawn(&mut effects, millis(1_000));
        assert!(
            pixel(&begin, 6) > 240,
            "the ring is bright: {}",
            pixel(&begin, 6)
        );
        let later = drawn(&mut effects, millis(1_500));
        assert_eq!(pixel(&later, 6), 100, "it has grown");
        assert!(changed(&later) > 0);
        assert_eq!(changed(&drawn(&mut effects, millis(1_700))), 0);
        assert!(!effects.is_live(), "its last place was announced once more");
    }

    #[test]
    fn keys_are_one_line_in_the_picture_however_many_and_counted_when_repeated() {
        let mut effects = Effects::default();
        effects.key("Ctrl+Z", millis(0));
        effects.key("Ctrl+Z", millis(100));
        effects.key("Enter", millis(200));
        let keys = effects.keys.as_ref().unwrap();
        assert_eq!(text(&keys.names), "Ctrl+Z x2  Enter");
        let pixels = drawn(&mut effects, millis(200));
        let white = pixels.chunks_exact(PIXEL).filter(|p| p[..3] == [0xff; 3]);
        assert!(white.count() > 100);
        for n in 0..30 {
            effects.key(&format!("Ctrl+Shift+F{n}"), millis(300));
        }
        let place = line(effects.keys.as_ref().unwrap(), SIZE).unwrap();
        assert!(place.right() <= 640 && place.bottom() < 480);
        assert_eq!(changed(&drawn(&mut effects, millis(300) + LINE)), 0);
    }
}
