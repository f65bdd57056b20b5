//! So many of something a minute, evenly. Pure.

use std::time::Duration;

/// Hands out turns.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Between two turns; none: no limit.
    interval: Option<Duration>,
    /// When the next turn is, by the clock of who asks.
    next: Duration,
}

impl Rate {
    /// None, or none a minute: no limit.
    pub fn per_minute(most: Option<u32>) -> Self {
        let most = most.filter(|it| *it > 0);
        Self {
            interval: most.map(|it| Duration::from_secs(60) / it),
            next: Duration::ZERO,
        }
    }

    /// Takes a turn: how long to wait for it. What was not used is not saved up.
    pub fn turn(&mut self, now: Duration) -> Duration {
        let Some(interval) = self.interval else {
            return Duration::ZERO;
        };
        let at = self.next.max(now);
        self.next = at + interval;
        at - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_evenly_and_are_not_saved_up() {
        let mut rate = Rate::per_minute(Some(120));
        let at = |millis| Duration::from_millis(millis);
        let waits: Vec<Duration> = (0..4).map(|_| rate.turn(at(1_000))).collect();
        assert_eq!(waits, [at(0), at(500), at(1_000), at(1_500)]);
        assert_eq!(rate.turn(at(10_000)), at(0));
        assert_eq!(rate.turn(at(10_000)), at(500));
        let mut free = Rate::per_minute(None);
        assert_eq!(free.turn(at(0)) + free.turn(at(0)), Duration::ZERO);
    }
}
