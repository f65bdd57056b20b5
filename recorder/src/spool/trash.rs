//! The trash of this computer: takes that a person began anew, kept for seven days as `{data_dir}/trash/{id}`.
//!
//! A take is moved there by one rename, so that after a power cut it is either still a take or wholly in the trash. It comes back
//! under a new id and a new link, because the server deleted the old one for good.

use std::fs;
use std::path::{Path, PathBuf};

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::SpoolError;
use super::delete::{self, remove_folder};
use super::disk::{self, Disk};
use super::list::{Progress, read_progress};
use super::lock::Lock;
use super::paths::{Folder, TAKE};
use super::retention::Permit;
use super::take::Take;
use super::takes::Spool;
use super::write::Held;

/// How long a take stays in the trash, in microseconds: seven days.
pub const TRASH_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;

const TRASHED: &str = "trashed";

/// The file `trashed` in the folder of a take.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Note {
    at: Timestamp,
}

/// A take in the trash.
#[derive(Debug)]
pub struct Trashed {
    pub id: RecordingId,
    pub take: Take,
    pub progress: Progress,
    /// The first start after this deletes it.
    pub expires_at: Timestamp,
}

impl Held {
    /// Moves the take to the trash. It is out of the list when this returns.
    pub fn trash(&self, at: Timestamp) -> Result<(), SpoolError> {
        let disk = &*self.disk;
        let trash = trash_folder(&self.root);
        disk::make_folders(disk, &trash).map_err(SpoolError::sync("make", &trash))?;
        let note = serde_json::to_vec(&Note { at }).map_err(|e| SpoolError::Damaged {
            path: self.folder.0.join(TRASHED),
            why: e.to_string(),
        })?;
        disk::place(disk, &self.folder.0, TRASHED, &note)
            .map_err(SpoolError::sync("write to", &self.folder.0))?;
        move_folder(disk, &self.folder.0, &trash.join(self.take.id.to_string()))
    }
}

impl Spool {
    /// Everything in the trash, the oldest take first. What cannot be read is left out and stays.
    pub fn trashed(&self) -> Result<Vec<Trashed>, SpoolError> {
        let mut ids = self.trashed_ids()?;
        ids.sort_unstable();
        Ok(ids
            .into_iter()
            .filter_map(|id| self.read_trashed(id).ok())
            .collect())
    }

    /// Deletes what has been in the trash for long enough. Another process may do the same at the same time.
    pub fn expire_trash(&self, now: Timestamp) -> Result<(), SpoolError> {
        for trashed in self.trashed()? {
            if trashed.expires_at <= now {
                remove_folder(&*self.disk, &self.in_trash(trashed.id).0)?;
            }
        }
        Ok(())
    }

    /// Brings a take back from the trash as a new one, which no server knows.
    pub fn restore(&self, id: RecordingId, new: RecordingId, slug: Slug) -> Result<(), SpoolError> {
        let folder = self.in_trash(id);
        let Some(_lock) = Lock::take(&folder.lock())? else {
            return Err(SpoolError::Busy { id });
        };
        let take = folder.read_take()?.renamed(new, slug);
        let bytes = take.encode().map_err(|why| SpoolError::Damaged {
            path: folder.0.join(TAKE),
            why,
        })?;
        let disk = &*self.disk;
        disk::place(disk, &folder.0, TAKE, &bytes)
            .map_err(SpoolError::sync("write to", &folder.0))?;
        // What the server confirmed, it confirmed for the old id.
        let received = folder.received();
        if received.exists() {
            disk.remove_file(&received)
                .map_err(SpoolError::io("delete", &received))?;
        }
        move_folder(disk, &folder.0, &self.folder(new).0)
    }

    /// Deletes a take from the trash. The permit says why that loses nothing.
    pub fn discard_trashed(&self, id: RecordingId, _why: Permit) -> Result<(), SpoolError> {
        let folder = self.in_trash(id);
        delete::delete(&*self.disk, &trash_folder(self.path()), &folder)
    }

