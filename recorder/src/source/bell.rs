//! A bell that wakes a thread which sleeps on a file descriptor.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// Who woke the sleeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    Bell,
    /// The other descriptor has something to read.
    Other,
    Time,
}

/// Rings once however often it is rung; heard by the next `wait`.
#[derive(Debug)]
pub struct Bell(OwnedFd);

impl Bell {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?))
    }

    pub fn ring(&self) {
        // The counter can only be full if it was rung 2⁶⁴ times; it rings then as well.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Sleeps until the bell rings, `other` can be read or `limit` has passed.
    pub fn wait(&self, other: Option<BorrowedFd<'_>>, limit: Option<Duration>) -> Rung {
        let mut fds = vec![PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)];
        fds.extend(other.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let limit = limit.and_then(|l| Timespec::try_from(l).ok());
        match poll(&mut fds, limit.as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Rung::Time,
            Ok(_) => {}
            // Without memory for a poll there is none for a picture either; the caller looks again.
            Err(_) => return Rung::Time,
        }
        if fds[0].revents().is_empty() {
            return Rung::Other;
        }
        self.hush();
        Rung::Bell
    }

    /// Stops ringing, for a bell that was heard as somebody's `other`.
    pub fn hush(&self) {
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.0, &mut count);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_rung_twice_before_anybody_listens_is_heard_once() {
        let bell = Bell::new().unwrap();
        bell.ring();
        bell.ring();
        assert_eq!(bell.wait(None, None), Rung::Bell);
        assert_eq!(bell.wait(None, Some(Duration::ZERO)), Rung::Time);
    }
}
