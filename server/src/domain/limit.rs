//! How often a stranger may write: a leaky bucket for each key. Pure: the instant is handed in.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use aside_protocol::time::Timestamp;

/// Buckets kept at most; the fullest are the last to be forgotten.
const MOST: usize = 10_000;

/// Allows `burst` at once, and one more each `every` after that.
#[derive(Debug)]
pub struct Limit<K> {
    burst: u32,
    every: Duration,
    /// When the bucket will have run empty.
    empty_at: HashMap<K, Timestamp>,
}

impl<K: Hash + Eq> Limit<K> {
    pub fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst,
            every,
            empty_at: HashMap::new(),
        }
    }

    /// Takes one; `Err` says how long to wait.
    pub fn take(&mut self, key: K, now: Timestamp) -> Result<(), Duration> {
        if self.empty_at.len() >= MOST {
            self.forget(now);
        }
        let level = self.empty_at.get(&key).copied().unwrap_or(now).max(now);
        let latest = now.plus(self.every * self.burst);
        let filled = level.plus(self.every);
        if filled > latest {
            let micros = filled.micros() - latest.micros();
            return Err(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        }
        self.empty_at.insert(key, filled);
        Ok(())
    }

    /// Forgets the empty buckets, and under a flood of keys the emptier half of the others.
    fn forget(&mut self, now: Timestamp) {
        self.empty_at.retain(|_, empty_at| *empty_at > now);
        if self.empty_at.len() >= MOST {
            let mut levels: Vec<Timestamp> = self.empty_at.values().copied().collect();
            levels.sort_unstable();
            let middle = levels[levels.len() / 2];
            self.empty_at.retain(|_, empty_at| *empty_at > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_burst_is_fine_and_a_flood_is_slowed() {
        let mut limit = Limit::new(3, Duration::from_secs(10));
        for _ in 0..3 {
            assert_eq!(limit.take("ana", at(0)), Ok(()));
        }
        assert_eq!(limit.take("ana", at(0)), Err(Duration::from_secs(10)));
        assert_eq!(limit.take("ana", at(9)), Err(Duration::from_secs(1)));
        assert_eq!(
            limit.take("ben", at(0)),
            Ok(()),
            "one stranger does not slow another"
        );
        assert_eq!(limit.take("ana", at(10)), Ok(()));
        assert_eq!(limit.take("ana", at(10)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn a_flood_of_strangers_does_not_fill_the_memory() {
        let mut limit = Limit::new(2, Duration::from_secs(10));
        for n in 0..3 * MOST {
            assert_eq!(limit.take(n, at(0)), Ok(()));
        }
        assert!(limit.empty_at.len() <= MOST);
    }
}
