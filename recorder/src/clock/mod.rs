//! Monotonic time, and the pure rules that put sources onto one timeline.
//!
//! [`Mono`] is CLOCK_MONOTONIC itself, not an opaque instant, because capture devices
//! (PipeWire, the X server's neighbours) speak in it and stamps have to be comparable.

mod pause;
mod source_clock;
mod timeline;

use std::ops::{Add, Sub};
use std::time::Duration;

pub use pause::PauseMap;
pub use source_clock::{Outcome, SourceClock};
pub use timeline::{Place, Timeline};

/// An instant on CLOCK_MONOTONIC, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(u64);

impl Mono {
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    pub const fn nanos(self) -> u64 {
        self.0
    }
    /// How much later this is than `earlier`; zero when it is not later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
    /// Signed distance in nanoseconds, positive when `self` is later.
    pub fn offset_from(self, other: Self) -> i64 {
        i64::try_from(i128::from(self.0) - i128::from(other.0)).unwrap_or(i64::MAX)
    }
    /// Earlier by `span`; sticks at zero.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(span)))
    }
}

impl Add<Duration> for Mono {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }
}

impl Sub for Mono {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Where monotonic time comes from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Mono;
}

/// The machine's CLOCK_MONOTONIC.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Mono {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let seconds = u64::try_from(t.tv_sec).unwrap_or(0);
        Mono(seconds * 1_000_000_000 + u64::try_from(t.tv_nsec).unwrap_or(0))
    }
}

/// A clock that stands still until it is cranked.
#[derive(Debug, Default)]
pub struct ManualClock(std::sync::atomic::AtomicU64);

impl ManualClock {
    pub fn at(start: Mono) -> Self {
        Self(std::sync::atomic::AtomicU64::new(start.0))
    }
    pub fn advance(&self, span: Duration) {
        self.0
            .fetch_add(nanos(span), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Mono {
        Mono(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
