//! A GIF of a range (GIF89a): one palette, each picture only where it differs from the one before.

use aside_protocol::recording::VIDEO_TIMESCALE;
use ffmpeg_next as ffmpeg;

use crate::colours::{Palette, Rgb, Seen};
use crate::scene::Scene;
use crate::{CompositionError, Progress, Result, go_on};

/// Ticks of a millisecond.
const MS: u64 = VIDEO_TIMESCALE as u64 / 1000;
/// Milliseconds from one picture to the next.
const EVERY_MS: u64 = 100;
/// The colour that is none: what was there stays.
const CLEAR: u8 = 255;
const COLOURS: usize = 255;
/// Most bits of a code (GIF89a, appendix F).
const MAX_BITS: u32 = 12;

pub(crate) fn write(
    scene: &mut Scene<'_>,
    from_ms: u64,
    until_ms: u64,
    max_bytes: usize,
    progress: Progress<'_>,
) -> Result<Vec<u8>> {
    let mut shown: Vec<(u64, Vec<Rgb>)> = Vec::new();
    let mut seen = Seen::default();
    for ms in (from_ms..until_ms.max(from_ms + 1)).step_by(100) {
        if scene.look(ms.saturating_mul(MS))?
            && let Some(picture) = scene.draw()?
        {
            let pixels = pixels(&picture);
            seen.look(&pixels);
            shown.push((ms, pixels));
        }
        go_on(progress, ms)?;
    }
    if shown.is_empty() {
        return Err(CompositionError::NoPicture);
    }
    let palette = seen.palette(COLOURS);
    let (width, height) = scene.size();
    let mut gif = Gif::begin(width, height, &palette, max_bytes)?;
    // One that looks like the one before is that one for longer.
    let mut kept: Vec<(u64, Vec<u8>)> = Vec::new();
    for (ms, pixels) in shown {
        let picture: Vec<u8> = pixels.iter().map(|it| palette.index(*it)).collect();
        if kept.last().is_none_or(|(_, last)| *last != picture) {
            kept.push((if kept.is_empty() { from_ms } else { ms }, picture));
        }
    }
    let mut before: &[u8] = &[];
    for (n, (since, picture)) in kept.iter().enumerate() {
        let next = kept.get(n + 1).map_or(until_ms, |(ms, _)| *ms);
        gif.show(before, picture, next.saturating_sub(*since).max(EVERY_MS))?;
        before = picture;
    }
    Ok(gif.end())
}

/// BT.709 in limited range as red, green and blue, in thousandths.
#[expect(clippy::cast_sign_loss, reason = "clamped to a byte")]
fn pixels(picture: &ffmpeg::frame::Video) -> Vec<Rgb> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut out = Vec::with_capacity(width * height);
    let at = |plane: usize, x: usize, y: usize| {
        let value = picture.data(plane).get(y * picture.stride(plane) + x);
        i32::from(value.copied().unwrap_or(128))
    };
    for y in 0..height {
        for x in 0..width {
            let luma = (at(0, x, y) - 16) * 1164;
            let (cb, cr) = (at(1, x / 2, y / 2) - 128, at(2, x / 2, y / 2) - 128);
            let mixed = [
                luma + 1793 * cr,
                luma - 213 * cb - 533 * cr,
                luma + 2112 * cb,
            ];
            out.push(mixed.map(|it| ((it + 500) / 1000).clamp(0, 255) as u8));
        }
    }
    out
}

struct Gif {
    out: Vec<u8>,
    width: usize,
    height: usize,
    max_bytes: usize,
}

