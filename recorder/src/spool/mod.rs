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
//! A part's file is durable before its line of the journal is written, so the journal may lag behind by a line or be
//! torn, and never names a part that was not there. A folder is built as `.new-{id}` and unmade as `.deleted-{id}`, so that what is listed is whole.

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

pub use disk::{Disk, DiskFile, SystemDisk};
pub use entry::{Entry, Ledger, Lost, NotInOrder};
pub use folder::{Folder, Spool};
pub use journal::{Journal, Line};
pub use list::{Listed, Progress, Standing};
pub use lock::{Holder, Lock, Process};
pub use recover::Recovered;
pub use retention::{Permit, Uncovered, covered_by, missing_from};
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
    #[error(
        "{} lies on a file system that cannot make folders durable ({source}), as some network shares. Set \
         ASIDE_DATA_DIR to a folder on a local disk",
        path.display()
    )]
    NoFolderSync { path: PathBuf, source: io::Error },
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
    /// As [`Self::io`], for work that syncs folders: some file systems refuse exactly that.
    pub(crate) fn sync(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::Unsupported => Self::NoFolderSync {
                path: path.to_owned(),
                source,
            },
            _ => Self::io(what, path)(source),
        }
    }

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
mod cuts;
#[cfg(test)]
mod power;
#[cfg(test)]
mod tests;
