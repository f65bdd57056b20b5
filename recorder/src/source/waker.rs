//! Wakes a thread that sleeps on a file descriptor (eventfd(2)).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// Why `wait` returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    Waker,
    /// The other descriptor has something to read.
    Source,
    Timeout,
}

/// Wakes once, however often it was asked to before the next `wait`.
#[derive(Debug)]
pub struct Waker(OwnedFd);

impl Waker {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?))
    }

    pub fn wake(&self) {
        // It fails when the counter is full, after 2⁶⁴ calls; it is readable then as well.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Sleeps until `wake` is called, `other` can be read or `limit` has passed.
    pub fn wait(&self, other: Option<BorrowedFd<'_>>, limit: Option<Duration>) -> Woken {
        let mut fds = vec![PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)];
        fds.extend(other.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let limit = limit.and_then(|l| Timespec::try_from(l).ok());
        match poll(&mut fds, limit.as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Woken::Timeout,
            Ok(_) => {}
            // Without memory for a poll there is none for a picture either; the caller looks again.
            Err(_) => return Woken::Timeout,
        }
        if fds[0].revents().is_empty() {
            return Woken::Source;
        }
        self.clear();
        Woken::Waker
    }

    /// Takes the wake-up, for a waker that was waited for as somebody's `other`.
    pub fn clear(&self) {
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.0, &mut count);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_before_anybody_waits_wake_once() {
        let waker = Waker::new().unwrap();
        waker.wake();
        waker.wake();
        assert_eq!(waker.wait(None, None), Woken::Waker);
        assert_eq!(waker.wait(None, Some(Duration::ZERO)), Woken::Timeout);
    }
}
