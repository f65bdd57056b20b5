//! Why bytes could not be stored or fetched.

use std::error::Error as StdError;
use std::io;

use crate::disk::is_full;

/// A failure of the object store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    #[error("no space left in the object store")]
    Full,
    #[error("there is no object {0}")]
    NotFound(String),
    #[error("object store: {0}")]
    Other(object_store::Error),
    #[error("cannot make {path} durable: {source}")]
    Folder {
        path: std::path::PathBuf,
        source: io::Error,
    },
    #[error("object store address: {0}")]
    Address(String),
}

pub type Result<T> = std::result::Result<T, ObjectError>;

impl From<object_store::Error> for ObjectError {
    fn from(error: object_store::Error) -> Self {
        if let object_store::Error::NotFound { path, .. } = error {
            return Self::NotFound(path);
        }
        if io_cause(&error).is_some_and(is_full) {
            Self::Full
        } else {
            Self::Other(error)
        }
    }
}

impl ObjectError {
    pub(super) fn folder(path: &std::path::Path, source: io::Error) -> Self {
        if is_full(&source) {
            Self::Full
        } else {
            Self::Folder {
                path: path.to_owned(),
                source,
            }
        }
    }
}

fn io_cause<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e io::Error> {
    let mut cause = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<io::Error>() {
            return Some(io);
        }
        cause = e.source();
    }
    None
}
