//! Parts and segments: where to cut (`rules`, pure) and the samples on their way into a part (`parts`).

mod parts;
mod rules;

pub use parts::{Part, PartWriter};
pub use rules::{IdrRule, PartRule, RepeatRule};
