//! The words both programs speak. Pure: no IO, no clock, no randomness of its own.
//!
//! Times come in two kinds and never mix: [`time::Timestamp`] is an instant on the wall,
//! [`time::MediaTime`] a position inside a recording. Entropy for ids and slugs is handed in.

pub mod cmaf;
pub mod device;
pub mod id;
pub mod layout;
pub mod limits;
pub mod problem;
pub mod recording;
pub mod text;
pub mod time;
pub mod timed_event;
pub mod upload;
