//! Why an export failed.

use std::io;
use std::path::PathBuf;

use super::stage::StageError;
use crate::objects::ObjectError;
use crate::store::StoreError;

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
}

pub(super) type Result<T> = std::result::Result<T, ExportError>;
