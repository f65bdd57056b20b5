//! The folder of all takes: new ones are made in it, those of dead processes found.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aside_protocol::id::RecordingId;

use super::delete::remove_folder;
use super::disk::{self, Disk};
use super::journal::Journal;
use super::lock::{Holder, Lock, Process};
use super::paths::{DELETED, Folder, JOURNAL, NEW, TAKE};
use super::recover::{self, Recovered};
use super::take::Take;
use super::write::{Held, TakeWriter};
use super::{Ledger, SpoolError};

/// Held while a folder is born, so that nobody clears it away before it has a lock of its own.
const CREATE_LOCK: &str = ".create-lock";

/// All takes on this computer.
#[derive(Debug, Clone)]
pub struct Spool {
    root: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
}

impl Spool {
    /// Opens (or makes) `{data_dir}/takes`, readable by its owner alone, and clears away what a
    /// dying process left of takes that never began or were already deleted.
    pub fn open(data_dir: &Path, disk: Arc<dyn Disk>) -> Result<Self, SpoolError> {
        let root = data_dir.join("takes");
        disk::make_folders(&*disk, &root).map_err(SpoolError::sync("make", &root))?;
        let spool = Self { root, disk };
        spool.sweep()?;
        spool.finish_cancellations()?;
        Ok(spool)
    }

    /// Makes the folder of a new take and holds it. It appears in lists when it is whole.
    pub fn create(&self, take: Take) -> Result<TakeWriter, SpoolError> {
        let staging = self.root.join(format!("{NEW}{}", take.id));
        let folder = self.folder(take.id);
        let create_lock = Lock::wait(&self.root.join(CREATE_LOCK))?;
        let parts = staging.join("parts");
        for folder in [&staging, &parts] {
            self.disk
                .make_folder(folder)
                .map_err(SpoolError::io("make", folder))?;
        }
        let mut lock =
            Lock::take(&staging.join("lock"))?.ok_or(SpoolError::Busy { id: take.id })?;
        lock.sign(&Holder::Recorder);
        drop(create_lock);
        let bytes = take.encode().map_err(|why| SpoolError::Damaged {
            path: staging.join(TAKE),
            why,
        })?;
        // `parts` and the journal are named in the same folder, so this makes their names durable as well.
        Journal::open(&staging.join(JOURNAL), &self.disk)?;
        disk::place(&*self.disk, &staging, TAKE, &bytes)
            .map_err(SpoolError::sync("write to", &staging))?;
        self.disk
            .rename(&staging, &folder.0)
            .map_err(SpoolError::io("make", &folder.0))?;
        disk::sync_names(&*self.disk, &self.root)
            .map_err(SpoolError::sync("write to", &self.root))?;
        let ledger = Ledger::new(take.tracks.iter().map(|t| t.name));
        TakeWriter::begin(self.held(take, folder, lock), ledger)
    }

    /// Takes hold of a take, unless a living process holds it. One in the background is asked to
    /// let go: a person is waiting.
    pub fn claim(&self, id: RecordingId) -> Result<Held, SpoolError> {
        self.claim_with(id, Lock::take_over, &Holder::Person)
    }

    /// Takes hold of a take that nobody holds, until somebody else wants it.
    pub fn claim_in_background(&self, id: RecordingId) -> Result<Held, SpoolError> {
        self.claim_with(id, Lock::take, &Holder::Background(Process::this()))
    }

    fn claim_with(
        &self,
        id: RecordingId,
        take: fn(&Path) -> Result<Option<Lock>, SpoolError>,
        holder: &Holder,
    ) -> Result<Held, SpoolError> {
        let folder = self.folder(id);
        if !folder.0.is_dir() {
            return Err(SpoolError::NoSuchTake { id });
        }
        let mut lock = take(&folder.lock())?.ok_or(SpoolError::Busy { id })?;
        // Looked at only now: whoever held it until a moment ago may have deleted it.
        if !folder.0.join(TAKE).exists() {
            return Err(SpoolError::NoSuchTake { id });
        }
        lock.sign(holder);
        let take = folder.read_take()?;
        Ok(self.held(take, folder, lock))
    }

    /// Looks into a take that may belong to somebody else.
    pub fn read(&self, id: RecordingId) -> Result<(Take, Recovered), SpoolError> {
        let folder = self.folder(id);
        if !folder.0.is_dir() {
            return Err(SpoolError::NoSuchTake { id });
        }
        let take = folder.read_take()?;
        let found = recover::recover(&folder, &take)?;
        Ok((take, found))
    }

    /// The ids of all takes, oldest first.
    pub fn ids(&self) -> Result<Vec<RecordingId>, SpoolError> {
        let mut ids: Vec<RecordingId> = self
            .names()?
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    pub fn folder(&self, id: RecordingId) -> Folder {
        Folder(self.root.join(id.to_string()))
    }

    pub fn path(&self) -> &Path {
        &self.root
    }

    fn held(&self, take: Take, folder: Folder, lock: Lock) -> Held {
        Held {
            take,
            folder,
            _lock: lock,
            disk: Arc::clone(&self.disk),
            root: self.root.clone(),
        }
    }

    fn names(&self) -> Result<Vec<String>, SpoolError> {
        let fail = |e| SpoolError::io("list", &self.root)(e);
        let mut names = Vec::new();
        for item in fs::read_dir(&self.root).map_err(fail)? {
            if let Ok(name) = item.map_err(fail)?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn sweep(&self) -> Result<(), SpoolError> {
        let names = self.names()?;
        if let Some(_create_lock) = Lock::take(&self.root.join(CREATE_LOCK))? {
            for staging in names
                .iter()
                .filter(|n| n.starts_with(NEW))
                .map(|n| self.root.join(n))
            {
                if staging.is_dir() && Lock::take(&staging.join("lock"))?.is_some() {
                    remove_folder(&*self.disk, &staging)?;
                }
            }
        }
        names
            .iter()
            .filter(|n| n.starts_with(DELETED))
            .try_for_each(|n| remove_folder(&*self.disk, &self.root.join(n)))
    }
}
