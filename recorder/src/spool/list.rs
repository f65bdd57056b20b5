//! What `aside takes` shows, read from journals alone: quick, even for a day of recordings.

use std::fs;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use serde::Serialize;

use super::folder::Spool;
use super::journal::{self, Line};
use super::lock::{self, Holder, Lock};
use super::take::Take;
use super::{Ledger, SpoolError};

/// Where a take stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
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
}

/// How much of a take there is, and how much of that the server has confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub parts: usize,
    /// Bytes.
    pub size: u64,
    pub duration_ms: i64,
    /// As far as this computer remembers; the server may hold more.
    pub received: usize,
}

/// One take of the list.
#[derive(Debug)]
pub struct Listed {
    pub id: RecordingId,
    /// What is known of it; an error when its `take.json` cannot be read.
    pub take: Result<(Take, Standing, Progress), SpoolError>,
}

impl Listed {
    /// No living process looks after it.
    pub fn is_left_alone(&self) -> bool {
        matches!(
            &self.take,
            Ok((_, Standing::Waiting | Standing::Interrupted, _))
        )
    }

    /// No living process looks after it that a person could see.
    pub fn can_be_resumed(&self) -> bool {
        self.is_left_alone() || matches!(&self.take, Ok((_, Standing::Background, _)))
    }
}

impl Spool {
    /// All takes, oldest first.
    pub fn list(&self) -> Result<Vec<Listed>, SpoolError> {
        let look = |id| self.look(id).map(|take| Listed { id, take });
        Ok(self.ids()?.into_iter().filter_map(look).collect())
    }

    /// `None` when the take was deleted meanwhile.
    fn look(&self, id: RecordingId) -> Option<Result<(Take, Standing, Progress), SpoolError>> {
        let folder = self.folder(id);
        // Let go at once: whoever wants to claim the take must not be kept from it by a look.
        let free = Lock::take(&folder.lock()).map(|lock| lock.is_some());
        if !folder.path().is_dir() {
            return None;
        }
        let look = || {
            let take = folder.read_take()?;
            let facts = journal::parse(&fs::read(folder.journal()).unwrap_or_default());
            let confirmed = journal::parse(&fs::read(folder.received()).unwrap_or_default());
            let ended = facts.iter().any(|f| matches!(f, Line::Ended { .. }));
            let standing = match (free?, lock::holder(&folder.lock())) {
                (false, Holder::Recorder) if !ended => Standing::Recording,
                (false, Holder::Recorder | Holder::Person) => Standing::Uploading,
                (false, Holder::Background(_)) => Standing::Background,
                (true, _) if ended => Standing::Waiting,
                (true, _) => Standing::Interrupted,
            };
            let progress = progress(&take, &facts, &confirmed);
            Ok((take, standing, progress))
        };
        Some(look())
    }
}

fn progress(take: &Take, facts: &[Line], confirmed: &[Line]) -> Progress {
    let mut ledger = Ledger::new(take.tracks.iter().map(|t| t.name));
    for fact in facts {
        if let Line::Part(entry) = fact {
            // A line that was lost ends the count here; the files are asked when it matters.
            let _ = ledger.push(*entry);
        }
    }
    let received: std::collections::BTreeSet<(TrackName, u32)> = confirmed
        .iter()
        .filter_map(|f| match f {
            Line::Received { track, number } => Some((*track, *number)),
            _ => None,
        })
        .filter(|(track, number)| ledger.entry(*track, *number).is_some())
        .collect();
    Progress {
        parts: ledger.len(),
        size: ledger.size(),
        duration_ms: ledger.duration().millis(),
        received: received.len(),
    }
}
