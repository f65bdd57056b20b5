//! Files that a put of the folder store began and never finished: `NAME#1`, `NAME#2` … beside the object. Nothing ever
//! reads them; `object_store` renames the finished file and leaves these when the process dies.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aside_protocol::time::Timestamp;

use super::key::RECORDINGS;
use super::{ObjectError, ObjectKey, Objects, Result};

impl Objects {
    /// Removes those that were last written before `before`; says how many. A bucket has none.
    pub async fn remove_unfinished(&self, before: Timestamp) -> Result<u64> {
        let Some(folder) = &self.folder else {
            return Ok(0);
        };
        let root = folder.root().to_owned();
        let since = Duration::from_micros(u64::try_from(before.micros()).unwrap_or(0));
        let before = SystemTime::UNIX_EPOCH + since;
        let swept = tokio::task::spawn_blocking(move || sweep(&root, before)).await;
        swept.unwrap_or_else(|panic| {
            Err(ObjectError::folder(
                folder.root(),
                std::io::Error::other(panic),
            ))
        })
    }
}

fn sweep(root: &Path, before: SystemTime) -> Result<u64> {
    let mut removed = 0;
    let mut folders = vec![root.join(RECORDINGS)];
    while let Some(folder) = folders.pop() {
        let wrong = |e| ObjectError::folder(&folder, e);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(wrong(e)),
        };
        for entry in entries {
            let entry = entry.map_err(wrong)?;
            let kind = entry.file_type().map_err(wrong)?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && is_unfinished(root, &path) && is_older(&entry, before) {
                match std::fs::remove_file(&path) {
                    Ok(()) => removed += 1,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                    Err(e) => return Err(wrong(e)),
                }
            }
        }
    }
    Ok(removed)
}

/// Whether it is the name of one of our objects, followed by `#` and digits.
fn is_unfinished(root: &Path, path: &Path) -> bool {
    let name = path.strip_prefix(root).ok().and_then(Path::to_str);
    name.and_then(|name| name.rsplit_once('#'))
        .is_some_and(|(object, digits)| {
            !digits.is_empty()
                && digits.bytes().all(|b| b.is_ascii_digit())
                && ObjectKey::from_path(object).is_some()
        })
}

fn is_older(entry: &std::fs::DirEntry, before: SystemTime) -> bool {
    let written = entry.metadata().and_then(|m| m.modified());
    written.is_ok_and(|at| at < before)
}
