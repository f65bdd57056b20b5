//! Few colours for many: a palette by median cut, and which of it stands for a colour. Colours are looked at in steps of eight.

/// Bits of a colour that are looked at, of each of red, green and blue.
const BITS: u32 = 5;
const CELLS: usize = 1 << (3 * BITS);

pub(crate) type Rgb = [u8; 3];

/// How often each colour is seen, and what all of them add up to.
pub(crate) struct Seen(Vec<(u64, [u64; 3])>);

impl Default for Seen {
    fn default() -> Self {
        Self(vec![(0, [0; 3]); CELLS])
    }
}

/// At most so many colours as asked for, and which of them stands for what was seen.
pub(crate) struct Palette {
    pub(crate) colours: Vec<Rgb>,
    nearest: Vec<u8>,
}

fn cell(colour: Rgb) -> usize {
    let [r, g, b] = colour.map(|it| usize::from(it >> (8 - BITS)));
    r << (2 * BITS) | g << BITS | b
}

/// One of the three, of a cell.
fn coordinate(cell: usize, axis: usize) -> usize {
    let shift = match axis {
        0 => 2 * BITS,
        1 => BITS,
        _ => 0,
    };
    cell >> shift & ((1 << BITS) - 1)
}

impl Seen {
    pub(crate) fn look(&mut self, pixels: &[Rgb]) {
        for pixel in pixels {
            let (count, sums) = &mut self.0[cell(*pixel)];
            *count += 1;
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*value);
            }
        }
    }

    /// At most `most` colours, 1 to 256.
    pub(crate) fn palette(&self, most: usize) -> Palette {
        let all = (0..CELLS).filter(|cell| self.0[*cell].0 > 0);
        let mut boxes = vec![all.collect::<Vec<usize>>()];
        while boxes.len() < most.clamp(1, 256) {
            // The box with the most pixels times its longest side is halved.
            let worth = |cells: &[usize]| {
                let (axis, side) = longest(cells);
                (self.count(cells) * (side as u64).pow(2), axis)
            };
            let found = boxes.iter().enumerate().map(|(n, it)| (worth(it), n));
            let Some(((worth, axis), n)) = found.max() else {
                break;
            };
            if worth == 0 {
                break;
            }
            let mut cells = boxes.swap_remove(n);
            cells.sort_by_key(|cell| coordinate(*cell, axis));
            let half = self.count(&cells) / 2;
            let mut sum = 0;
            let at = cells.iter().position(|cell| {
                sum += self.0[*cell].0;
                sum > half
            });
            let at = at.unwrap_or(0).clamp(1, cells.len() - 1);
            let rest = cells.split_off(at);
            boxes.push(cells);
            boxes.push(rest);
        }
        boxes.retain(|cells| !cells.is_empty());
        let colours: Vec<Rgb> = boxes.iter().map(|cells| self.mean(cells)).collect();
        let mut nearest = vec![0; CELLS];
        for (cells, n) in boxes.iter().zip(0_u8..=255) {
            for cell in cells {
                nearest[*cell] = n;
            }
        }
        Palette { colours, nearest }
    }

    fn count(&self, cells: &[usize]) -> u64 {
        cells.iter().map(|cell| self.0[*cell].0).sum()
    }

    fn mean(&self, cells: &[usize]) -> Rgb {
        let count = self.count(cells).max(1);
        [0, 1, 2].map(|axis| {
            let sum: u64 = cells.iter().map(|cell| self.0[*cell].1[axis]).sum();
            u8::try_from(sum / count).unwrap_or(u8::MAX)
        })
    }
}

/// The axis along which the cells lie farthest apart, and how far.
fn longest(cells: &[usize]) -> (usize, usize) {
    let side = |axis: usize| {
        let along = || cells.iter().map(|cell| coordinate(*cell, axis));
        along().max().unwrap_or(0) - along().min().unwrap_or(0)
    };
    let sides = (0..3).map(|axis| (side(axis), axis));
    let (side, axis) = sides.max().unwrap_or((0, 0));
    (axis, side)
}

impl Palette {
    /// Which colour stands for one that was seen.
    pub(crate) fn index(&self, colour: Rgb) -> u8 {
        self.nearest[cell(colour)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_kept_as_they_are() {
        let mut seen = Seen::default();
        seen.look(&[[255, 0, 0], [0, 0, 255], [250, 250, 250], [255, 0, 0]]);
        let palette = seen.palette(255);
        assert_eq!(palette.colours.len(), 3);
        for colour in [[255, 0, 0], [0, 0, 255], [250, 250, 250]] {
            let n = usize::from(palette.index(colour));
            assert_eq!(palette.colours[n], colour);
        }
    }

    #[test]
    fn many_colours_become_as_many_as_are_wanted_and_stay_near() {
        let shades: Vec<Rgb> = (0..=255).map(|n| [n, n, n]).collect();
        let mut seen = Seen::default();
        seen.look(&shades);
        let palette = seen.palette(8);
        assert_eq!(palette.colours.len(), 8);
        for shade in shades {
            let [found, ..] = palette.colours[usize::from(palette.index(shade))];
            assert!(found.abs_diff(shade[0]) <= 24, "{shade:?} became {found}");
        }
        assert!(Seen::default().palette(8).colours.is_empty());
    }
}
