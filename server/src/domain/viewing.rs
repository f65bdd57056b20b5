//! Who is asked to watch a recording, and when they are reminded. Pure.

use std::time::Duration;

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

/// Most people who are asked to watch one recording.
pub const MAX_VIEWERS: usize = 200;
/// Whoever watched so much of a recording has seen it, in percent: few watch the last seconds.
pub const SEEN_PERCENT: u8 = 90;
/// A reminder comes so long before the date.
const BEFORE: Duration = Duration::from_secs(24 * 3600);

/// Somebody who is asked to watch, as its owner sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub user: (UserId, String),
    pub due_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    /// How much of it they watched, where that is noted.
    pub percent: Option<u8>,
    /// They may watch it.
    pub may_watch: bool,
}

impl Viewer {
    pub fn has_seen(&self) -> bool {
        self.done_at.is_some() || self.percent.is_some_and(|it| it >= SEEN_PERCENT)
    }
}

/// Why people are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViewingError {
    #[error("At most {MAX_VIEWERS} people can be asked to watch a recording.")]
    TooMany,
    #[error("Name a time in the future.")]
    InThePast,
    #[error("There is nobody with this id on this server, or it is you.")]
    NoSuchPerson,
}

impl ViewingError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::TooMany | Self::NoSuchPerson => "people",
            Self::InThePast => "due_at",
        }
    }
}

/// When somebody who was asked at `asked` is reminded, once: a day before the date, or in the middle of what is left where that is
/// less than two.
pub fn reminder(due: Timestamp, asked: Timestamp) -> Timestamp {
    let middle = asked.micros() + (due.micros() - asked.micros()).max(0) / 2;
    due.minus(BEFORE).max(Timestamp::from_micros(middle))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn a_reminder_comes_a_day_before_or_in_the_middle() {
        let at = Timestamp::from_micros;
        for (due, expected) in [(72, 48), (48, 24), (24, 12), (2, 1)] {
            assert_eq!(
                reminder(at(due * HOUR), at(0)),
                at(expected * HOUR),
                "{due} hours"
            );
        }
    }

    #[test]
    fn who_watched_nearly_all_or_says_so_has_seen_it() {
        let viewer = |percent, done: bool| Viewer {
            user: (
                UserId::new(Timestamp::from_micros(1), [1; 10]),
                String::new(),
            ),
            due_at: None,
            done_at: done.then_some(Timestamp::from_micros(1)),
            reminded_at: None,
            percent,
            may_watch: true,
        };
        assert!(viewer(Some(90), false).has_seen());
        assert!(viewer(None, true).has_seen());
        assert!(!viewer(Some(89), false).has_seen());
        assert!(!viewer(None, false).has_seen());
    }
}
