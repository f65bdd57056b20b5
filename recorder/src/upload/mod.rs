//! Bringing a take to its server while it is being recorded, or long after.
//!
//! `plan` and `retry` are pure; `client` speaks HTTP; `run` lets them work together and is the
//! only layer that repeats anything. The uploader reads the spool and nothing else: a part it
//! sends lies safely on disk already, so that losing the network, the server or this very
//! process costs time and no pictures.

mod cancel;
mod client;
mod error;
mod events;
mod finish;
mod heartbeat;
mod plan;
mod retry;
mod run;

pub use cancel::{Removed, cancel};
pub use client::Client;
pub use error::{Failure, Refusal, UploadError, classify};
pub use events::{Event, EventReader, Events, QueuedEvent};
pub use finish::{Finished, finish_take};
pub use plan::{Key, Plan, Step};
pub use retry::{Policy, Retry};
pub use run::{Job, upload};
