//! The take: from the moment a link is made to the moment the server has every part.
//!
//! `state` decides (pure), `run` does. Whoever steers sends [`Command`]s and is told [`Notice`]s
//! and [`Snapshot`]s; it cannot tell whether it is a terminal, a script or a window.

mod chosen;
mod clipboard;
mod command;
mod drawing;
pub mod messages;
mod notice;
mod outcome;
mod plan;
mod prepare;
mod previews;
mod quality;
mod refusal;
mod report;
mod run;
mod runner;
mod snapshot;
mod state;
mod uplink;
pub mod watchdog;
mod world;

pub use chosen::{Choice, Chosen, EffectsChange};
pub use command::{Answer, Asked, Command, FaceChange, MAX_PER_SECOND, PreviewChange, Standing};
pub use drawing::{DrawChange, TakenBack};
pub use messages::clock;
pub use notice::{KeptWhy, LeftOnServer, Notice, Observer, PartState, PreviewSource};
pub use outcome::{Outcome, RecordError};
pub use plan::Plan;
pub use prepare::OpenDevices;
pub(crate) use previews::PreviewFile;
pub use refusal::Refusal;
pub use report::Report;
pub use run::{new_slug, record, record_with};
pub use snapshot::{LineState, Snapshot};
pub use state::{Cause, Ending, Phase};
pub use uplink::Uplink;
pub use world::{Moment, World};
