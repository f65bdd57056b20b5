//! What a take consists of after its recorder died: files first, journal second.
//!
//! Every file is read, hashed and parsed again, whatever the journal says, because only files
//! are synced before a part counts. A take ends, for each track, at the last part before the
//! first hole: what lies behind a hole cannot be played without it.

use std::fs;

use aside_protocol::cmaf::read_part;
use aside_protocol::recording::{Sha256, TrackName};

use super::folder::Folder;
use super::journal::{self, Line};
use super::take::Take;
use super::write::read_part_file;
use super::{Entry, Ledger, SpoolError};

/// A take as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Marked as ended: a dead recorder makes no more parts.
    pub ledger: Ledger,
    /// The recorder stopped as it should.
    pub ended_well: bool,
    /// Parts that were made but cannot be used: damaged, missing, or behind such a one.
    pub lost: u32,
}

pub(super) fn recover(folder: &Folder, take: &Take) -> Result<Recovered, SpoolError> {
    let facts = journal::parse(&fs::read(folder.journal()).unwrap_or_default());
    let made = files(folder)?;
    let mut ledger = Ledger::new(take.tracks.iter().map(|t| t.name));
    let mut lost = 0;
    for track in take.tracks.iter().map(|t| t.name) {
        let journalled = facts.iter().filter_map(|f| match f {
            Line::Part(e) if e.track == track => Some(e.number + 1),
            _ => None,
        });
        let on_disk = made.iter().filter(|(t, _)| *t == track).map(|(_, n)| n + 1);
        let made = journalled.chain(on_disk).max().unwrap_or(0);
        let mut usable = 0;
        while usable < made {
            let Some(entry) = read_entry(folder, track, usable)? else {
                break;
            };
            ledger.push(entry)?;
            usable += 1;
        }
        lost += made - usable;
    }
    ledger.ended = true;
    let ended_well = facts.iter().any(|f| matches!(f, Line::Ended { .. }));
    Ok(Recovered {
        ledger,
        ended_well,
        lost,
    })
}

/// The parts for which there is a file, in any order.
fn files(folder: &Folder) -> Result<Vec<(TrackName, u32)>, SpoolError> {
    let parts = folder.parts();
    let fail = |e| SpoolError::io("list", &parts)(e);
    let mut found = Vec::new();
    for item in fs::read_dir(&parts).map_err(fail)? {
        found.extend(item.map_err(fail)?.file_name().to_str().and_then(part_of));
    }
    Ok(found)
}

fn part_of(name: &str) -> Option<(TrackName, u32)> {
    let (track, number) = name.strip_suffix(".m4s")?.split_once('-')?;
    Some((track.parse().ok()?, number.parse().ok()?))
}

/// `None` when the part is missing or is no part.
fn read_entry(folder: &Folder, track: TrackName, number: u32) -> Result<Option<Entry>, SpoolError> {
    let bytes = match read_part_file(folder, track, number) {
        Ok(bytes) => bytes,
        Err(SpoolError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(other) => return Err(other),
    };
    let Ok(part) = read_part(&bytes, track.kind()) else {
        return Ok(None);
    };
    Ok(Some(Entry {
        track,
        number,
        start: part.info.start,
        duration: part.info.duration,
        independent: part.info.independent,
        size: bytes.len() as u64,
        sha256: Sha256::of(&bytes),
    }))
}
