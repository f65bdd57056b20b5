//! When to try again: exponential backoff with a cap, and jitter, which avoids synchronized retries.
//! There is no last try: the take is in the spool and can wait.

use std::time::Duration;

use aside_protocol::upload::HEARTBEAT_SECONDS;

/// Waits between requests.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait of all.
    pub cap: Duration,
    /// The longest silence towards the server, while it can be reached.
    pub heartbeat: Duration,
}

impl Default for Policy {
    /// A lost connection is tried again at once, a server that is down every few seconds, so
    /// that a viewer of a running take waits no longer than that when it is back.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(250),
            cap: Duration::from_secs(10),
            heartbeat: Duration::from_secs(HEARTBEAT_SECONDS),
        }
    }
}

/// A server may ask for more patience than the cap (`Retry-After`), but not for more than this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Counts the failures since something last worked.
#[derive(Debug, Clone)]
pub struct Retry {
    policy: Policy,
    failures: u32,
}

impl Retry {
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            failures: 0,
        }
    }

    /// Something worked: the next wait is short again.
    pub const fn worked(&mut self) {
        self.failures = 0;
    }

    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Something failed: how long to wait. `chance` in `0.0..1.0` spreads the waits over the
    /// upper half of the interval; `asked` is what the server wished for.
    pub fn failed(&mut self, chance: f64, asked: Option<Duration>) -> Duration {
        let doubled = self.policy.first.saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        let longest = doubled.min(self.policy.cap);
        let spread = longest.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        spread.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_grows_and_never_exceeds_its_cap(chances in proptest::collection::vec(0.0_f64..1.0, 1..400)) {
            let policy = Policy::default();
            let mut retry = Retry::new(policy);
            for (n, chance) in chances.into_iter().enumerate() {
                let wait = retry.failed(chance, None);
                let ideal = policy.first.saturating_mul(1 << n.min(20)).min(policy.cap);
                prop_assert!(wait >= ideal / 2 && wait <= ideal, "{wait:?} after {n} failures");
            }
        }
    }

    #[test]
    fn jitter_avoids_synchronized_retries() {
        let (mut a, mut b) = (Retry::new(Policy::default()), Retry::new(Policy::default()));
        assert_ne!(a.failed(0.1, None), b.failed(0.9, None));
    }

    #[test]
    fn the_first_wait_after_a_success_is_short_again() {
        let mut retry = Retry::new(Policy::default());
        for _ in 0..50 {
            retry.failed(0.0, None);
        }
        retry.worked();
        assert!(retry.failed(1.0, None) <= Policy::default().first);
    }

    #[test]
    fn retry_after_is_respected_up_to_a_limit() {
        let mut retry = Retry::new(Policy::default());
        let minute = Duration::from_secs(60);
        assert_eq!(retry.failed(0.5, Some(minute)), minute);
        assert_eq!(
            retry.failed(0.5, Some(Duration::from_secs(86_400))),
            MAX_RETRY_AFTER
        );
    }
}
