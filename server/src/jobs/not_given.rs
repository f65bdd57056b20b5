//! Mails that a mailbox did not give: in which order they are asked for again, when, and which of them are left there. Pure.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aside_protocol::time::Timestamp;

/// A mailbox that does not answer is asked again after this, at the latest.
pub(super) const PAUSE: Duration = Duration::from_secs(30);
/// One that answers and gives none of its mails is asked for them after this, at the latest: it may be for good, with one bad mail in it.
const LONGEST_HOLD: Duration = Duration::from_secs(15 * 60);
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
    /// The mails that are there.
    there: HashSet<u32>,
    /// None of them is asked for before then, unless another one comes.
    hold: Option<Timestamp>,
}

impl NotGiven {
    /// A look at the mails that are there begins; others are forgotten. In which order to ask for them: the oldest first, and last
    /// of all those over which the line broke most often. None while they are held.
    pub(super) fn look(&mut self, mut there: Vec<u32>, now: Timestamp) -> Vec<u32> {
        let known: HashSet<u32> = there.iter().copied().collect();
        self.mails.retain(|uid, _| known.contains(uid));
        let news = !known.is_subset(&self.there);
        self.there = known;
        if !news && self.held(now).is_some() {
            return Vec::new();
        }
        self.hold = None;
        self.gave = false;
        there.sort_by_key(|uid| (self.mails.get(uid).map_or(0, |it| it.all), *uid));
        there
    }

    /// How long the mails that are there are held.
    pub(super) fn held(&self, now: Timestamp) -> Option<Duration> {
        let left = self.hold?.micros() - now.micros();
        let left = u64::try_from(left).ok().filter(|it| *it > 0)?;
        Some(Duration::from_micros(left))
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

    /// The line broke over this one; answers after which time the mailbox is looked at again. One that gives nothing at all is
    /// asked for its mails less and less often, and none of them is to blame.
    pub(super) fn broke(&mut self, uid: u32, now: Timestamp) -> Duration {
        let failures = self.mails.entry(uid).or_default();
        failures.all += 1;
        if self.gave {
            failures.own += 1;
            self.suspect = None;
            return Duration::ZERO;
        }
        self.suspect = Some(uid);
        let pause = Duration::from_secs(1 << self.in_vain.min(10)).min(LONGEST_HOLD);
        self.in_vain += 1;
        self.hold = Some(now.plus(pause));
        pause.min(PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(secs))
    }

    /// One line: each mail in the order of the look, until it breaks. Answers the pause, none where it did not break.
    fn line(
        all: &mut NotGiven,
        there: &mut Vec<u32>,
        gives: impl Fn(u32) -> bool,
        left: &mut Vec<u32>,
        now: Timestamp,
    ) -> Option<Duration> {
        for uid in all.look(there.clone(), now) {
            if all.given_up(uid) {
                left.push(uid);
            } else if gives(uid) {
                all.given(uid);
            } else {
                return Some(all.broke(uid, now));
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
            let mut asked = Vec::new();
            for second in 0..7200 {
                let broke = line(&mut all, &mut there, |_| false, &mut left, at(second));
                asked.extend(broke.map(|pause| {
                    assert!(pause <= PAUSE, "others that come are not held up");
                    second
                }));
            }
            let pauses: Vec<u64> = asked.windows(2).map(|it| it[1] - it[0]).collect();
            let longer = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
            assert_eq!(pauses[..longer.len()], longer, "{waiting}");
            assert!(pauses[longer.len()..].iter().all(|it| *it == 900));
            let now = at(7200 + 900);
            assert_eq!(line(&mut all, &mut there, |_| true, &mut left, now), None);
            assert_eq!((there, left), (vec![], vec![]), "{waiting}");
        }
    }

    #[test]
    fn a_bad_mail_alone_is_held_until_another_one_comes_which_is_given_at_once() {
        let (mut all, mut left) = (NotGiven::default(), Vec::new());
        let mut there = vec![1];
        let good = |uid| uid != 1;
        let mut now = 0;
        while all.held(at(now)) != Some(LONGEST_HOLD) {
            now += 1;
            line(&mut all, &mut there, good, &mut left, at(now));
        }
        now += 60;
        assert_eq!(all.look(there.clone(), at(now)), [] as [u32; 0]);
        assert_eq!(
            all.held(at(now)),
            Some(LONGEST_HOLD - Duration::from_secs(60))
        );
        there.push(2);
        // The new one is given, and the bad one is to blame behind it.
        let broke = line(&mut all, &mut there, good, &mut left, at(now));
        assert_eq!((broke, there.as_slice()), (Some(Duration::ZERO), &[1][..]));
        line(&mut all, &mut there, good, &mut left, at(now));
        assert_eq!((there, left), (vec![], vec![1]));
    }

    #[test]
    fn mails_that_fail_among_others_hold_up_none_and_are_left_soon() {
        for bad in [vec![1], vec![3], vec![7], vec![1, 2], vec![2, 5, 6]] {
            let (mut all, mut left) = (NotGiven::default(), Vec::new());
            let mut there: Vec<u32> = (1..=7).collect();
            for next in 8..20 {
                let gives = |uid| !bad.contains(&uid);
                line(&mut all, &mut there, gives, &mut left, at(next.into()));
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
                all.look(vec![1, 2, 3], at(0));
                for letter in line.split(' ') {
                    let uid = match letter.to_lowercase().as_str() {
                        "a" => 1,
                        "b" => 2,
                        _ => 3,
                    };
                    if letter.to_lowercase() == letter {
                        all.given(uid);
                    } else {
                        all.broke(uid, at(0));
                    }
                }
            }
            let counted = all.mails.get(&1).map_or(0, |it| it.own);
            assert_eq!(counted, own, "{story}");
        }
    }
}
