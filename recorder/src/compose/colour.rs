//! From the colours of a camera to those of a recording (BT.709, limited range). Pure.
//!
//! Cameras give BT.601, JPEG ones in full range. Both differ from ours by a matrix that leaves grey alone: luma gets a share
//! of the two colour differences, and these get shares of each other.

/// How the numbers of a YCbCr picture are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    pub matrix: Matrix,
    /// 0 to 255 instead of 16 to 235 (luma) and 240 (chroma).
    pub full: bool,
}

/// What YCbCr is computed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    Bt601,
    Bt709,
}

impl Matrix {
    /// Shares of red and blue in luma (ITU-R BT.601 §2.5.1, BT.709 §3).
    const fn shares(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
        }
    }
}

/// Fractional bits of the coefficients.
const BITS: u32 = 14;
const HALF: i32 = 1 << (BITS - 1);

/// Coefficients of `y' = 16 + yy·(y − black) + yu·u + yv·v`, `u' = uu·u + uv·v`, `v' = vu·u + vv·v`, chroma around 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recolour {
    black: i32,
    luma: [i32; 3],
    blue: [i32; 2],
    red: [i32; 2],
}

impl Recolour {
    /// `None`: the picture is as it should be.
    pub(super) fn from(colour: Colour) -> Option<Self> {
        if colour.matrix == Matrix::Bt709 && !colour.full {
            return None;
        }
        let (kr, kb) = colour.matrix.shares();
        let (nr, nb) = Matrix::Bt709.shares();
        let (kg, ng) = (1.0 - kr - kb, 1.0 - nr - nb);
        // Red and blue above luma for one unit of Cr or Cb; green below it for both.
        let (r_cr, b_cb) = (2.0 * (1.0 - kr), 2.0 * (1.0 - kb));
        let (g_cr, g_cb) = (-kr * r_cr / kg, -kb * b_cb / kg);
        let (y_cb, y_cr) = (ng * g_cb + nb * b_cb, nr * r_cr + ng * g_cr);
        let (to_cb, to_cr) = (2.0 * (1.0 - nb), 2.0 * (1.0 - nr));
        let (luma, chroma) = if colour.full {
            (219.0 / 255.0, 224.0 / 255.0)
        } else {
            (1.0, 1.0)
        };
        // Luma from chroma: 219 steps of luma for 224 (or 255) of chroma.
        let across = if colour.full {
            219.0 / 255.0
        } else {
            219.0 / 224.0
        };
        Some(Self {
            black: if colour.full { 0 } else { 16 },
            luma: [luma, y_cb * across, y_cr * across].map(fixed),
            blue: [(b_cb - y_cb) / to_cb * chroma, -y_cr / to_cb * chroma].map(fixed),
            red: [-y_cb / to_cr * chroma, (r_cr - y_cr) / to_cr * chroma].map(fixed),
        })
    }

    /// One row of chroma and the rows of luma that it colours; a pixel of chroma for two of luma.
    pub(super) fn rows(&self, luma: [&mut [u8]; 2], blue: &mut [u8], red: &mut [u8]) {
        let [upper, lower] = luma;
        let chroma = blue.iter_mut().zip(red.iter_mut());
        let pairs = upper.chunks_exact_mut(2).zip(lower.chunks_exact_mut(2));
        for ((cb, cr), (upper, lower)) in chroma.zip(pairs) {
            let (u, v) = (i32::from(*cb) - 128, i32::from(*cr) - 128);
            let share = self.luma[1] * u + self.luma[2] * v + HALF + (16 << BITS);
            for y in upper.iter_mut().chain(lower.iter_mut()) {
                *y = byte((self.luma[0] * (i32::from(*y) - self.black) + share) >> BITS);
            }
            let centre = HALF + (128 << BITS);
            *cb = byte((self.blue[0] * u + self.blue[1] * v + centre) >> BITS);
            *cr = byte((self.red[0] * u + self.red[1] * v + centre) >> BITS);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "coefficients are below 2 in magnitude"
)]
fn fixed(share: f64) -> i32 {
    (share * f64::from(1 << BITS)).round() as i32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte first"
)]
fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The YCbCr of an RGB colour, 0 to 1, as a camera with these numbers gives it.
    fn seen(rgb: [f64; 3], colour: Colour) -> [u8; 3] {
        let (kr, kb) = colour.matrix.shares();
        let [r, g, b] = rgb;
        let y = kr * r + (1.0 - kr - kb) * g + kb * b;
        let (cb, cr) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
        let (black, luma, chroma) = if colour.full {
            (0.0, 255.0, 255.0)
        } else {
            (16.0, 219.0, 224.0)
        };
        [black + luma * y, 128.0 + chroma * cb, 128.0 + chroma * cr]
            .map(|value| value.round().clamp(0.0, 255.0) as u8)
    }

    #[test]
    fn a_cameras_colours_become_those_of_bt_709_in_limited_range() {
        let wanted = Colour {
            matrix: Matrix::Bt709,
            full: false,
        };
        assert_eq!(Recolour::from(wanted), None);
        for (matrix, full) in [
            (Matrix::Bt601, false),
            (Matrix::Bt601, true),
            (Matrix::Bt709, true),
        ] {
            let colour = Colour { matrix, full };
            let recolour = Recolour::from(colour).unwrap();
            for rgb in [
                [0.0, 0.0, 0.0],
                [1.0, 1.0, 1.0],
                [0.5, 0.5, 0.5],
                [1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
                [0.0, 0.0, 1.0],
                [0.9, 0.7, 0.6],
            ] {
                let [y, cb, cr] = seen(rgb, colour);
                let (mut upper, mut lower, mut blue, mut red) = ([y; 2], [y; 2], [cb], [cr]);
                recolour.rows([&mut upper, &mut lower], &mut blue, &mut red);
                for (got, want) in [upper[0], blue[0], red[0]].iter().zip(seen(rgb, wanted)) {
                    assert!(
                        got.abs_diff(want) <= 2,
                        "{rgb:?} as {colour:?}: {got}, not {want}"
                    );
                }
                assert_eq!(upper, lower);
            }
        }
    }
}
