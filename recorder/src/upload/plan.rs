//! What to send next. Pure: values in, values out.
//!
//! Parts go in the order in which they are watched, picture and sound side by side, because
//! what is watchable is each track's run from part 0 without a hole.

use std::collections::BTreeSet;

use aside_protocol::recording::{FIRST_INIT, TrackName};
use aside_protocol::time::MediaTime;
use aside_protocol::upload::{TrackRanges, UploadStatus};

use crate::spool::Ledger;

/// Names a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub track: TrackName,
    pub number: u32,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send this version of a track's init; it counts as under way until it is received or given back. Parts that are decoded
    /// with it are not due before.
    SendInit(TrackName, u32),
    /// Send this part; it counts as under way until it is received or given back.
    Send(Key),
    /// Nothing can be sent now: wait for a new part or for one that is under way.
    Wait,
    /// The server has confirmed every part of an ended take that can be read: ask for the receipt, if it holds the
    /// others as well.
    Finish,
}

/// What the server is known to hold of one track, and what is on its way.
#[derive(Debug, Clone)]
struct Progress {
    held: BTreeSet<u32>,
    /// Turned out to be unreadable when they were due.
    unreadable: BTreeSet<u32>,
    in_flight: BTreeSet<u32>,
    /// The newest version of the init that the server is known to hold.
    init: u32,
    /// A later version is under way.
    init_in_flight: bool,
    /// Every part before this one is held or under way.
    next: u32,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            held: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            init: FIRST_INIT,
            init_in_flight: false,
            next: 0,
        }
    }
}

/// The state of one upload.
#[derive(Debug, Clone)]
pub struct Plan {
    tracks: Vec<(TrackName, Progress)>,
}

impl Plan {
    /// A plan for a take of these tracks, of which the server is not known to hold anything.
    pub fn new(tracks: impl IntoIterator<Item = TrackName>) -> Self {
        Self {
            tracks: tracks
                .into_iter()
                .map(|t| (t, Progress::default()))
                .collect(),
        }
    }

    /// The server does not take this track: nothing of it is due.
    pub fn leave_out(&mut self, track: TrackName) {
        self.tracks.retain(|(t, _)| *t != track);
    }

    /// Takes over what the server says it holds: it is the truth, whatever was believed before.
    pub fn server_holds(&mut self, status: &UploadStatus) {
        for (track, progress) in &mut self.tracks {
            progress.held = status
                .received
                .iter()
                .filter(|r| r.name == *track)
                .flat_map(numbers)
                .collect();
            progress.next = 0;
            // It does not say which inits it holds, and sending one again costs little.
            progress.init = FIRST_INIT;
        }
    }

    /// What became of an init that was sent.
    pub fn init_sent(&mut self, track: TrackName, version: u32, arrived: bool) {
        if let Some(progress) = self.progress(track) {
            progress.init_in_flight = false;
            if arrived {
                progress.init = progress.init.max(version);
            }
        }
    }

    /// The server confirmed a part.
    pub fn received(&mut self, key: Key) {
        if let Some(progress) = self.progress(key.track) {
            progress.in_flight.remove(&key.number);
            progress.held.insert(key.number);
        }
    }

    /// A part cannot be read from disk: it is not due any more.
    pub fn unreadable(&mut self, key: Key) {
        if let Some(progress) = self.progress(key.track) {
            progress.in_flight.remove(&key.number);
            progress.unreadable.insert(key.number);
        }
    }

    /// How many of the parts that were made can neither be read here nor are held by the server.
    pub fn lost(&self, ledger: &Ledger) -> usize {
        let held = |track: TrackName, number: u32| {
            let found = self.tracks.iter().find(|(t, _)| *t == track);
            found.is_some_and(|(_, p)| p.held.contains(&number))
        };
        let unreadable = self
            .tracks
            .iter()
            .flat_map(|(track, p)| p.unreadable.iter().map(|n| (*track, *n)));
        ledger
            .lost()
            .map(|lost| (lost.track, lost.number))
            .chain(unreadable)
            .filter(|(track, number)| self.sends(*track) && !held(*track, *number))
            .count()
    }

    /// A part did not arrive, or nobody knows: it is due again.
    pub fn retry_later(&mut self, key: Key) {
        if let Some(progress) = self.progress(key.track) {
            progress.in_flight.remove(&key.number);
            progress.next = progress.next.min(key.number);
        }
    }

    /// Decides, and notes a part that is to be sent as under way.
    pub fn next(&mut self, ledger: &Ledger) -> Step {
        let mut first: Option<((MediaTime, TrackName), Key, u32)> = None;
        for (track, progress) in &mut self.tracks {
            if progress.init_in_flight {
                continue;
            }
            while progress.held.contains(&progress.next)
                || progress.in_flight.contains(&progress.next)
                || progress.unreadable.contains(&progress.next)
                || ledger.is_lost(*track, progress.next)
            {
                progress.next += 1;
            }
            if let Some(entry) = ledger.entry(*track, progress.next) {
                let due = (entry.starts_at(), *track);
                if first.is_none_or(|(earliest, ..)| due < earliest) {
                    first = Some((
                        due,
                        Key {
                            track: *track,
                            number: progress.next,
                        },
                        entry.init,
                    ));
                }
            }
        }
        if let Some((_, key, init)) = first {
            if let Some(progress) = self.progress(key.track) {
                if init > progress.init {
                    progress.init_in_flight = true;
                    // Versions are sent in their order: one that was never needed has no part.
                    return Step::SendInit(key.track, init);
                }
                progress.in_flight.insert(key.number);
            }
            return Step::Send(key);
        }
        let idle = |p: &Progress| p.in_flight.is_empty() && !p.init_in_flight;
        let idle = self.tracks.iter().all(|(_, p)| idle(p));
        if ledger.ended && idle {
            Step::Finish
        } else {
            Step::Wait
        }
    }

    /// The parts of the ledger that the server has confirmed.
    pub fn held<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = Key> + 'a {
        let keys = self.tracks.iter().flat_map(|(track, p)| {
            p.held.iter().map(|n| Key {
                track: *track,
                number: *n,
            })
        });
        keys.filter(|key| ledger.entry(key.track, key.number).is_some())
    }

    fn sends(&self, track: TrackName) -> bool {
        self.tracks.iter().any(|(t, _)| *t == track)
    }

    fn progress(&mut self, track: TrackName) -> Option<&mut Progress> {
        self.tracks
            .iter_mut()
            .find(|(t, _)| *t == track)
            .map(|(_, p)| p)
    }
}

fn numbers(ranges: &TrackRanges) -> impl Iterator<Item = u32> {
    // A server that lies about its ranges may cost a refused finish, not the machine's memory.
    ranges
        .ranges
        .iter()
        .flat_map(|r| r.first..=r.last.min(aside_protocol::recording::MAX_PARTS))
}

#[cfg(test)]
mod tests;
