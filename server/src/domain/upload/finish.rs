//! Whether a take is complete: the recorder says what it made, the rows say what is held.

use aside_protocol::recording::{MAX_PARTS, Sha256, TrackName};
use aside_protocol::time::Timestamp;
use aside_protocol::upload::{FinishTrack, TrackRanges, ranges};

/// What the comparison says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was made is held.
    Complete,
    /// Part by part, what is not.
    Missing(Vec<TrackRanges>),
    /// Held with other bytes than were made.
    Conflict {
        track: TrackName,
        number: u32,
    },
    /// A track the take does not have.
    NoSuchTrack(TrackName),
    Twice(TrackName),
    TooMany(TrackName),
}

/// The hashes held of a track, ascending by number.
pub(crate) type Held = (TrackName, Vec<(u32, Sha256)>);

/// Compares. A wrong hash weighs more than a missing part, because sending more does not mend it.
/// More parts than were made are no harm: the receipt lists what is held.
pub(crate) fn verify(made: &[FinishTrack], held: &[Held]) -> Verdict {
    let mut missing = Vec::new();
    for (i, track) in made.iter().enumerate() {
        if made[..i].iter().any(|t| t.name == track.name) {
            return Verdict::Twice(track.name);
        }
        if track.parts.len() > MAX_PARTS as usize {
            return Verdict::TooMany(track.name);
        }
        let Some((_, parts)) = held.iter().find(|(name, _)| *name == track.name) else {
            return Verdict::NoSuchTrack(track.name);
        };
        let mut lacking = Vec::new();
        for (made, number) in track.parts.iter().zip(0_u32..) {
            match parts.binary_search_by_key(&number, |(n, _)| *n) {
                Ok(at) if parts[at].1 == *made => {}
                Ok(_) => {
                    return Verdict::Conflict {
                        track: track.name,
                        number,
                    };
                }
                Err(_) => lacking.push(number),
            }
        }
        if !lacking.is_empty() {
            missing.push(TrackRanges {
                name: track.name,
                ranges: ranges(lacking),
            });
        }
    }
    if missing.is_empty() {
        Verdict::Complete
    } else {
        Verdict::Missing(missing)
    }
}

/// What a finish leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// It is (or was already) finished: when, how long it is, and what is held.
    Yes {
        at: Timestamp,
        duration_ms: u64,
        tracks: Vec<FinishTrack>,
    },
    No(Verdict),
    /// Gone since it was looked at.
    Deleted,
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::upload::PartRange;

    fn sha(n: u8) -> Sha256 {
        Sha256([n; 32])
    }
    fn made(name: TrackName, parts: &[u8]) -> FinishTrack {
        FinishTrack {
            name,
            parts: parts.iter().map(|n| sha(*n)).collect(),
        }
    }
    fn held(name: TrackName, parts: &[(u32, u8)]) -> Held {
        (name, parts.iter().map(|(n, s)| (*n, sha(*s))).collect())
    }

    #[test]
    fn the_table_of_what_completes_a_take() {
        use TrackName::{Audio, Video};
        let full = [
            held(Video, &[(0, 1), (1, 2), (2, 3)]),
            held(Audio, &[(0, 9)]),
        ];
        let holes = [held(Video, &[(1, 2)]), held(Audio, &[])];
        let all = [made(Video, &[1, 2, 3]), made(Audio, &[9])];
        assert_eq!(verify(&all, &full), Verdict::Complete);
        assert_eq!(
            verify(&[made(Video, &[1, 2])], &full),
            Verdict::Complete,
            "more than was made is no harm"
        );
        let lacking = vec![
            TrackRanges {
                name: Video,
                ranges: vec![
                    PartRange { first: 0, last: 0 },
                    PartRange { first: 2, last: 2 },
                ],
            },
            TrackRanges {
                name: Audio,
                ranges: vec![PartRange { first: 0, last: 0 }],
            },
        ];
        assert_eq!(verify(&all, &holes), Verdict::Missing(lacking));
        assert_eq!(
            verify(&[made(Video, &[1, 7, 3])], &holes),
            Verdict::Conflict {
                track: Video,
                number: 1
            }
        );
        assert_eq!(
            verify(&[made(TrackName::Camera, &[])], &full),
            Verdict::NoSuchTrack(TrackName::Camera)
        );
        assert_eq!(
            verify(&[made(Video, &[]), made(Video, &[])], &full),
            Verdict::Twice(Video)
        );
    }
}
