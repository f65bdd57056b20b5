//! When a frame was captured. Pure.
//!
//! Most drivers stamp frames on CLOCK_MONOTONIC, which is our own clock. A stamp that cannot be meant so (another clock, a
//! graph that counts from zero) is anchored by the quickest arrival seen: the frame that came with the least delay.

use crate::clock::Mono;

const SECOND: i64 = 1_000_000_000;
/// A frame arrives at most this much after a monotonic stamp; what is older was meant on another clock.
const OLDEST: i64 = 2 * SECOND;
/// Clocks are read at different places: a stamp may lie ahead by this much.
const AHEAD: i64 = SECOND / 100;
/// An anchored stamp that is this far from its arrival is anchored anew: the device's clock jumped.
const JUMP: i64 = SECOND / 2;

/// Follows the stamps of one device.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// From the device's zero to ours, where they differ.
    anchor: Option<i64>,
}

impl Stamps {
    /// `stamp` in nanoseconds as the device says, `arrived` when the frame was there.
    pub(super) fn place(&mut self, stamp: Option<i64>, arrived: Mono) -> Mono {
        let Some(stamp) = stamp else { return arrived };
        let now = i64::try_from(arrived.nanos()).unwrap_or(i64::MAX);
        let delay = now.saturating_sub(stamp);
        if self.anchor.is_none() && (-AHEAD..=OLDEST).contains(&delay) {
            return at(stamp.min(now));
        }
        let anchor = match self.anchor {
            Some(anchor) if delay - anchor < JUMP => anchor.min(delay),
            _ => delay,
        };
        self.anchor = Some(anchor);
        at(stamp.saturating_add(anchor))
    }
}

fn at(nanos: i64) -> Mono {
    Mono::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn mono(millis: i64) -> Mono {
        at(millis * MS)
    }

    #[test]
    fn a_monotonic_stamp_is_taken_as_it_is() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.place(Some(90_000 * MS), mono(90_040)), mono(90_000));
        assert_eq!(stamps.place(Some(90_033 * MS), mono(91_500)), mono(90_033));
        assert_eq!(stamps.place(None, mono(91_501)), mono(91_501));
        assert_eq!(
            stamps.place(Some(91_505 * MS), mono(91_502)),
            mono(91_502),
            "no frame is captured after it arrived"
        );
    }

    #[test]
    fn a_stamp_of_another_clock_is_anchored_by_the_quickest_arrival() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.place(Some(0), mono(50_030)), mono(50_030));
        assert_eq!(stamps.place(Some(33 * MS), mono(50_043)), mono(50_043));
        assert_eq!(
            stamps.place(Some(66 * MS), mono(50_100)),
            mono(50_076),
            "a late arrival does not move it"
        );
        let jumped = stamps.place(Some(99 * MS), mono(58_000));
        assert_eq!(jumped, mono(58_000), "the device's clock jumped");
    }
}
