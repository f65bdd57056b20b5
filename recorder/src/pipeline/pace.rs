//! When the next picture may be taken. Pure.

use std::time::Duration;

use crate::clock::Mono;

/// Keeps the interval while the screen moves, and is ready at once after a pause in that.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    interval: Duration,
    /// One picture of so many is taken.
    divisor: u32,
    next: Option<Mono>,
}

impl Pace {
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

    /// How long from `now` until a picture may be taken.
    pub(super) fn wait(&self, now: Mono) -> Duration {
        self.next.map_or(Duration::ZERO, |next| next - now)
    }

    /// A picture was taken, or dropped, at `now`.
    pub(super) fn taken(&mut self, now: Mono) {
        let interval = self.interval * self.divisor;
        let next = match self.next {
            // A picture that is a little late keeps the schedule, so that the rate does not fall, but two pictures never
            // come closer than half an interval, which a player would show as one; after a pause the schedule begins anew.
            Some(next) if now - next < interval => (next + interval).max(now + interval / 2),
            _ => now + interval,
        };
        self.next = Some(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_does_not_add_up_and_rest_is_not_made_up_for() {
        let (mut pace, mut now) = (Pace::new(30), Mono::from_nanos(1_000_000_000));
        for n in 0..30 {
            now = now + pace.wait(now) + Duration::from_millis(n % 7);
            pace.taken(now);
        }
        assert!(now - Mono::from_nanos(1_000_000_000) < Duration::from_millis(29 * 34 + 7));

        pace.set_divisor(2);
        let begin = now + pace.wait(now);
        for _ in 0..15 {
            now = now + pace.wait(now);
            pace.taken(now);
        }
        assert_eq!(
            pace.wait(now) + (now - begin),
            Duration::from_nanos(33_333_333 * 30)
        );
        pace.set_divisor(0);

        now = now + Duration::from_secs(5);
        assert_eq!(pace.wait(now), Duration::ZERO);
        pace.taken(now);
        assert_eq!(pace.wait(now), Duration::from_nanos(33_333_333));
    }
}
