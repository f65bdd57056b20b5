//! How often somebody may do something: a leaky bucket for each key (GCRA: what is stored is when
//! the bucket will have run empty). Pure: the time is handed in, on a clock that never jumps.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Buckets kept at most; the fullest are the last to be forgotten.
const MAX_BUCKETS: usize = 10_000;

/// Allows `burst` at once, and one more each `every` after that.
#[derive(Debug)]
pub struct Limit<K> {
    burst: u32,
    every: Duration,
    /// When the bucket will have run empty.
    empty_at: HashMap<K, Duration>,
}

/// What a key may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// At once.
    pub turns: u32,
    /// When it has them all again.
    pub full_in: Duration,
}

impl<K: Hash + Eq> Limit<K> {
    pub fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst,
            every,
            empty_at: HashMap::new(),
        }
    }

    /// Takes one; `Err` says how long to wait, and takes nothing. `now` is
    /// [`crate::clock::Clock::monotonic`].
    pub fn take(&mut self, key: K, now: Duration) -> Result<(), Duration> {
        if self.empty_at.len() >= MAX_BUCKETS {
            self.forget(now);
        }
        let level = self.empty_at.get(&key).copied().unwrap_or(now).max(now);
        let latest = now + self.every * self.burst;
        let filled = level + self.every;
        if filled > latest {
            return Err(filled - latest);
        }
        self.empty_at.insert(key, filled);
        Ok(())
    }

    /// What is left of a key after it took one, or did not.
    pub fn left(&self, key: &K, now: Duration) -> Left {
        let level = self.empty_at.get(key).copied().unwrap_or(now).max(now);
        let latest = now + self.every * self.burst;
        let turns = latest.saturating_sub(level).as_micros() / self.every.as_micros().max(1);
        Left {
            turns: u32::try_from(turns).unwrap_or(u32::MAX),
            full_in: level - now,
        }
    }

    /// From now on as many as this.
    pub fn set(&mut self, burst: u32, every: Duration) {
        (self.burst, self.every) = (burst, every);
    }

    /// Gives back what [`Self::take`] took: it turned out not to count.
    pub fn give_back(&mut self, key: &K) {
        if let Some(empty_at) = self.empty_at.get_mut(key) {
            *empty_at = empty_at.saturating_sub(self.every);
        }
    }

    /// Forgets the empty buckets, and under a flood of keys the emptier half of the others.
    fn forget(&mut self, now: Duration) {
        self.empty_at.retain(|_, empty_at| *empty_at > now);
        if self.empty_at.len() >= MAX_BUCKETS {
            let mut levels: Vec<Duration> = self.empty_at.values().copied().collect();
            levels.sort_unstable();
            let middle = levels[levels.len() / 2];
            self.empty_at.retain(|_, empty_at| *empty_at > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_burst_is_fine_and_a_flood_is_slowed() {
        let mut limit = Limit::new(3, at(10));
        for _ in 0..3 {
            assert_eq!(limit.take("ana", at(0)), Ok(()));
        }
        assert_eq!(limit.take("ana", at(0)), Err(at(10)));
        let left = |turns, seconds| Left {
            turns,
            full_in: at(seconds),
        };
        assert_eq!(limit.left(&"ana", at(0)), left(0, 30));
        assert_eq!(limit.left(&"ana", at(15)), left(1, 15));
        assert_eq!(limit.left(&"ben", at(0)), left(3, 0));
        assert_eq!(limit.take("ana", at(9)), Err(at(1)));
        assert_eq!(
            limit.take("ben", at(0)),
            Ok(()),
            "one key does not slow another"
        );
        assert_eq!(limit.take("ana", at(10)), Ok(()));
        assert_eq!(limit.take("ana", at(10)), Err(at(10)));
    }

    #[test]
    fn what_is_given_back_was_never_taken() {
        let mut limit = Limit::new(2, at(10));
        for _ in 0..20 {
            assert_eq!(limit.take("ana", at(0)), Ok(()));
            limit.give_back(&"ana");
        }
        limit.give_back(&"nobody");
    }

    #[test]
    fn a_flood_of_keys_does_not_fill_the_memory() {
        let mut limit = Limit::new(2, at(10));
        for n in 0..3 * MAX_BUCKETS {
            assert_eq!(limit.take(n, at(0)), Ok(()));
        }
        assert!(limit.empty_at.len() <= MAX_BUCKETS);
    }
}
