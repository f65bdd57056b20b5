//! Orders to the thread that reads a device.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::source::{Bell, OpenError, Rung};

/// Stop, and read at once.
pub(super) struct Control {
    bell: Bell,
    stopped: AtomicBool,
    hurry: AtomicBool,
}

impl Control {
    pub(super) fn new() -> Result<Self, OpenError> {
        Ok(Self {
            bell: Bell::new().map_err(|e| OpenError::Internal(e.to_string()))?,
            stopped: AtomicBool::new(false),
            hurry: AtomicBool::new(false),
        })
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.bell.ring();
    }

    pub(super) fn hurry(&self) {
        self.hurry.store(true, Ordering::SeqCst);
        self.bell.ring();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Whether `hurry` was called since the last time.
    pub(super) fn take_hurry(&self) -> bool {
        self.hurry.swap(false, Ordering::SeqCst)
    }

    /// Sleeps until there is an order, `other` can be read or `limit` has passed.
    pub(super) fn wait(&self, other: Option<BorrowedFd<'_>>, limit: Duration) -> Rung {
        self.bell.wait(other, Some(limit))
    }
}
