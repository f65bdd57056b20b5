//! What the server takes, so that the recorder makes nothing else: asked before a link is handed out, and held
//! against when the bytes arrive. Sizes and counts of parts stand in [`crate::recording`], titles in [`crate::text`].

/// Shortest side of a picture, in pixels: one macroblock of H.264.
pub const MIN_SIDE: u32 = 16;
/// Longest side of a picture, in pixels.
pub const MAX_SIDE: u32 = 8192;

/// The side of a picture that no server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {width}×{height} is {} than can be stored ({MIN_SIDE} to {MAX_SIDE} a side)", if *.small { "smaller" } else { "larger" })]
pub struct BadSize {
    pub width: u32,
    pub height: u32,
    /// A side is too short; else one is too long.
    pub small: bool,
}

/// Whether a picture of this size can be stored.
pub const fn check_size(width: u32, height: u32) -> Result<(), BadSize> {
    let small = width < MIN_SIDE || height < MIN_SIDE;
    if small || width > MAX_SIDE || height > MAX_SIDE {
        return Err(BadSize {
            width,
            height,
            small,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_refused_with_the_word_that_is_true_for_it() {
        assert_eq!(check_size(16, 8192), Ok(()));
        let word = |width, height| check_size(width, height).unwrap_err().to_string();
        assert!(word(15, 9).contains("smaller"));
        assert!(word(8193, 64).contains("larger"));
        assert!(word(8193, 9).contains("smaller"));
    }
}
