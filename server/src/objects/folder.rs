//! Directories that survive a power cut.
//!
//! The store syncs the directories it makes itself, but two puts at once may race: the
//! second finds a directory that the first has made and not yet synced, and would promise too
//! early. So a directory counts as there only when somebody in this process has synced it up to the root.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{ObjectError, Result};

/// Directories remembered; past it the memory starts afresh and a few syncs are repeated.
const REMEMBERED: usize = 4096;

/// The root folder and which directories below it are known to be durable.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: Arc<PathBuf>,
    durable: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Result<Self> {
        let folder = Self {
            root: Arc::new(root.to_owned()),
            durable: Arc::default(),
        };
        crate::durable_dir::create(root, None).map_err(|e| ObjectError::folder(root, e))?;
        Ok(folder)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the directory of `object` (a path below the root) and everything above it durable.
    pub(super) async fn prepare(&self, object: &str) -> Result<()> {
        let Some(directory) = Path::new(object).parent().map(Path::to_owned) else {
            return Ok(());
        };
        if self.knows(&directory) {
            return Ok(());
        }
        let folder = self.clone();
        let made = tokio::task::spawn_blocking(move || folder.make(&directory)).await;
        made.unwrap_or_else(|panic| {
            Err(ObjectError::folder(
                &self.root,
                std::io::Error::other(panic),
            ))
        })
    }

    fn make(&self, directory: &Path) -> Result<()> {
        let whole = self.root.join(directory);
        std::fs::create_dir_all(&whole).map_err(|e| ObjectError::folder(&whole, e))?;
        // From the leaf up: an entry is durable when the directory that holds it is synced.
        for ancestor in whole.ancestors() {
            sync(ancestor)?;
            if ancestor == self.root.as_path() {
                break;
            }
        }
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if durable.len() >= REMEMBERED {
            durable.clear();
        }
        durable.insert(directory.to_owned());
        Ok(())
    }

    fn knows(&self, directory: &Path) -> bool {
        self.durable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(directory)
    }
}

fn sync(directory: &Path) -> Result<()> {
    File::open(directory)
        .and_then(|d| d.sync_all())
        .map_err(|e| ObjectError::folder(directory, e))
}
