//! Whether a take is complete: the recorder says what it made, the rows say what is held.

use aside_protocol::recording::{FIRST_INIT, MAX_PARTS, Sha256, TrackName};
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
    /// An init was made that is not held: its parts are not either.
    MissingInit {
        track: TrackName,
        version: u32,
    },
    /// Held with other bytes than were made.
    InitConflict {
        track: TrackName,
        version: u32,
    },
    /// A track the take does not have.
    NoSuchTrack(TrackName),
    Twice(TrackName),
    TooMany(TrackName),
}

/// What is held of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) name: TrackName,
    /// Hashes of the parts, ascending by number.
    pub(crate) parts: Vec<(u32, Sha256)>,
    /// Hashes of the inits behind the first, ascending by version.
    pub(crate) inits: Vec<(u32, Sha256)>,
}

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
        let Some(Held { parts, inits, .. }) = held.iter().find(|held| held.name == track.name)
        else {
            return Verdict::NoSuchTrack(track.name);
        };
        for (made, version) in track.inits.iter().zip(FIRST_INIT + 1..) {
            let track = track.name;
            match inits.iter().find(|(held, _)| *held == version) {
                Some((_, held)) if held == made => {}
                Some(_) => return Verdict::InitConflict { track, version },
                None => return Verdict::MissingInit { track, version },
            }
        }
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
            inits: Vec::new(),
        }
    }
    fn held(name: TrackName, parts: &[(u32, u8)]) -> Held {
        Held {
            name,
            parts: parts.iter().map(|(n, s)| (*n, sha(*s))).collect(),
            inits: Vec::new(),
        }
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

    #[test]
    fn every_init_that_was_made_must_be_held_with_its_bytes() {
        let track = TrackName::Video;
        let with = |inits: &[u8]| FinishTrack {
            inits: inits.iter().map(|n| sha(*n)).collect(),
            ..made(track, &[1])
        };
        let mut here = held(track, &[(0, 1)]);
        here.inits.push((2, sha(102)));
        let of = |inits: &[u8]| verify(&[with(inits)], std::slice::from_ref(&here));
        assert_eq!(
            of(&[]),
            Verdict::Complete,
            "a recorder that knows one version says nothing"
        );
        assert_eq!(of(&[102]), Verdict::Complete);
        let version = 2;
        assert_eq!(of(&[9]), Verdict::InitConflict { track, version });
        let version = 3;
        assert_eq!(of(&[102, 103]), Verdict::MissingInit { track, version });
    }
}
