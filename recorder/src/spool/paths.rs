//! Where things lie in the folder of one take.

use std::fs;
use std::path::{Path, PathBuf};

use aside_protocol::recording::{Kind, TrackName};

use super::SpoolError;
use super::take::Take;

pub(super) const TAKE: &str = "take.json";
pub(super) const JOURNAL: &str = "journal";
/// Before the id of a take that is being made, and of one that is being deleted.
pub(super) const NEW: &str = ".new-";
pub(super) const DELETED: &str = ".deleted-";

/// The folder of one take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(pub(super) PathBuf);

impl Folder {
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file of a part.
    pub fn part(&self, track: TrackName, number: u32) -> PathBuf {
        self.parts().join(part_name(track, number))
    }

    pub(super) fn parts(&self) -> PathBuf {
        self.0.join("parts")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.0.join(JOURNAL)
    }

    /// What the server has confirmed, as far as this computer remembers.
    pub fn received(&self) -> PathBuf {
        self.0.join("received")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Reads a part back.
    pub(crate) fn read_part(&self, track: TrackName, number: u32) -> Result<Vec<u8>, SpoolError> {
        let path = self.part(track, number);
        fs::read(&path).map_err(SpoolError::io("read", &path))
    }

    pub(super) fn read_take(&self) -> Result<Take, SpoolError> {
        let path = self.0.join(TAKE);
        let bytes = fs::read(&path).map_err(SpoolError::io("read", &path))?;
        Take::decode(&bytes).map_err(|why| SpoolError::Damaged { path, why })
    }
}

pub(super) fn part_name(track: TrackName, number: u32) -> String {
    format!("{track}-{number:06}.{}", suffix(track))
}

/// Parts of events are lines of JSON.
pub(super) const fn suffix(track: TrackName) -> &'static str {
    match track.kind() {
        Kind::Video | Kind::Audio => "m4s",
        Kind::Data => "ndjson",
    }
}
