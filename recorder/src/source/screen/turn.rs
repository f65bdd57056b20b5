//! Turns a frame upright. Pure.

use std::borrow::Cow;

/// Bytes a pixel.
const PIXEL: usize = 4;

/// How a compositor's output is turned (`wl_output.transform`): the screen shows the frame like this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Turn {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
    Flipped,
    FlippedQuarter,
    FlippedHalf,
    FlippedThreeQuarters,
}

impl Turn {
    /// Width and height of the upright picture of a frame.
    pub(super) const fn size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::None | Self::Half | Self::Flipped | Self::FlippedHalf => (width, height),
            Self::Quarter
            | Self::ThreeQuarters
            | Self::FlippedQuarter
            | Self::FlippedThreeQuarters => (height, width),
        }
    }

    /// The upright picture of a frame of whole rows of `width` pixels, as whole rows of its own.
    pub(super) fn upright(self, frame: &[u8], width: u32, height: u32) -> Cow<'_, [u8]> {
        let (w, h) = (width as usize, height as usize);
        let signed = |n: usize| isize::try_from(n).unwrap_or(0);
        // The frame's pixel of the upright corner, and the steps to its right and lower neighbours.
        let (row, last) = (signed(w), signed(w * h) - 1);
        let (corner, right, down) = match self {
            Self::None => return Cow::Borrowed(frame),
            Self::Quarter => (last - row + 1, -row, 1),
            Self::Half => (last, -1, -row),
            Self::ThreeQuarters => (row - 1, row, -1),
            Self::Flipped => (row - 1, -1, row),
            Self::FlippedQuarter => (0, row, 1),
            Self::FlippedHalf => (last - row + 1, 1, -row),
            Self::FlippedThreeQuarters => (last, -row, -1),
        };
        let (columns, rows) = self.size(width, height);
        let mut upright = vec![0; w * h * PIXEL];
        let lines = upright.chunks_exact_mut(columns as usize * PIXEL);
        for (y, line) in (0..rows as usize).zip(lines) {
            let mut from = corner + signed(y) * down;
            for pixel in line.chunks_exact_mut(PIXEL) {
                let at = usize::try_from(from).unwrap_or(0) * PIXEL;
                pixel.copy_from_slice(&frame[at..at + PIXEL]);
                from += right;
            }
        }
        Cow::Owned(upright)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of 3×2 pixels: a b c over d e f.
    fn turned(turn: Turn) -> (String, (u32, u32)) {
        let frame: Vec<u8> = b"abcdef".iter().flat_map(|c| [*c; PIXEL]).collect();
        let upright = turn.upright(&frame, 3, 2).into_owned();
        let letters = upright
            .chunks_exact(PIXEL)
            .map(|p| char::from(p[0]))
            .collect();
        (letters, turn.size(3, 2))
    }

    #[test]
    fn every_turn_takes_each_pixel_to_its_place() {
        assert_eq!(turned(Turn::None), ("abcdef".to_owned(), (3, 2)));
        assert_eq!(turned(Turn::Quarter), ("daebfc".to_owned(), (2, 3)));
        assert_eq!(turned(Turn::Half), ("fedcba".to_owned(), (3, 2)));
        assert_eq!(turned(Turn::ThreeQuarters), ("cfbead".to_owned(), (2, 3)));
        assert_eq!(turned(Turn::Flipped), ("cbafed".to_owned(), (3, 2)));
        assert_eq!(turned(Turn::FlippedQuarter), ("adbecf".to_owned(), (2, 3)));
        assert_eq!(turned(Turn::FlippedHalf), ("defabc".to_owned(), (3, 2)));
        assert_eq!(
            turned(Turn::FlippedThreeQuarters),
            ("fcebda".to_owned(), (2, 3))
        );
    }
}
