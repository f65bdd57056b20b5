//! One part: what it is, and whether it fits where it says it belongs.

use aside_protocol::cmaf::{self, ReadError};
use aside_protocol::recording::{MAX_PART_MICROS, Sha256};
use aside_protocol::timed_event::EventsError;

use crate::domain::recording::{PartRow, Track};

/// Why a part is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartRefusal {
    #[error("These bytes are not a CMAF chunk: {0}.")]
    NotCmaf(#[from] ReadError),
    #[error("These bytes are not a part of an events track: {0}.")]
    NotEvents(#[from] EventsError),
    #[error("The chunk belongs to track id {found}, its init says {expected}.")]
    OtherTrack { found: u32, expected: u32 },
    #[error("The chunk says it is number {found} of its track; it was sent as number {expected}.")]
    OtherNumber { found: u32, expected: u32 },
    #[error("The chunk lasts {duration} ticks; at most one second, {allowed}, is allowed.")]
    TooLong { duration: u64, allowed: u64 },
    #[error("The chunk begins at {start}, before the part before it ends at {end} (in ticks).")]
    BeforePrevious { start: u64, end: u64 },
    #[error("The chunk ends at {end}, after the part behind it begins at {start} (in ticks).")]
    AfterNext { start: u64, end: u64 },
    #[error(
        "The init of this part is version {version}; that of a neighbour is {other}, and versions never go back."
    )]
    InitOrder { version: u32, other: u32 },
    #[error(
        "Another init begins with version {version} here, so this part must begin with a picture that stands alone."
    )]
    InitInside { version: u32 },
}

/// Reads a part of pictures or sound that a client sent as `number` of `track`, and believes only the bytes; and the client
/// that it is decoded with version `init`.
pub fn read(
    bytes: &[u8],
    sha256: Sha256,
    track: &Track,
    number: u32,
    init: u32,
) -> Result<PartRow, PartRefusal> {
    let expected = cmaf::read_init(&track.init)?.track_id;
    let info = cmaf::read_part(bytes, track.name.kind())?.info;
    if info.track_id != expected {
        return Err(PartRefusal::OtherTrack {
            found: info.track_id,
            expected,
        });
    }
    if info.sequence != number + 1 {
        return Err(PartRefusal::OtherNumber {
            found: info.sequence.wrapping_sub(1),
            expected: number,
        });
    }
    let allowed = u64::from(track.timescale) * MAX_PART_MICROS / 1_000_000;
    if info.duration > allowed {
        return Err(PartRefusal::TooLong {
            duration: info.duration,
            allowed,
        });
    }
    // Ticks are stored as signed integers.
    if i64::try_from(info.start.saturating_add(info.duration)).is_err() {
        return Err(ReadError::Damaged("the decode time").into());
    }
    Ok(PartRow {
        number,
        start: info.start,
        duration: info.duration,
        independent: info.independent,
        size: bytes.len() as u64,
        sha256,
        init,
    })
}

/// What is known around a number of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The nearest known part with a smaller number.
    pub before: Option<PartRow>,
    /// What is known under the number itself.
    pub same: Option<PartRow>,
    /// Whether the object of `same` was found missing.
    pub lost: bool,
    /// The nearest known part with a larger number.
    pub after: Option<PartRow>,
}

/// Where a part goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is new and fits.
    New,
    /// The same bytes are held already.
    Known(PartRow),
    /// The row is here and its object was lost: the same bytes are stored again, whether the take is finished or not.
    Lost(PartRow),
    /// Other bytes are held under this number.
    Taken,
}

