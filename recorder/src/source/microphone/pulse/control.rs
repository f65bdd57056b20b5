//! Orders to the thread that reads a device.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Mono;
use crate::source::{OpenError, Waker, Woken};

/// Stop, and read at once.
pub(super) struct Control {
    waker: Waker,
    stopped: AtomicBool,
    deliver_now: AtomicBool,
    /// Microseconds; 0: not known yet.
    latency: AtomicU64,
    /// Nanoseconds on the clock; 0: nothing is waited for.
    wanted: AtomicU64,
}

impl Control {
    pub(super) fn new() -> Result<Self, OpenError> {
        Ok(Self {
            waker: Waker::new().map_err(|e| OpenError::Internal(e.to_string()))?,
            stopped: AtomicBool::new(false),
            deliver_now: AtomicBool::new(false),
            latency: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
        })
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    pub(super) fn deliver_now(&self) {
        self.deliver_now.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    /// Sound captured up to `at` is waited for. This wakes nobody: it is looked at with each reading.
    pub(super) fn want(&self, at: Mono) {
        self.wanted.store(at.nanos(), Ordering::Relaxed);
    }

    pub(super) fn wanted(&self) -> Option<Mono> {
        let nanos = self.wanted.load(Ordering::Relaxed);
        (nanos > 0).then(|| Mono::from_nanos(nanos))
    }

    /// How old the next sound will be, for whoever holds the other end.
    pub(super) fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency.store(micros, Ordering::Relaxed);
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        let micros = self.latency.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Whether `deliver_now` was called since the last time.
    pub(super) fn take_deliver_now(&self) -> bool {
        self.deliver_now.swap(false, Ordering::SeqCst)
    }

    /// Sleeps until there is an order, `other` can be read or `limit` has passed.
    pub(super) fn wait(&self, other: Option<BorrowedFd<'_>>, limit: Duration) -> Woken {
        self.waker.wait(other, Some(limit))
    }
}
