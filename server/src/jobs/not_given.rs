//! Mails that a mailbox did not give: in which order they are asked for again, when, and which of them are left there. Pure.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// A mailbox that does not answer is asked again after this, at the latest.
pub(super) const PAUSE: Duration = Duration::from_secs(30);
/// A mail is left when it failed so often by itself.
const TRIES: u32 = 2;

/// One mail that was not given.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    /// The line broke over it so often.
    all: u32,
    /// Of these, so often while the mailbox gave another one: just before, or next after it.
    own: u32,
}

/// What is known of the mails that are there.
#[derive(Debug, Default)]
pub(super) struct NotGiven {
    mails: HashMap<u32, Failures>,
    /// The line broke over it last, and nothing was given just before: it may be this mail or the whole mailbox. The next mail tells.
    suspect: Option<u32>,
    /// A mail was given in this look.
    gave: bool,
    /// The line broke so often since a mail was given.
    in_vain: u32,
}

impl NotGiven {
    /// A look at the mails that are there begins; others are forgotten. In which order to ask for them: the oldest first, and last
    /// of all those over which the line broke most often.
    pub(super) fn look(&mut self, mut there: Vec<u32>) -> Vec<u32> {
        let known: HashSet<u32> = there.iter().copied().collect();
        self.mails.retain(|uid, _| known.contains(uid));
        self.gave = false;
        there.sort_by_key(|uid| (self.mails.get(uid).map_or(0, |it| it.all), *uid));
        there
    }

    /// Whether this one is not to be asked for any more.
    pub(super) fn given_up(&self, uid: u32) -> bool {
        self.mails.get(&uid).is_some_and(|it| it.own >= TRIES)
    }

    /// The mailbox gave this one: so that it did not give the one before was that one's own failure.
    pub(super) fn given(&mut self, uid: u32) {
        let suspect = self.suspect.take().filter(|it| *it != uid);
        if let Some(failures) = suspect.and_then(|it| self.mails.get_mut(&it)) {
            // The last of its tries is one right behind a mail that was given.
            failures.own = (failures.own + 1).min(TRIES - 1);
        }
        self.mails.remove(&uid);
        self.gave = true;
        self.in_vain = 0;
    }

    /// The line broke over this one; answers after which time the mailbox is asked again. A mailbox that gives nothing at all is
    /// asked less and less often, and none of its mails is to blame.
    pub(super) fn broke(&mut self, uid: u32) -> Duration {
        let failures = self.mails.entry(uid).or_default();
        failures.all += 1;
        if self.gave {
            failures.own += 1;
            self.suspect = None;
            return Duration::ZERO;
        }
        self.suspect = Some(uid);
        let pause = Duration::from_secs(1 << self.in_vain.min(5)).min(PAUSE);
        self.in_vain += 1;
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line: each mail in the order of the look, until it breaks. Answers the pause, none where it did not break.
    fn line(
        all: &mut NotGiven,
        there: &mut Vec<u32>,
        gives: impl Fn(u32) -> bool,
        left: &mut Vec<u32>,
    ) -> Option<Duration> {
        for uid in all.look(there.clone()) {
            if all.given_up(uid) {
                left.push(uid);
            } else if gives(uid) {
                all.given(uid);
            } else {
                return Some(all.broke(uid));
            }
            there.retain(|it| *it != uid);
        }
        None
    }

    #[test]
    fn a_mailbox_that_gives_nothing_is_asked_less_often_and_loses_no_mail() {
        for waiting in [1, 2, 7] {
            let (mut all, mut left) = (NotGiven::default(), Vec::new());
            let mut there: Vec<u32> = (1..=waiting).collect();
            let pauses: Vec<u64> = (0..40)
                .map(|_| line(&mut all, &mut there, |_| false, &mut left))
                .map(|it| it.unwrap_or_default().as_secs())
                .collect();
            assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 30, 30], "{waiting}");
            assert!(pauses[7..].iter().all(|it| *it == 30), "{pauses:?}");
            assert_eq!(line(&mut all, &mut there, |_| true, &mut left), None);
            assert_eq!((there, left), (vec![], vec![]), "{waiting}");
        }
    }

    #[test]
    fn mails_that_fail_among_others_hold_up_none_and_are_left_soon() {
        for bad in [vec![1], vec![3], vec![7], vec![1, 2], vec![2, 5, 6]] {
            let (mut all, mut left) = (NotGiven::default(), Vec::new());
            let mut there: Vec<u32> = (1..=7).collect();
            for next in 8..20 {
                line(&mut all, &mut there, |uid| !bad.contains(&uid), &mut left);
                there.push(next);
            }
            left.sort_unstable();
            assert_eq!(left, bad);
            assert!(there.iter().all(|uid| *uid > 14), "{there:?}");
        }
    }

    #[test]
    fn which_failures_count() {
        // Letters: a mail that is given; capitals: the same one is not. A bar: a new line.
        for (story, own) in [
            ("A", 0),
            ("A|A|A|A", 0),
            ("b A", 1),
            ("A|b", 1),
            ("b A|b", 1),
            ("b A|A|b", 1),
            ("b A|b A", 2),
            ("A|B|c", 0),
            ("A|b A", 2),
            ("A|b a", 0),
            ("b|A", 0),
        ] {
            let mut all = NotGiven::default();
            for line in story.split('|') {
                all.look(vec![1, 2, 3]);
                for letter in line.split(' ') {
                    let uid = match letter.to_lowercase().as_str() {
                        "a" => 1,
                        "b" => 2,
                        _ => 3,
                    };
                    if letter.to_lowercase() == letter {
                        all.given(uid);
                    } else {
                        all.broke(uid);
                    }
                }
            }
            let counted = all.mails.get(&1).map_or(0, |it| it.own);
            assert_eq!(counted, own, "{story}");
        }
    }
}
