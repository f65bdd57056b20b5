//! A take that is ours: being recorded, or being brought to the server.

use std::path::PathBuf;
use std::sync::Arc;

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;

use super::delete;
use super::disk::{self, Disk};
use super::journal::{Journal, Line};
use super::lock::Lock;
use super::paths::{Folder, TAKE, part_name};
use super::recover::{self, Recovered};
use super::retention::Permit;
use super::take::Take;
use super::{Entry, Ledger, SpoolError};

/// A part on its way to the disk.
#[derive(Debug, Clone, Copy)]
pub struct NewPart<'a> {
    pub track: TrackName,
    /// 0, 1, 2 … per track.
    pub number: u32,
    /// In the track's timescale.
    pub start: u64,
    /// In the track's timescale.
    pub duration: u64,
    /// Begins with an IDR; always true for sound.
    pub independent: bool,
    pub bytes: &'a [u8],
}

/// A take held by this process, for as long as this value lives.
#[derive(Debug)]
pub struct Held {
    pub take: Take,
    pub folder: Folder,
    pub(super) _lock: Lock,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) root: PathBuf,
}

impl Held {
    /// Reads what really lies on disk, and closes the take there.
    pub fn recover(&self) -> Result<Recovered, SpoolError> {
        recover::recover(&self.folder, &self.take)
    }

    /// Deletes the take from this computer. The permit says why that loses nothing.
    pub fn delete(&self, _why: Permit) -> Result<(), SpoolError> {
        delete::delete(&*self.disk, &self.root, &self.folder)
    }

    /// Notes for `aside takes` that so many parts can neither be read here nor are held by the server.
    pub fn note_damage(&self, lost: u32) -> Result<(), SpoolError> {
        Journal::open(&self.folder.journal(), &self.disk)?.append(&Line::Damaged { lost }, false)
    }

    /// Bytes that may still be written; `None` where the system does not say.
    pub fn disk_free(&self) -> Option<u64> {
        self.disk.free(&self.folder.0).ok()
    }

    /// Where to note what the server has confirmed.
    pub fn received(&self) -> Result<Journal, SpoolError> {
        Journal::open(&self.folder.received(), &self.disk)
    }
}

/// A take that is being recorded.
#[derive(Debug)]
pub struct TakeWriter {
    held: Held,
    journal: Journal,
    ledger: Ledger,
}

impl TakeWriter {
    pub(super) fn begin(held: Held, ledger: Ledger) -> Result<Self, SpoolError> {
        let journal = Journal::open(&held.folder.journal(), &held.disk)?;
        Ok(Self {
            held,
            journal,
            ledger,
        })
    }

    pub fn take(&self) -> &Take {
        &self.held.take
    }

    pub fn held(&self) -> &Held {
        &self.held
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Puts a part on disk. When this returns, it survives a power cut.
    pub fn append(&mut self, part: NewPart<'_>) -> Result<Entry, SpoolError> {
        let entry = Entry {
            track: part.track,
            number: part.number,
            start: part.start,
            duration: part.duration,
            independent: part.independent,
            size: part.bytes.len() as u64,
            sha256: Sha256::of(part.bytes),
            init: self.held.take.init_of(part.track, part.number),
        };
        self.ledger.push(entry)?;
        if let Err(error) = self.place(&entry, part.bytes) {
            self.ledger.pop(entry.track);
            return Err(error);
        }
        // A hint, not waited for: the file is what counts, and a lost line costs only its reading.
        let _ = self.journal.append(&Line::Part(entry), false);
        Ok(entry)
    }

    /// From the next part on the track is decoded with another init; answers its version. When this returns, a power cut does not
    /// take it from the parts that follow.
    pub fn begin_init(&mut self, track: TrackName, init: Vec<u8>) -> Result<u32, SpoolError> {
        let first = self.ledger.made_of(track);
        let (take, version) = self.held.take.with_init(track, first, init);
        let folder = &self.held.folder.0;
        let bytes = take.encode().map_err(|why| SpoolError::Damaged {
            path: folder.join(TAKE),
            why,
        })?;
        disk::place(&*self.held.disk, folder, TAKE, &bytes)
            .map_err(SpoolError::sync("write to", folder))?;
        self.ledger.set_later_inits(take.later_inits());
        self.held.take = take;
        Ok(version)
    }

    fn place(&self, entry: &Entry, bytes: &[u8]) -> Result<(), SpoolError> {
        let parts = self.held.folder.parts();
        let name = part_name(entry.track, entry.number);
        disk::place(&*self.held.disk, &parts, &name, bytes)
            .map_err(SpoolError::sync("write to", &parts))
    }

    /// Notes that the take ended as it should.
    pub fn end(&mut self, at: Timestamp) -> Result<(), SpoolError> {
        self.ledger.ended = true;
        let parts = u32::try_from(self.ledger.len()).unwrap_or(u32::MAX);
        self.journal.append(&Line::Ended { at, parts }, true)
    }
}
