//! Which frames of a camera are recorded, where it gives more than are wanted. Pure.

use std::time::Duration;

use crate::clock::Mono;

/// A frame that comes early by a quarter of the interval is still the next one: devices jitter.
const EARLY: u32 = 4;
/// A frame this many intervals late begins a schedule of its own.
const LATE: u32 = 4;
/// This part of a frame's distance from the schedule moves the schedule.
const FOLLOW: u64 = 8;

/// Keeps the interval by the frames' own stamps.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    interval: Duration,
    /// One picture of so many is taken.
    divisor: u32,
    next: Option<Mono>,
}

impl Rate {
    pub(super) fn new(fps: u32) -> Self {
        Self {
            interval: Duration::from_nanos(1_000_000_000 / u64::from(fps.max(1))),
            divisor: 1,
            next: None,
        }
    }

    /// Takes one picture of so many from now on; 0 and 1: each.
    pub(super) fn set_divisor(&mut self, divisor: u32) {
        self.divisor = divisor.max(1);
    }

    /// Another device: its stamps may lie otherwise.
    pub(super) fn restart(&mut self) {
        self.next = None;
    }

    /// Whether the frame that was captured at `at` is recorded.
    pub(super) fn takes(&mut self, at: Mono) -> bool {
        let interval = self.interval * self.divisor;
        let early = interval / EARLY;
        let due = match self.next {
            Some(next) if at + early < next => return false,
            Some(next) if at < next + interval * LATE => next,
            _ => at,
        };
        // The schedule follows a device whose rate is a little off, and not its jitter.
        let next = due + interval;
        let off = Duration::from_nanos(at.offset_from(due).unsigned_abs() / FOLLOW);
        self.next = Some(if at < due {
            next.before(off)
        } else {
            next + off
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `count` frames, `micros` apart and off by up to `jitter`, are taken at `fps`.
    fn taken(fps: u32, micros: u64, jitter: u64, count: u64) -> usize {
        let mut rate = Rate::new(fps);
        let at = |n: u64| {
            let off = [0, jitter, jitter / 2][usize::try_from(n % 3).unwrap()];
            Mono::from_nanos(1_000_000_000 + (n * micros + off) * 1000)
        };
        (0..count).filter(|n| rate.takes(at(*n))).count()
    }

    #[test]
    fn a_camera_of_the_wanted_rate_loses_no_frame_and_a_faster_one_only_those_beyond() {
        assert_eq!(taken(30, 33_333, 0, 300), 300);
        assert_eq!(taken(30, 33_333, 6_000, 300), 300);
        assert_eq!(taken(30, 33_200, 2_000, 300), 300, "a crystal that is fast");
        assert_eq!(taken(30, 66_666, 6_000, 300), 300, "a slow camera");
        assert_eq!(taken(30, 16_667, 2_000, 600), 300);
        let of_fifty = taken(30, 20_000, 0, 500);
        assert!((240..=310).contains(&of_fifty), "{of_fifty}");
    }
}
