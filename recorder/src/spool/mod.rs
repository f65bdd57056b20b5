//! What survives a power cut: a folder for each take, complete before any network exists.
//!
//! ```text
//! {data_dir}/takes/{recording_id}/
//!   take.json              who the take is: id, slug, title, server, start, tracks with inits
//!   parts/video-000000.m4s one file a part, written under another name, synced, renamed
//!   journal                one checksummed line a part, and one when the take ended well
//!   received               one checksummed line a part the server has confirmed (a hint only)
//!   lock                   flock, and by whom: the process that records or uploads the take
//! ```
//!
//! Surprises: files are trusted over the journal, which may lag behind by a line or be torn. A
//! folder is built as `.new-{id}` and unmade as `.deleted-{id}`, so that what is listed is whole.

mod disk;
mod entry;
mod folder;
mod journal;
mod list;
mod lock;
mod recover;
mod retention;
mod take;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use aside_protocol::id::RecordingId;

pub use disk::{Disk, SystemDisk};
pub use entry::{Entry, Ledger, NotInOrder};
pub use folder::{Folder, Spool};
pub use journal::{Journal, Line};
pub use list::{Listed, Progress, Standing};
pub use lock::{Holder, Lock};
pub use recover::Recovered;
pub use retention::{Permit, Uncovered, covered_by};
pub use take::Take;
pub(crate) use write::read_part_file;
pub use write::{Held, NewPart, Recording};

/// Why the spool could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    #[error("there is no space left on the disk that holds {}", path.display())]
    Full { path: PathBuf },
    #[error("could not {what} {} ({source})", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the take {id} is being recorded or uploaded by another aside right now")]
    Busy { id: RecordingId },
    #[error("there is no take {id} on this computer")]
    NoSuchTake { id: RecordingId },
    #[error("{} is damaged ({why}); nothing was deleted", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error(transparent)]
    NotInOrder(#[from] NotInOrder),
}

impl SpoolError {
    /// Names what was done to which path; tells a full disk from every other trouble.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                path: path.to_owned(),
            },
            _ => Self::Io {
                what,
                path: path.to_owned(),
                source,
            },
        }
    }
}

#[cfg(test)]
mod tests;
