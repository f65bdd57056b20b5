//! What can go wrong in the spool.

use std::io;
use std::path::{Path, PathBuf};

use aside_protocol::id::RecordingId;

use super::entry::NotInOrder;

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
