//! What a screen paints onto.

use super::Rect;

/// Takes the changed areas of a screen.
pub trait Paint {
    /// Announces the areas that will follow, none overlapping another. `false`: there is no room for another picture
    /// now (the encoder is behind); nothing may be patched then, and the change stays due.
    fn begin(&mut self, areas: &[Rect]) -> bool;
    /// One announced area, at even corners: whole rows of `stride` bytes, 4 bytes a pixel in the order blue, green, red,
    /// unused.
    fn patch(&mut self, area: Rect, bgrx: &[u8], stride: usize);
}
