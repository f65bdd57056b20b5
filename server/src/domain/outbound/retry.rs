//! When what was not taken is sent again. Pure.

use std::time::Duration;

use aside_protocol::time::Timestamp;

/// After which pauses a delivery is tried again: those that the Standard Webhooks specification recommends ("Delivery attempts"),
/// the last ones shortened so that all of them are three days.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(20 * 3600),
];

/// No delivery is tried for longer, however often it was asked to wait.
pub const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

/// Failures in a row after which a destination is tried by one delivery at a time, and less and less often.
const SUSPECT: u32 = 3;
const HOLD_FIRST: Duration = Duration::from_secs(10);
const HOLD_LONGEST: Duration = Duration::from_secs(600);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// It may be taken later.
    NotNow {
        why: String,
        /// How long the receiver asks to be left alone.
        wait: Option<Duration>,
        /// It only asks for a slower pace.
        paced: bool,
    },
    /// This message will never be taken.
    Never {
        why: String,
    },
    /// Nothing will be taken there any more.
    Gone {
        why: String,
    },
}

impl Outcome {
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Taken => None,
            Self::NotNow { why, .. } | Self::Never { why } | Self::Gone { why } => Some(why),
        }
    }
}

/// What becomes of the delivery, and of its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Delivered,
    /// Nothing else is sent there before `hold`.
    Again {
        at: Timestamp,
        hold: Option<Timestamp>,
    },
    Failed,
    /// The delivery failed, and so does whatever else is sent there: somebody has to look.
    FailedAndPause,
}

/// What stands of a delivery and its destination before the attempt.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    /// Attempts that failed, without those that were only too early.
    pub tries: u32,
    /// Since when it is tried.
    pub since: Timestamp,
    /// Failures of the destination in a row.
    pub failures: u32,
}

/// Decides. `chance` (any number) spreads what failed together over a tenth of its pause.
pub fn next(outcome: &Outcome, before: Before, now: Timestamp, chance: u64) -> Next {
    let (wait, paced) = match outcome {
        Outcome::Taken => return Next::Delivered,
        Outcome::Never { .. } => return Next::Failed,
        Outcome::Gone { .. } => return Next::FailedAndPause,
        Outcome::NotNow { wait, paced, .. } => (wait.map(|it| it.min(TRIED_FOR)), *paced),
    };
    let end = before.since.plus(TRIED_FOR);
    let tries = usize::try_from(before.tries).unwrap_or(usize::MAX);
    let pause = match (PAUSES.get(tries), paced) {
        // Too early: it counts as no failure, and comes when it was asked for.
        (_, true) => wait.unwrap_or(PAUSES[0]),
        (Some(pause), false) => spread(*pause, chance).max(wait.unwrap_or_default()),
        (None, false) => return Next::FailedAndPause,
    };
    let at = now.plus(pause);
    if at > end {
        return Next::FailedAndPause;
    }
    let hold = if paced || wait.is_some() {
        Some(at)
    } else {
        hold_after(before.failures.saturating_add(1)).map(|it| now.plus(it))
    };
    Next::Again { at, hold }
}

/// How long a destination is left alone after so many failures in a row.
fn hold_after(failures: u32) -> Option<Duration> {
    let beyond = failures.checked_sub(SUSPECT)?;
    let factor = 1u32.checked_shl(beyond.min(16)).unwrap_or(u32::MAX);
    Some(HOLD_FIRST.saturating_mul(factor).min(HOLD_LONGEST))
}

fn spread(pause: Duration, chance: u64) -> Duration {
    let tenth = u64::try_from((pause / 10).as_micros()).unwrap_or(0).max(1);
    pause + Duration::from_micros(chance % tenth)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    fn down() -> Outcome {
        Outcome::NotNow {
            why: "down".to_owned(),
            wait: None,
            paced: false,
        }
    }

    #[test]
    fn what_is_never_taken_is_tried_ten_times_in_three_days_and_then_somebody_has_to_look() {
        for chance in [0, u64::MAX] {
            let (mut now, mut tries) = (START, 0);
            let last = loop {
                let before = Before {
                    tries,
                    since: START,
                    failures: tries,
                };
                match next(&down(), before, now, chance) {
                    Next::Again { at, .. } => {
                        assert!(at > now);
                        (now, tries) = (at, tries + 1);
                    }
                    end => break end,
                }
            };
            assert_eq!(last, Next::FailedAndPause);
            assert!((8..=9).contains(&tries), "{tries}");
            let took = now.micros() - START.micros();
            assert!(took > 50 * 3_600_000_000 && now <= START.plus(TRIED_FOR));
        }
    }

    #[test]
    fn a_receiver_that_asks_for_a_pace_gets_it_and_nothing_counts_as_failed() {
        let early = Outcome::NotNow {
            why: "slow down".to_owned(),
            wait: Some(Duration::from_secs(7)),
            paced: true,
        };
        let before = Before {
            tries: 0,
            since: START,
            failures: 0,
        };
        let at = START.plus(Duration::from_secs(7));
        let again = Next::Again { at, hold: Some(at) };
        assert_eq!(next(&early, before, START, 5), again);
        // But not for ever.
        let late = START.plus(TRIED_FOR);
        assert_eq!(next(&early, before, late, 5), Next::FailedAndPause);
        let greedy = Outcome::NotNow {
            why: String::new(),
            wait: Some(Duration::MAX),
            paced: false,
        };
        assert_eq!(next(&greedy, before, START, 0), {
            let at = START.plus(TRIED_FOR);
            Next::Again { at, hold: Some(at) }
        });
    }

    #[test]
    fn a_destination_that_fails_again_and_again_is_asked_less_and_less_often() {
        assert_eq!([hold_after(1), hold_after(2)], [None, None]);
        assert_eq!(hold_after(3), Some(HOLD_FIRST));
        assert_eq!(hold_after(4), Some(HOLD_FIRST * 2));
        assert_eq!(hold_after(u32::MAX), Some(HOLD_LONGEST));
    }

    #[test]
    fn what_can_never_be_taken_is_not_tried_again() {
        let before = Before {
            tries: 0,
            since: START,
            failures: 0,
        };
        let why = String::new;
        assert_eq!(next(&Outcome::Taken, before, START, 0), Next::Delivered);
        let never = Outcome::Never { why: why() };
        assert_eq!(next(&never, before, START, 0), Next::Failed);
        let gone = Outcome::Gone { why: why() };
        assert_eq!(next(&gone, before, START, 0), Next::FailedAndPause);
    }
}
