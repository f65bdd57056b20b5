//! Why an import ended, and reading what may be the cause.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::MANIFEST;
use crate::service::StorageError;
use crate::store::StoreError;
use crate::store::dump::RowsError;

/// Why an import ended. Recordings that were taken in stay; the same command goes on with the others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    #[error("{} is not a whole export: it has no {MANIFEST}", .0.display())]
    NotAnExport(PathBuf),
    #[error("the export was made by a newer program: it has format {0}")]
    NewerFormat(u32),
    #[error(
        "nobody has an account on this server yet. Make the owner's first (open the server's page, or aside-server user add … --role owner), then import"
    )]
    NotSetUp,
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
    #[error("{} is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) type Result<T> = std::result::Result<T, ImportError>;

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).map_err(|source| disk(path, source))?;
    serde_json::from_slice(&text).map_err(|e| damaged(path, &e.to_string()))
}

pub(super) fn disk(path: &Path, source: io::Error) -> ImportError {
    ImportError::Disk {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn damaged(path: &Path, why: &str) -> ImportError {
    ImportError::Damaged {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}
