//! How long a take has been running, pauses left out. Pure: `now` is an argument.

use std::time::Duration;

use crate::clock::Mono;

/// Runs from its making.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch {
    /// What was counted before the last pause.
    before: Duration,
    running_since: Option<Mono>,
}

impl Stopwatch {
    pub(super) const fn started(now: Mono) -> Self {
        Self {
            before: Duration::ZERO,
            running_since: Some(now),
        }
    }

    pub(super) const fn pause(&mut self, now: Mono) {
        self.before = self.elapsed(now);
        self.running_since = None;
    }

    pub(super) const fn resume(&mut self, now: Mono) {
        if self.running_since.is_none() {
            self.running_since = Some(now);
        }
    }

    pub(super) const fn elapsed(&self, now: Mono) -> Duration {
        match self.running_since {
            Some(since) => self.before.saturating_add(now.since(since)),
            None => self.before,
        }
    }

    /// How long until `length` is reached; `None` while paused.
    pub(super) fn left_of(&self, length: Duration, now: Mono) -> Option<Duration> {
        self.running_since
            .map(|_| length.saturating_sub(self.elapsed(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Mono {
        Mono::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_pause_does_not_count() {
        let mut watch = Stopwatch::started(at(10));
        watch.pause(at(13));
        assert_eq!(watch.elapsed(at(20)), Duration::from_secs(3));
        assert_eq!(watch.left_of(Duration::from_secs(5), at(20)), None);
        watch.resume(at(20));
        watch.resume(at(21));
        assert_eq!(watch.elapsed(at(22)), Duration::from_secs(5));
        assert_eq!(
            watch.left_of(Duration::from_secs(5), at(23)),
            Some(Duration::ZERO)
        );
    }
}
