//! How the numbers of a camera's picture are meant. Most give BT.601, JPEG ones in full range; a recording is BT.709 in
//! limited range.

use yuv::{YuvRange, YuvStandardMatrix};

/// What a YCbCr picture is computed with, and its range.
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

impl Colour {
    /// That of a recording.
    pub const RECORDED: Self = Self {
        matrix: Matrix::Bt709,
        full: false,
    };

    pub(super) const fn range(self) -> YuvRange {
        match self.full {
            true => YuvRange::Full,
            false => YuvRange::Limited,
        }
    }

    pub(super) const fn standard(self) -> YuvStandardMatrix {
        match self.matrix {
            Matrix::Bt601 => YuvStandardMatrix::Bt601,
            Matrix::Bt709 => YuvStandardMatrix::Bt709,
        }
    }
}
