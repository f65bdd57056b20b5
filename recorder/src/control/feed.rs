//! The lines of a take for everybody who follows it beside standard output: a window that is opened while the take runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Bytes of earlier lines that are kept for those who come later.
const MAX_KEPT: usize = 256 * 1024;
/// Lines that wait for one follower; who is slower is let go.
const MAX_WAITING: usize = 4096;

/// Where lines are told; every copy is the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    earlier: VecDeque<Arc<str>>,
    earlier_bytes: usize,
    followers: Vec<Sender<Arc<str>>>,
    /// Nothing is ever sent: dropped when everything was told.
    open: Option<Sender<()>>,
    closed: Receiver<()>,
}

impl Default for Inner {
    fn default() -> Self {
        let (open, closed) = bounded(0);
        Self {
            earlier: VecDeque::new(),
            earlier_bytes: 0,
            followers: Vec::new(),
            open: Some(open),
            closed,
        }
    }
}

/// One follower's end.
#[derive(Debug)]
pub(super) struct Follower {
    /// Lines that were kept, and those that come.
    pub(super) lines: Receiver<Arc<str>>,
    /// For lines of the follower's own.
    pub(super) put: Sender<Arc<str>>,
    /// Closed when everything was told.
    pub(super) closed: Receiver<()>,
}

impl Feed {
    /// Tells a line, without its end. `kept`: also to those who come later.
    pub(super) fn tell(&self, line: &str, kept: bool) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept && inner.followers.is_empty() {
            return;
        }
        let line: Arc<str> = line.into();
        inner
            .followers
            .retain(|follower| follower.try_send(Arc::clone(&line)).is_ok());
        if kept {
            inner.earlier_bytes += line.len();
            inner.earlier.push_back(line);
            while inner.earlier_bytes > MAX_KEPT
                && let Some(oldest) = inner.earlier.pop_front()
            {
                inner.earlier_bytes -= oldest.len();
            }
        }
    }

    pub(super) fn follow(&self) -> Follower {
        let (put, lines) = bounded(MAX_WAITING);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for line in &inner.earlier {
            // What does not fit is older than what a window shows.
            let _ = put.try_send(Arc::clone(line));
        }
        inner.followers.push(put.clone());
        Follower {
            lines,
            put,
            closed: inner.closed.clone(),
        }
    }

    /// Everything was told.
    pub(super) fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.open = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(follower: &Follower) -> Vec<String> {
        follower.lines.try_iter().map(|l| l.to_string()).collect()
    }

    #[test]
    fn who_comes_later_is_told_what_was_kept_and_then_everything() {
        let feed = Feed::default();
        feed.tell("link", true);
        feed.tell("level", false);
        let follower = feed.follow();
        feed.tell("level again", false);
        feed.tell("alarm", true);
        assert_eq!(texts(&follower), ["link", "level again", "alarm"]);
    }

    #[test]
    fn a_follower_who_does_not_read_is_let_go_and_the_take_never_waits_for_one() {
        let feed = Feed::default();
        let follower = feed.follow();
        for _ in 0..=MAX_WAITING {
            feed.tell("level", false);
        }
        assert_eq!(texts(&follower).len(), MAX_WAITING);
        feed.tell("level", false);
        assert_eq!(texts(&follower), [""; 0], "it is no follower any more");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let feed = Feed::default();
        let long = "x".repeat(MAX_KEPT / 2);
        for _ in 0..5 {
            feed.tell(&long, true);
        }
        feed.tell("last", true);
        let kept = texts(&feed.follow());
        assert!(kept.len() <= 2 && kept.last().is_some_and(|l| l == "last"));
    }
}
