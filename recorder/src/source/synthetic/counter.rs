//! The frame counter: a row of blocks that survives any encoder. White, black, 16 bits of Gray code (highest
//! first), even parity.

/// Side of a block in pixels.
pub const BLOCK: u32 = 24;
/// Blocks in the row.
pub const BLOCKS: u32 = 19;

const BITS: u32 = 16;

/// Which blocks are white for `count` (of which the lower 16 bits are shown).
pub(super) fn blocks(count: u64) -> [bool; BLOCKS as usize] {
    let low = (count & 0xffff) as u32;
    let gray = low ^ (low >> 1);
    let mut white = [false; BLOCKS as usize];
    white[0] = true;
    for bit in 0..BITS {
        white[2 + bit as usize] = gray >> (BITS - 1 - bit) & 1 == 1;
    }
    white[2 + BITS as usize] = gray.count_ones() % 2 == 1;
    white
}

/// Reads the counter off the luma plane of a decoded picture; `None` if a block is unclear or the parity is wrong.
pub fn read(luma: &[u8], stride: usize) -> Option<u32> {
    read_at(luma, stride, (0.0, 0.0), f64::from(BLOCK))
}

/// The same for a counter whose upper left corner lies at `corner` (x, y), with blocks of `side` pixels, of whichever scale.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a picture"
)]
pub(super) fn read_at(luma: &[u8], stride: usize, corner: (f64, f64), side: f64) -> Option<u32> {
    let inside = |begin: f64| {
        let from = (begin + side / 4.0).round() as usize;
        from..((begin + side * 0.75).round() as usize).max(from + 1)
    };
    let mean = |n: usize| {
        let columns = inside(corner.0 + n as f64 * side);
        let rows = inside(corner.1);
        let (mut sum, mut count) = (0_u32, 0_u32);
        for y in rows {
            let row = luma.get(y * stride + columns.start..y * stride + columns.end)?;
            sum += row.iter().map(|v| u32::from(*v)).sum::<u32>();
            count += columns.len() as u32;
        }
        Some(f64::from(sum) / f64::from(count))
    };
    let (white, black) = (mean(0)?, mean(1)?);
    if white - black < 60.0 {
        return None;
    }
    let (mut gray, mut ones) = (0_u32, 0_u32);
    for n in 2..BLOCKS as usize {
        let level = (mean(n)? - black) / (white - black);
        if (level - 0.5).abs() < 0.2 {
            return None;
        }
        let bit = u32::from(level > 0.5);
        ones += bit;
        if n < 2 + BITS as usize {
            gray = gray << 1 | bit;
        }
    }
    if ones % 2 == 1 {
        return None;
    }
    let mut count = 0;
    while gray > 0 {
        count ^= gray;
        gray >>= 1;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(count: u64) -> Vec<u8> {
        let row: Vec<u8> = blocks(count)
            .iter()
            .flat_map(|w| [if *w { 235 } else { 16 }; BLOCK as usize])
            .collect();
        row.repeat(BLOCK as usize)
    }

    #[test]
    fn a_counter_is_read_back_as_it_was_drawn() {
        for count in [0, 1, 2, 255, 256, 4711, 65_535] {
            assert_eq!(
                read(&drawn(count), (BLOCK * BLOCKS) as usize),
                Some(u32::try_from(count).unwrap())
            );
        }
        assert_eq!(read(&drawn(65_536), (BLOCK * BLOCKS) as usize), Some(0));
    }

    #[test]
    fn a_damaged_counter_is_not_read() {
        let mut luma = drawn(77);
        let stride = (BLOCK * BLOCKS) as usize;
        for row in luma.chunks_mut(stride) {
            row[BLOCK as usize * 10..BLOCK as usize * 11]
                .iter_mut()
                .for_each(|v| *v = 251 - *v);
        }
        assert_eq!(read(&luma, stride), None);
        assert_eq!(read(&[128; 24 * 456], stride), None);
    }
}
