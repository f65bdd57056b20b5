//! What `aside takes` shows, read from journals and names of files alone: quick, even for a day of recordings.

use std::collections::BTreeSet;
use std::fs;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use serde::Serialize;

use super::journal::{self, Line};
use super::lock::{self, Holder, Lock};
use super::paths::Folder;
use super::recover::{journalled, part_files};
use super::take::Take;
use super::takes::Spool;
use super::{Entry, SpoolError};

/// Where a take stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeStatus {
    /// A living process records it.
    Recording,
    /// A living process brings it to the server.
    Uploading,
    /// So does one in the background, which lets go of it when asked.
    #[serde(rename = "uploading")]
    Background,
    /// It ended as it should and waits for the server.
    Waiting,
    /// Its recorder died; it ends at its last part.
    Interrupted,
    /// Parts that were made can neither be read here nor were confirmed by the server.
    Damaged,
}

/// How much of a take there is, and how much of that the server has confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Parts that were made.
    pub parts: usize,
    /// Bytes.
    pub size: u64,
    pub duration_ms: i64,
    /// As far as this computer remembers; the server may hold more.
    pub received: usize,
    /// Parts that can neither be read here nor were confirmed, as far as is known without reading every file.
    pub lost: usize,
}

/// One take of the list.
#[derive(Debug)]
pub struct Listed {
    pub id: RecordingId,
    /// What is known of it; an error when its `take.json` cannot be read.
    pub take: Result<(Take, TakeStatus, Progress), SpoolError>,
}

impl Listed {
    /// No living process looks after it, and there is something to send. Of a damaged take that is so until the
    /// server has everything that can be read: more than that only a person can do.
    pub fn is_unclaimed(&self) -> bool {
        match &self.take {
            Ok((_, TakeStatus::Waiting | TakeStatus::Interrupted, _)) => true,
            Ok((_, TakeStatus::Damaged, known)) => known.received + known.lost < known.parts,
            _ => false,
        }
    }

    /// No living process looks after it that a person could see.
    pub fn can_be_resumed(&self) -> bool {
        matches!(
            &self.take,
            Ok((
                _,
                TakeStatus::Waiting
                    | TakeStatus::Interrupted
                    | TakeStatus::Damaged
                    | TakeStatus::Background,
                _
            ))
        )
    }
}

impl Spool {
    /// All takes, oldest first.
    pub fn list(&self) -> Result<Vec<Listed>, SpoolError> {
        let look = |id| self.look(id).map(|take| Listed { id, take });
        Ok(self.ids()?.into_iter().filter_map(look).collect())
    }

    /// `None` when the take was deleted meanwhile.
    fn look(&self, id: RecordingId) -> Option<Result<(Take, TakeStatus, Progress), SpoolError>> {
        let folder = self.folder(id);
        let held = Lock::is_held(&folder.lock());
        if !folder.path().is_dir() {
            return None;
        }
        let look = || {
            let take = folder.read_take()?;
            // The journal before the files: a line is written when its file is there.
            let facts = journal::parse(&fs::read(folder.journal()).unwrap_or_default());
            let confirmed = journal::parse(&fs::read(folder.received()).unwrap_or_default());
            let files = part_files(&folder)?;
            let progress = progress(&take, &facts, &confirmed, &files);
            let ended = facts.iter().any(|f| matches!(f, Line::Ended { .. }));
            let status = match (held?, lock::holder(&folder.lock())) {
                (true, Holder::Recorder) if !ended => TakeStatus::Recording,
                (true, Holder::Recorder | Holder::Person) => TakeStatus::Uploading,
                (true, Holder::Background(_)) => TakeStatus::Background,
                (false, _) if progress.lost > 0 => TakeStatus::Damaged,
                (false, _) if ended => TakeStatus::Waiting,
                (false, _) => TakeStatus::Interrupted,
            };
            Ok((take, status, progress))
        };
        Some(look())
    }
}

/// How much there is of a take that nobody writes to.
pub(super) fn read_progress(folder: &Folder, take: &Take) -> Result<Progress, SpoolError> {
    let facts = journal::parse(&fs::read(folder.journal()).unwrap_or_default());
    let confirmed = journal::parse(&fs::read(folder.received()).unwrap_or_default());
    Ok(progress(take, &facts, &confirmed, &part_files(folder)?))
}

fn progress(
    take: &Take,
    facts: &[Line],
    confirmed: &[Line],
    files: &BTreeSet<(TrackName, u32)>,
) -> Progress {
    let received: BTreeSet<(TrackName, u32)> = confirmed
        .iter()
        .filter_map(|f| match f {
            Line::Received { track, number } => Some((*track, *number)),
            _ => None,
        })
        .collect();
    let mut known = Progress::default();
    for track in take.tracks.iter().map(|t| t.name) {
        let lines = journalled(facts, track);
        let mine = |set: &BTreeSet<(TrackName, u32)>| -> BTreeSet<u32> {
            let numbers = set.iter().filter(|(t, _)| *t == track).map(|(_, n)| *n);
            numbers.collect()
        };
        let (files, received) = (mine(files), mine(&received));
        let last = lines.keys().chain(&files).max();
        let made = 0..last.map_or(0, |last| last + 1);
        known.parts += made.len();
        known.received += made.clone().filter(|n| received.contains(n)).count();
        known.lost += made
            .filter(|n| !files.contains(n) && !received.contains(n))
            .count();
        known.size += lines.values().map(|e| e.size).sum::<u64>();
        let end = lines.values().last().map(Entry::ends_at);
        known.duration_ms = known.duration_ms.max(end.unwrap_or_default().millis());
    }
    let found = facts.iter().rev().find_map(|f| match f {
        Line::Damaged { lost } => Some(*lost as usize),
        _ => None,
    });
    known.lost = known.lost.max(found.unwrap_or(0));
    known
}