impl Gif {
    fn begin(width: u32, height: u32, palette: &Palette, max_bytes: usize) -> Result<Self> {
        let side = |n: u32| u16::try_from(n).map_err(|_| CompositionError::TooLarge);
        let mut out = b"GIF89a".to_vec();
        out.extend_from_slice(&side(width)?.to_le_bytes());
        out.extend_from_slice(&side(height)?.to_le_bytes());
        // A palette of 256 colours for all pictures.
        out.extend_from_slice(&[0b1111_0111, 0, 0]);
        for n in 0..256 {
            out.extend_from_slice(&palette.colours.get(n).copied().unwrap_or_default());
        }
        // It begins again for ever.
        out.extend_from_slice(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
        Ok(Self {
            out,
            width: width as usize,
            height: height as usize,
            max_bytes,
        })
    }

    /// A picture that is seen for so many milliseconds.
    fn show(&mut self, before: &[u8], picture: &[u8], ms: u64) -> Result<()> {
        let (left, top, width, height) = self.changed(before, picture);
        let hundredths = u16::try_from(ms / 10).unwrap_or(u16::MAX);
        // What was there stays, and one colour is clear.
        self.out.extend_from_slice(&[0x21, 0xf9, 4, 0b0000_0101]);
        self.out.extend_from_slice(&hundredths.to_le_bytes());
        self.out.extend_from_slice(&[CLEAR, 0, 0x2c]);
        for n in [left, top, width, height] {
            let n = u16::try_from(n).map_err(|_| CompositionError::TooLarge)?;
            self.out.extend_from_slice(&n.to_le_bytes());
        }
        self.out.push(0);
        let rows = (top..top + height).flat_map(|y| (left..left + width).map(move |x| (x, y)));
        let indices = rows.map(|(x, y)| {
            let at = y * self.width + x;
            match before.get(at) {
                Some(old) if *old == picture[at] => CLEAR,
                _ => picture[at],
            }
        });
        let codes = compress(indices);
        self.out.push(8);
        for block in codes.chunks(255) {
            self.out.push(u8::try_from(block.len()).unwrap_or(u8::MAX));
            self.out.extend_from_slice(block);
        }
        self.out.push(0);
        if self.out.len() > self.max_bytes {
            return Err(CompositionError::TooLarge);
        }
        Ok(())
    }

    /// The smallest rectangle in which a picture differs: left, top, width, height; one pixel where it does not.
    fn changed(&self, before: &[u8], picture: &[u8]) -> (usize, usize, usize, usize) {
        if before.len() != picture.len() {
            return (0, 0, self.width, self.height);
        }
        let (mut left, mut right, mut top, mut bottom) = (self.width, 0, self.height, 0);
        let rows = before.chunks(self.width).zip(picture.chunks(self.width));
        for (y, (old, new)) in rows.enumerate() {
            let differs = || old.iter().zip(new).map(|(a, b)| a != b);
            let Some(first) = differs().position(|it| it) else {
                continue;
            };
            let last = differs().collect::<Vec<_>>();
            let last = last.iter().rposition(|it| *it).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last));
            (top, bottom) = (top.min(y), y);
        }
        if top > bottom {
            return (0, 0, 1, 1);
        }
        (left, top, right - left + 1, bottom - top + 1)
    }

    fn end(mut self) -> Vec<u8> {
        self.out.push(0x3b);
        self.out
    }
}

/// LZW with codes of variable length (GIF89a, appendix F), for indices of eight bits.
fn compress(indices: impl Iterator<Item = u8>) -> Vec<u8> {
    const CLEAR_CODE: u16 = 256;
    const END: u16 = 257;
    let mut bits = Bits::default();
    let mut known: std::collections::HashMap<(u16, u8), u16> = std::collections::HashMap::new();
    let (mut next, mut width) = (END + 1, 9);
    bits.put(CLEAR_CODE, width);
    let mut prefix: Option<u16> = None;
    for index in indices {
        let Some(before) = prefix else {
            prefix = Some(index.into());
            continue;
        };
        if let Some(code) = known.get(&(before, index)) {
            prefix = Some(*code);
            continue;
        }
        bits.put(before, width);
        if u32::from(next) < 1 << MAX_BITS {
            known.insert((before, index), next);
            // The reader is one entry behind.
            if u32::from(next) == 1 << width && width < MAX_BITS {
                width += 1;
            }
            next += 1;
        } else {
            bits.put(CLEAR_CODE, width);
            known.clear();
            (next, width) = (END + 1, 9);
        }
        prefix = Some(index.into());
    }
    if let Some(last) = prefix {
        bits.put(last, width);
        if u32::from(next) == 1 << width && width < MAX_BITS {
            width += 1;
        }
    }
    bits.put(END, width);
    bits.end()
}

/// Codes, the lowest bit first.
#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, code: u16, width: u32) {
        self.held |= u32::from(code) << self.count;
        self.count += width;
        while self.count >= 8 {
            let [lowest, ..] = self.held.to_le_bytes();
            self.out.push(lowest);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn end(mut self) -> Vec<u8> {
        if self.count > 0 {
            let [lowest, ..] = self.held.to_le_bytes();
            self.out.push(lowest);
        }
        self.out
    }
}
