//! The two times. Nothing here reads a clock.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// An instant on the wall: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, example = 1_700_000_000_000_000_i64))]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Later by `span`; sticks at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: std::time::Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }
    /// Earlier by `span`; sticks at the ends of the range.
    #[must_use]
    pub const fn minus(self, span: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }
}

/// Sticks at the end of the range.
const fn micros_of(span: std::time::Duration) -> i64 {
    let micros = span.as_micros();
    if micros > i64::MAX as u128 {
        return i64::MAX;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is not more than i64::MAX"
    )]
    {
        micros as i64
    }
}

/// A position inside a recording, in microseconds from its first picture. Pauses are already
/// cut out. May be negative only while a source is being lined up; what is stored never is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MediaTime(i64);

impl MediaTime {
    pub const ZERO: Self = Self(0);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// From `ticks` of a track's timescale (ticks a second, never 0), rounded to the nearest.
    pub fn from_ticks(ticks: u64, timescale: u32) -> Self {
        let scale = i128::from(timescale.max(1));
        let micros = (i128::from(ticks) * 1_000_000 + scale / 2) / scale;
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }
    /// In ticks of a track's timescale, rounded to the nearest; positions before 0 become 0.
    pub fn to_ticks(self, timescale: u32) -> u64 {
        let ticks = (i128::from(self.0.max(0)) * i128::from(timescale) + 500_000) / 1_000_000;
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

impl Add for MediaTime {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for MediaTime {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

/// A moment or a length in milliseconds as people write it: `0:42`, `12:03`, `1:02:03`. What is left of a second is cut off.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_people_write_it() {
        for (ms, text) in [
            (0, "0:00"),
            (59_999, "0:59"),
            (723_000, "12:03"),
            (3_661_000, "1:01:01"),
            (36_000_000, "10:00:00"),
        ] {
            assert_eq!(clock(ms), text);
        }
    }

    #[test]
    fn ticks_survive_the_way_there_and_back() {
        for ticks in [0_u64, 1, 1023, 1024, 90_000, 48_000 * 3600 * 10] {
            for scale in [1000_u32, 48_000, 90_000] {
                let there = MediaTime::from_ticks(ticks, scale);
                assert_eq!(there.to_ticks(scale), ticks, "{ticks} at {scale}");
            }
        }
    }

    #[test]
    fn a_position_before_the_first_picture_has_no_ticks() {
        assert_eq!(MediaTime::from_millis(-5).to_ticks(90_000), 0);
    }
}