    /// The ids of what lies in the trash.
    pub fn trashed_ids(&self) -> Result<Vec<RecordingId>, SpoolError> {
        let trash = trash_folder(self.path());
        if !trash.is_dir() {
            return Ok(Vec::new());
        }
        let fail = |e| SpoolError::io("list", &trash)(e);
        let mut ids = Vec::new();
        for item in fs::read_dir(&trash).map_err(fail)? {
            let name = item.map_err(fail)?.file_name();
            ids.extend(name.to_str().and_then(|n| n.parse::<RecordingId>().ok()));
        }
        Ok(ids)
    }

    fn read_trashed(&self, id: RecordingId) -> Result<Trashed, SpoolError> {
        let folder = self.in_trash(id);
        let path = folder.0.join(TRASHED);
        let bytes = fs::read(&path).map_err(SpoolError::io("read", &path))?;
        let note: Note = serde_json::from_slice(&bytes).map_err(|e| SpoolError::Damaged {
            path,
            why: e.to_string(),
        })?;
        let take = folder.read_take()?;
        let progress = read_progress(&folder, &take)?;
        Ok(Trashed {
            id,
            take,
            progress,
            expires_at: Timestamp::from_micros(note.at.micros().saturating_add(TRASH_MICROS)),
        })
    }

    fn in_trash(&self, id: RecordingId) -> Folder {
        Folder(trash_folder(self.path()).join(id.to_string()))
    }
}

/// Beside the folder of the takes.
fn trash_folder(takes: &Path) -> PathBuf {
    takes.with_file_name("trash")
}

/// After a power cut it is there under one name or under the other, whole.
fn move_folder(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), SpoolError> {
    disk.rename(from, to)
        .map_err(SpoolError::io("move", from))?;
    for folder in [to.parent(), from.parent()].into_iter().flatten() {
        disk::sync_names(disk, folder).map_err(SpoolError::sync("write to", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aside_protocol::recording::TrackName;

    use super::super::tests::{append, take};
    use super::super::{SystemDisk, TakeStatus};
    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn later(micros: i64) -> Timestamp {
        Timestamp::from_micros(AT.micros() + micros)
    }

    /// A spool with one take of two parts in its trash.
    fn trashed(dir: &Path) -> (Spool, RecordingId) {
        let spool = Spool::open(dir, Arc::new(SystemDisk)).unwrap();
        let mut writer = spool.create(take()).unwrap();
        append(&mut writer, TrackName::Video, 0).unwrap();
        append(&mut writer, TrackName::Audio, 0).unwrap();
        writer.end(AT).unwrap();
        let id = writer.take().id;
        writer.held().trash(AT).unwrap();
        (spool, id)
    }

    #[test]
    fn a_take_in_the_trash_is_in_no_list_of_takes_and_comes_back_as_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let (spool, id) = trashed(dir.path());
        assert_eq!(spool.ids().unwrap(), []);
        let found = spool.trashed().unwrap();
        assert_eq!((found[0].id, found[0].progress.parts), (id, 2));

        let new = RecordingId::new(later(1), [3; 10]);
        let slug = Slug::from_entropy(&[5; 32]).unwrap();
        spool.restore(id, new, slug.clone()).unwrap();
        assert_eq!(spool.trashed_ids().unwrap(), []);
        let listed = spool.list().unwrap();
        let (take, status, progress) = listed[0].take.as_ref().unwrap();
        assert_eq!((take.id, &take.slug), (new, &slug));
        assert_eq!(
            (*status, progress.parts, progress.received),
            (TakeStatus::Waiting, 2, 0)
        );
    }

    #[test]
    fn seven_days_later_it_is_gone_and_not_a_moment_before() {
        let dir = tempfile::tempdir().unwrap();
        let (spool, id) = trashed(dir.path());
        spool.expire_trash(later(TRASH_MICROS - 1)).unwrap();
        assert_eq!(spool.trashed_ids().unwrap(), [id]);
        spool.expire_trash(later(TRASH_MICROS)).unwrap();
        assert_eq!(spool.trashed_ids().unwrap(), []);
    }
}
