//! What survives a power cut: a folder for each take, complete before any network exists.
//!
//! ```text
//! {data_dir}/takes/{recording_id}/
//!   take.json              who the take is: id, slug, title, server, start, tracks with inits; written anew where the
//!                          encoder was replaced, with the number of the first part that the later init decodes
//!   parts/video-000000.m4s one file a part, written under another name, synced, renamed (events: .ndjson)
//!   journal                one checksummed line a part, and one when the take ended well
//!   received               one checksummed line a part the server has confirmed (a hint only)
//!   lock                   flock, and by whom: the process that records or uploads the take
//! {data_dir}/trash/{recording_id}/    a take that was begun anew, with the file `trashed`; deleted after seven days
//! {data_dir}/cancelled/{recording_id} the server is to be told that the recording is cancelled
//! ```
//!
//! A part's file is durable before its line of the journal is written, so the journal may lag behind by a line or be
//! torn, and never names a part that was not there. A folder is built as `.new-{id}` and unmade as `.deleted-{id}`, so that what is listed is whole.

mod cancelled;
mod delete;
mod disk;
mod entry;
mod error;
mod journal;
mod list;
mod lock;
mod paths;
pub mod probe;
mod recover;
mod retention;
mod take;
mod takes;
mod trash;
mod write;

pub use cancelled::{Cancellation, Leaving};
pub use disk::{Disk, DiskFile, SystemDisk};
pub use entry::{Entry, Ledger, Lost, NotInOrder};
pub use error::SpoolError;
pub use journal::{Journal, Line};
pub use list::{Listed, Progress, TakeStatus};
pub use lock::{Holder, Lock, Process};
pub use paths::Folder;
pub use recover::Recovered;
pub use retention::{Permit, Uncovered, covered_by, missing_from};
pub use take::{LaterInit, Take};
pub use takes::Spool;
pub use trash::{TRASH_MICROS, Trashed};
pub use write::{Held, NewPart, TakeWriter};

#[cfg(test)]
mod cuts;
#[cfg(test)]
mod power;
#[cfg(test)]
pub(crate) mod tests;
