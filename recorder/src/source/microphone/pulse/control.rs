//! Orders to the thread that reads a device.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::source::{OpenError, Waker, Woken};

/// Stop, and read at once.
pub(super) struct Control {
    waker: Waker,
    stopped: AtomicBool,
    deliver_now: AtomicBool,
}

impl Control {
    pub(super) fn new() -> Result<Self, OpenError> {
        Ok(Self {
            waker: Waker::new().map_err(|e| OpenError::Internal(e.to_string()))?,
            stopped: AtomicBool::new(false),
            deliver_now: AtomicBool::new(false),
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
