//! Patches in, pictures out: what a screen says has changed becomes a full picture for the encoder,
//! converting and copying only that. Pure but for memory.

mod canvas;
mod colour;
mod drawing;
mod effects;
mod fit;
mod geometry;
mod paint;
mod picture;
mod thumbnail;

pub use canvas::Canvas;
pub use colour::{Colour, Matrix};
pub use drawing::{Frame, Ink, Sheet, Spot, Strokes, Style, Tool};
pub use effects::Effects;
pub use fit::{Fit, Scaled};
pub use geometry::{Rect, Size, TILE, TileSet};
pub use paint::Paint;
pub use picture::Picture;
pub use thumbnail::Thumbnail;