/// Decides. Parts may arrive in any order, so both neighbours may be far away or missing.
pub fn place(part: &PartRow, around: &Neighbours) -> Result<Place, PartRefusal> {
    if let Some(same) = around.same {
        return Ok(if same.sha256 != part.sha256 {
            Place::Taken
        } else if around.lost {
            Place::Lost(same)
        } else {
            Place::Known(same)
        });
    }
    if let Some(before) = around.before.filter(|b| part.start < b.end()) {
        return Err(PartRefusal::BeforePrevious {
            start: part.start,
            end: before.end(),
        });
    }
    if let Some(after) = around.after.filter(|a| part.end() > a.start) {
        return Err(PartRefusal::AfterNext {
            start: after.start,
            end: part.end(),
        });
    }
    let version = part.init;
    let (before, after) = (around.before, around.after);
    let other = before.filter(|b| b.init > version);
    if let Some(other) = other.or(after.filter(|a| a.init < version)) {
        let other = other.init;
        return Err(PartRefusal::InitOrder { version, other });
    }
    // A decoder begins anew with another init.
    let begins = |before: &PartRow, part: &PartRow| {
        before.number + 1 == part.number && before.init != part.init && !part.independent
    };
    if before.is_some_and(|b| begins(&b, part)) || after.is_some_and(|a| begins(part, &a)) {
        return Err(PartRefusal::InitInside { version });
    }
    Ok(Place::New)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, start: u64, duration: u64) -> PartRow {
        PartRow {
            number,
            start,
            duration,
            independent: true,
            size: 1,
            sha256: Sha256::of(&[u8::try_from(number).unwrap()]),
            init: 1,
        }
    }

    #[test]
    fn versions_never_go_back_and_begin_with_a_picture_that_stands_alone() {
        let of = |number, init, independent| PartRow {
            init,
            independent,
            ..part(number, u64::from(number) * 100, 100)
        };
        let between = |before, after| Neighbours {
            before: Some(before),
            after: Some(after),
            ..Neighbours::default()
        };
        let around = between(of(1, 1, true), of(5, 3, false));
        for version in 1..=3 {
            assert_eq!(place(&of(3, version, false), &around), Ok(Place::New));
        }
        let order = |version, other| Err(PartRefusal::InitOrder { version, other });
        assert_eq!(place(&of(3, 4, true), &around), order(4, 3));
        let around = between(of(1, 2, true), of(3, 3, false));
        assert_eq!(place(&of(2, 1, true), &around), order(1, 2));
        let inside = |version| Err(PartRefusal::InitInside { version });
        assert_eq!(
            place(&of(2, 2, false), &around),
            inside(2),
            "the part behind it is of version 3"
        );
        assert_eq!(place(&of(2, 3, false), &around), inside(3));
        assert_eq!(place(&of(2, 3, true), &around), Ok(Place::New));
    }

    #[test]
    fn a_part_fits_between_its_neighbours_and_nowhere_else() {
        let around = Neighbours {
            before: Some(part(1, 0, 100)),
            after: Some(part(5, 500, 100)),
            ..Neighbours::default()
        };
        assert_eq!(place(&part(3, 100, 400), &around), Ok(Place::New));
        assert_eq!(
            place(&part(3, 250, 100), &around),
            Ok(Place::New),
            "a gap is a pause in the sound, not an error"
        );
        assert_eq!(
            place(&part(3, 99, 100), &around),
            Err(PartRefusal::BeforePrevious {
                start: 99,
                end: 100
            })
        );
        assert_eq!(
            place(&part(3, 450, 51), &around),
            Err(PartRefusal::AfterNext {
                start: 500,
                end: 501
            })
        );
    }

    #[test]
    fn the_same_bytes_are_known_and_other_bytes_find_the_place_taken() {
        let held = part(3, 0, 100);
        let around = Neighbours {
            same: Some(held),
            ..Neighbours::default()
        };
        assert_eq!(place(&held, &around), Ok(Place::Known(held)));
        let other = PartRow {
            sha256: Sha256::of(b"other"),
            ..held
        };
        assert_eq!(place(&other, &around), Ok(Place::Taken));
        let lost = Neighbours {
            lost: true,
            ..around
        };
        assert_eq!(place(&held, &lost), Ok(Place::Lost(held)));
        assert_eq!(place(&other, &lost), Ok(Place::Taken));
    }
}
