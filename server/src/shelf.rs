//! The parts of recordings people watch, kept at hand: a row of `parts` never changes, so a playlist
//! costs only the rows that came since the last one.
//!
//! Surprise: only each track's run from part 0 is kept. Nothing here says who may see it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;

use crate::domain::recording;
use crate::playlist::{Part, Track};
use crate::store::{Result, Store};

/// Parts kept of all recordings together: 20 MB.
const MOST_PARTS: usize = 500_000;

/// The tracks of one recording that are played, by name.
pub type Tracks = Vec<Arc<Track>>;

/// Cheap to clone; all clones are one shelf.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    books: HashMap<RecordingId, Book>,
    /// Counts uses, so that the longest unused is known.
    uses: u64,
}

#[derive(Debug)]
struct Book {
    tracks: Tracks,
    used: u64,
}

impl Shelf {
    /// The tracks as the rows tell now.
    pub async fn tracks(&self, store: &Store, id: RecordingId) -> Result<Tracks> {
        let kept = self.lock().copy(id);
        let mut tracks = match kept {
            Some(tracks) => tracks,
            None => store
                .tracks(id)
                .await?
                .into_iter()
                .filter(|t| is_played(t.name))
                .map(|t| Arc::new(bare(t)))
                .collect(),
        };
        for track in &mut tracks {
            let next = u32::try_from(track.parts.len()).unwrap_or(u32::MAX);
            let rows = store.parts_from(id, track.name, next).await?;
            let run = rows
                .iter()
                .zip(next..)
                .take_while(|(row, n)| row.number == *n)
                .count();
            if run > 0 {
                Arc::make_mut(track)
                    .parts
                    .extend(rows[..run].iter().map(part));
            }
        }
        self.lock().put(id, &tracks);
        Ok(tracks)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn copy(&mut self, id: RecordingId) -> Option<Tracks> {
        self.uses += 1;
        let book = self.books.get_mut(&id)?;
        book.used = self.uses;
        Some(book.tracks.clone())
    }

    fn put(&mut self, id: RecordingId, tracks: &Tracks) {
        // Another request may have read further meanwhile.
        let behind = self
            .books
            .get(&id)
            .is_some_and(|book| length(&book.tracks) >= length(tracks));
        if !behind {
            self.uses += 1;
            self.books.insert(
                id,
                Book {
                    tracks: tracks.clone(),
                    used: self.uses,
                },
            );
        }
        while self.books.len() > 1
            && self
                .books
                .values()
                .map(|b| length(&b.tracks))
                .sum::<usize>()
                > MOST_PARTS
        {
            let oldest = self
                .books
                .iter()
                .min_by_key(|(_, b)| b.used)
                .map(|(id, _)| *id);
            oldest.and_then(|id| self.books.remove(&id));
        }
    }
}

fn length(tracks: &Tracks) -> usize {
    tracks.iter().map(|t| t.parts.len() + 1).sum()
}

const fn is_played(name: TrackName) -> bool {
    matches!(name, TrackName::Video | TrackName::Audio)
}

fn bare(row: recording::Track) -> Track {
    Track {
        name: row.name,
        codec: row.codec,
        timescale: row.timescale,
        size: row.width.zip(row.height),
        parts: Vec::new(),
    }
}

fn part(row: &recording::PartRow) -> Part {
    Part {
        number: row.number,
        start: row.start,
        duration: row.duration,
        independent: row.independent,
        size: row.size,
    }
}

/// Length of the longest track in milliseconds.
pub fn length_ms(tracks: &Tracks) -> u64 {
    tracks
        .iter()
        .map(|t| u64::try_from(t.end().millis()).unwrap_or(0))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    fn id(n: u8) -> RecordingId {
        RecordingId::new(Timestamp::from_micros(0), [n; 10])
    }

    fn tracks(parts: usize) -> Tracks {
        let part = Part {
            number: 0,
            start: 0,
            duration: 1,
            independent: true,
            size: 1,
        };
        vec![Arc::new(Track {
            name: TrackName::Video,
            codec: String::new(),
            timescale: 1,
            size: None,
            parts: vec![part; parts],
        })]
    }

    #[test]
    fn the_longest_unused_recording_is_forgotten_first() {
        let mut kept = Kept::default();
        kept.put(id(1), &tracks(200_000));
        kept.put(id(2), &tracks(200_000));
        assert!(kept.copy(id(1)).is_some());
        kept.put(id(3), &tracks(200_000));
        assert!(
            kept.copy(id(1)).is_some() && kept.copy(id(2)).is_none() && kept.copy(id(3)).is_some()
        );
    }

    #[test]
    fn a_recording_too_long_for_the_shelf_is_still_kept_alone() {
        let mut kept = Kept::default();
        kept.put(id(1), &tracks(1));
        kept.put(id(2), &tracks(MOST_PARTS + 1));
        assert!(kept.copy(id(1)).is_none() && kept.copy(id(2)).is_some());
    }

    #[test]
    fn who_read_less_does_not_overwrite_who_read_more() {
        let mut kept = Kept::default();
        kept.put(id(1), &tracks(5));
        kept.put(id(1), &tracks(3));
        assert_eq!(kept.copy(id(1)), Some(tracks(5)));
    }
}
