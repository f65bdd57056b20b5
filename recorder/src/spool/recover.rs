//! What a take consists of after its recorder died: the files say what can be read, the journal what was written.
//!
//! Every file is read, hashed and parsed again, because only files are synced before a part counts. A part whose
//! file is missing, is no part, or has other bytes than were journalled is lost; the parts behind it are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use aside_protocol::cmaf::read_part;
use aside_protocol::recording::{Kind, MAX_PARTS, Sha256, TrackName};
use aside_protocol::timed_event::{Head, TimedEvent, read_events};
use serde_json::Value;

use super::entry::Lost;
use super::journal::{self, Line};
use super::paths::{Folder, part_name};
use super::take::Take;
use super::{Entry, Ledger, SpoolError};

/// A take as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Marked as ended: a dead recorder makes no more parts.
    pub ledger: Ledger,
    /// The recorder stopped as it should.
    pub ended_well: bool,
    /// Parts that were made and cannot be read here.
    pub lost: u32,
    /// How the take went, as the last line of its events says; none where the recorder was killed.
    pub report: Option<Value>,
}

pub(super) fn recover(folder: &Folder, take: &Take) -> Result<Recovered, SpoolError> {
    // The journal first: a part that is written meanwhile is missing there, never among the files.
    let facts = journal::parse(&fs::read(folder.journal()).unwrap_or_default());
    let files = part_files(folder)?;
    let mut ledger = Ledger::new(take.tracks.iter().map(|t| t.name));
    ledger.set_later_inits(take.later_inits());
    for track in take.tracks.iter().map(|t| t.name) {
        let journalled = journalled(&facts, track);
        let on_disk = files.iter().filter(|(t, _)| *t == track).map(|(_, n)| *n);
        let last = journalled.keys().copied().chain(on_disk).max();
        for number in 0..last.map_or(0, |last| last + 1) {
            let sha256 = journalled.get(&number).map(|e| e.sha256);
            match read_entry(folder, take, track, number) {
                Some(entry) if sha256.is_none_or(|sha256| sha256 == entry.sha256) => {
                    ledger.push(entry)?;
                }
                _ => ledger.push_lost(Lost {
                    track,
                    number,
                    sha256,
                })?,
            }
        }
    }
    ledger.ended = true;
    let lost = u32::try_from(ledger.lost().count()).unwrap_or(u32::MAX);
    Ok(Recovered {
        report: report(folder, &ledger),
        ledger,
        ended_well: facts.iter().any(|f| matches!(f, Line::Ended { .. })),
        lost,
    })
}

/// What stands at the end of the events.
fn report(folder: &Folder, ledger: &Ledger) -> Option<Value> {
    let last = ledger.parts(TrackName::Events).last()?;
    let bytes = folder.read_part(last.track, last.number).ok()?;
    match read_events(&bytes).ok()?.events.pop()? {
        TimedEvent::Report { report, .. } => Some(report),
        _ => None,
    }
}

/// The journal's lines of one track, by number.
pub(super) fn journalled(facts: &[Line], track: TrackName) -> BTreeMap<u32, Entry> {
    let entries = facts.iter().filter_map(|fact| match fact {
        Line::Part(entry) if entry.track == track && entry.number < MAX_PARTS => Some(*entry),
        _ => None,
    });
    entries.map(|entry| (entry.number, entry)).collect()
}

/// The parts for which there is a file.
pub(super) fn part_files(folder: &Folder) -> Result<BTreeSet<(TrackName, u32)>, SpoolError> {
    let parts = folder.parts();
    let fail = |e| SpoolError::io("list", &parts)(e);
    let mut found = BTreeSet::new();
    for item in fs::read_dir(&parts).map_err(fail)? {
        found.extend(item.map_err(fail)?.file_name().to_str().and_then(part_of));
    }
    Ok(found)
}

/// `None` for a name that the spool does not write.
fn part_of(name: &str) -> Option<(TrackName, u32)> {
    let (track, number) = name.split_once('.')?.0.split_once('-')?;
    let (track, number) = (track.parse().ok()?, number.parse().ok()?);
    (number < MAX_PARTS && part_name(track, number) == name).then_some((track, number))
}

/// `None` when the part is missing, cannot be read (a bad sector, say) or is no part.
fn read_entry(folder: &Folder, take: &Take, track: TrackName, number: u32) -> Option<Entry> {
    let bytes = folder.read_part(track, number).ok()?;
    let (start, duration, independent) = match track.kind() {
        Kind::Data => {
            let Head { start_ms, end_ms } = read_events(&bytes).ok()?.head;
            (start_ms, end_ms - start_ms, true)
        }
        kind => {
            let info = read_part(&bytes, kind).ok()?.info;
            (info.start, info.duration, info.independent)
        }
    };
    Some(Entry {
        track,
        number,
        start,
        duration,
        independent,
        size: bytes.len() as u64,
        sha256: Sha256::of(&bytes),
        init: take.init_of(track, number),
    })
}
