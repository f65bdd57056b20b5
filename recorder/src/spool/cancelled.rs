//! Takes that a person cancelled or began anew, and whose server does not know it yet: `{data_dir}/cancelled/{id}`.
//!
//! The note is durable before the take leaves its folder. Where a power cut comes between the two, the next start does the rest.

use std::fs;
use std::path::{Path, PathBuf};

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::SpoolError;
use super::disk;
use super::retention::Permit;
use super::takes::Spool;
use super::write::Held;

/// What becomes of what lies here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    Delete,
    /// Since this instant.
    Trash(Timestamp),
}

/// A recording that is to be removed from its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub id: RecordingId,
    /// As in [`super::Take`].
    pub server: String,
    leaving: Leaving,
}

impl Held {
    /// Takes the take out of the spool because a person said so, and, where a server may know of it, notes that it is to
    /// be removed there.
    pub fn discard(&self, leaving: Leaving, known_to: Option<&str>) -> Result<(), SpoolError> {
        if let Some(server) = known_to {
            self.note(&Cancellation {
                id: self.take.id,
                server: server.to_owned(),
                leaving,
            })?;
        }
        match leaving {
            Leaving::Delete => self.delete(Permit::discarded_by_a_person()),
            Leaving::Trash(at) => self.trash(at),
        }
    }

    fn note(&self, cancellation: &Cancellation) -> Result<(), SpoolError> {
        let folder = notes_folder(&self.root);
        disk::make_folders(&*self.disk, &folder).map_err(SpoolError::sync("make", &folder))?;
        let name = cancellation.id.to_string();
        let bytes = serde_json::to_vec(cancellation).map_err(|e| SpoolError::Damaged {
            path: folder.join(&name),
            why: e.to_string(),
        })?;
        disk::place(&*self.disk, &folder, &name, &bytes)
            .map_err(SpoolError::sync("write to", &folder))
    }
}

impl Spool {
    /// What servers are still to be told. A note that cannot be read is passed over.
    pub fn cancellations(&self) -> Result<Vec<Cancellation>, SpoolError> {
        let folder = notes_folder(self.path());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let fail = |e| SpoolError::io("list", &folder)(e);
        let mut found = Vec::new();
        for item in fs::read_dir(&folder).map_err(fail)? {
            let item = item.map_err(fail)?;
            if !disk::is_unfinished(&item.file_name())
                && let Ok(bytes) = fs::read(item.path())
            {
                found.extend(serde_json::from_slice::<Cancellation>(&bytes).ok());
            }
        }
        Ok(found)
    }

    /// The server has nothing of it any more.
    pub fn forget_cancellation(&self, id: RecordingId) -> Result<(), SpoolError> {
        let path = notes_folder(self.path()).join(id.to_string());
        match self.disk.remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(SpoolError::io("delete", &path)(e))
            }
            _ => Ok(()),
        }
    }

    /// Does what a dying process left undone: takes that were cancelled leave the spool.
    pub(super) fn finish_cancellations(&self) -> Result<(), SpoolError> {
        for cancellation in self.cancellations()? {
            match self.claim(cancellation.id) {
                Ok(held) => held.discard(cancellation.leaving, None)?,
                // A living process is at it, or it is done.
                Err(_) => continue,
            }
        }
        Ok(())
    }
}

/// Beside the folder of the takes.
fn notes_folder(takes: &Path) -> PathBuf {
    takes.with_file_name("cancelled")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aside_protocol::recording::TrackName;

    use super::super::SystemDisk;
    use super::super::tests::{append, take};
    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[test]
    fn a_take_whose_cancelling_was_cut_off_is_gone_at_the_next_start() {
        for leaving in [Leaving::Delete, Leaving::Trash(AT)] {
            let dir = tempfile::tempdir().unwrap();
            let spool = Spool::open(dir.path(), Arc::new(SystemDisk)).unwrap();
            let mut writer = spool.create(take()).unwrap();
            append(&mut writer, TrackName::Video, 0).unwrap();
            let cancellation = Cancellation {
                id: writer.take().id,
                server: "https://aside.example".to_owned(),
                leaving,
            };
            writer.held().note(&cancellation).unwrap();
            drop(writer);

            let spool = Spool::open(dir.path(), Arc::new(SystemDisk)).unwrap();
            assert_eq!(spool.ids().unwrap(), []);
            let trash = spool.trashed_ids().unwrap();
            assert_eq!(trash.len(), usize::from(leaving != Leaving::Delete));
            assert_eq!(
                spool.cancellations().unwrap(),
                std::slice::from_ref(&cancellation),
                "the server is still to be told"
            );
            spool.forget_cancellation(cancellation.id).unwrap();
            assert_eq!(spool.cancellations().unwrap(), []);
        }
    }
}
