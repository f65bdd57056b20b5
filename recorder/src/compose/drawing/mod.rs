//! What a speaker draws while recording. Pure: `now` is a time since any fixed moment.
//!
//! Strokes are data, in fractions of the recorded picture; a sheet is what they look like in pixels of one size.

mod mask;
mod sheet;
mod strokes;

pub use sheet::{Frame, Sheet};
pub use strokes::{Ink, Spot, Strokes, Style, Tool};
