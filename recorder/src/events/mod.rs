//! The events track of a take: what happened while it was recorded, beside picture and sound. `track` makes its parts (pure);
//! `protocol` says how they are written.

mod track;

pub use track::{EventsTrack, SealedEvents};
