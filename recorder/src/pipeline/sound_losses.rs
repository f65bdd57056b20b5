//! What sound is missing, and why. Pure: `now` is an argument.
//!
//! Four causes are told apart: the device was away, another one became the default, this program did not run (it was stopped, or
//! the machine slept), or the sound server did not deliver. Sound is never thrown away on the way to the encoder: that way waits.

use std::time::Duration;

use super::types::{Alarm, LossCause};
use crate::clock::Mono;

/// Who looks twice a second and has not looked for so long did not run.
const STANDSTILL: Duration = Duration::from_secs(1);
/// A hole that is found so long after a standstill comes from it.
const BLAME_WINDOW: Duration = Duration::from_secs(5);
/// Missing sound is told of at most so often.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Keeps count.
#[derive(Debug)]
pub(super) struct SoundLosses {
    total: Duration,
    holes: u32,
    /// Nothing was heard since the last piece of silence: another one belongs to the same hole.
    open: bool,
    /// Not yet told.
    unreported: [(LossCause, Duration); 3],
    /// What the device is blamed for when another one takes its place.
    switched: LossCause,
    reported: Option<Mono>,
    /// When the device went away, and what was missing by then.
    away: Option<(Mono, Duration)>,
    /// When this program was last seen to run, and since when without a standstill.
    seen: Mono,
    awake: Mono,
    /// What a hole that is found soon after comes from.
    blamed: Option<(Mono, LossCause)>,
}

/// Whether a device that was heard had been away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    AsBefore,
    Back {
        away: Duration,
        /// Of that, in the take.
        silence: Duration,
    },
}

impl SoundLosses {
    /// `switched`: what it is called when another device takes the place of this one.
    pub(super) fn new(now: Mono, switched: LossCause) -> Self {
        Self {
            total: Duration::ZERO,
            holes: 0,
            open: false,
            unreported: [LossCause::Suspended, switched, LossCause::Undelivered]
                .map(|cause| (cause, Duration::ZERO)),
            switched,
            reported: None,
            away: None,
            seen: now,
            awake: now,
            blamed: None,
        }
    }

    /// This program runs. Returns since when without a standstill.
    pub(super) fn awake(&mut self, now: Mono) -> Mono {
        if now - self.seen >= STANDSTILL {
            self.awake = now;
            self.blamed = Some((now, LossCause::Suspended));
        }
        self.seen = now;
        self.awake
    }

    /// Another device is recorded from now on.
    pub(super) fn switched(&mut self, now: Mono) {
        if self.away.is_none() {
            self.blamed = Some((now, self.switched));
        }
    }

    /// The device is away. `false`: it was already.
    pub(super) fn away(&mut self, now: Mono) -> bool {
        let known = self.away.is_some();
        self.away.get_or_insert((now, self.total));
        !known
    }

    pub(super) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// The device was heard.
    pub(super) fn present(&mut self, now: Mono) -> Present {
        self.open = false;
        self.away
            .take()
            .map_or(Present::AsBefore, |(since, total)| Present::Back {
                away: now - since,
                silence: self.total.saturating_sub(total),
            })
    }

    /// So much silence was put in.
    pub(super) fn add(&mut self, silence: Duration) {
        self.total += silence;
        if !silence.is_zero() && !std::mem::replace(&mut self.open, true) {
            self.holes = self.holes.saturating_add(1);
        }
        if self.away.is_some() {
            // Told of when the device went away, and when it comes back.
            return;
        }
        let recent = self.blamed.filter(|(at, _)| self.seen - *at < BLAME_WINDOW);
        let cause = recent.map_or(LossCause::Undelivered, |(_, cause)| cause);
        for (_, unreported) in self.unreported.iter_mut().filter(|(c, _)| *c == cause) {
            *unreported += silence;
        }
    }

    pub(super) fn total(&self) -> Duration {
        self.total
    }

    /// In how many places silence was put in.
    pub(super) fn holes(&self) -> u32 {
        self.holes
    }

    /// What is to be told now; with `last`, everything.
    pub(super) fn report(&mut self, now: Mono, last: bool) -> Vec<Alarm> {
        let quiet = self
            .reported
            .is_none_or(|told| now - told >= REPORT_INTERVAL);
        if !quiet && !last {
            return Vec::new();
        }
        let mut alarms = Vec::new();
        for (cause, silence) in &mut self.unreported {
            let millis = u64::try_from(std::mem::take(silence).as_millis()).unwrap_or(u64::MAX);
            if millis > 0 {
                alarms.push(Alarm::SoundLost {
                    millis,
                    cause: *cause,
                });
            }
        }
        if !alarms.is_empty() {
            self.reported = Some(now);
        }
        alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_nanos(ms * 1_000_000)
    }

    fn lost(millis: u64, cause: LossCause) -> Alarm {
        Alarm::SoundLost { millis, cause }
    }

    #[test]
    fn a_hole_after_a_standstill_is_blamed_on_it_and_on_nothing_else() {
        let mut losses = SoundLosses::new(at(0), LossCause::Switched);
        assert_eq!(losses.awake(at(500)), at(0));
        assert_eq!(losses.awake(at(65_000)), at(65_000));
        losses.add(Duration::from_secs(54));
        assert_eq!(
            losses.report(at(65_100), false),
            [lost(54_000, LossCause::Suspended)]
        );
        for n in 0..20 {
            losses.awake(at(65_500 + 500 * n));
        }
        losses.add(Duration::from_millis(40));
        assert_eq!(
            losses.report(at(75_000), false),
            [lost(40, LossCause::Undelivered)]
        );
        assert_eq!(losses.total(), Duration::from_millis(54_040));
    }

    #[test]
    fn a_device_that_is_away_is_told_of_once_and_its_silence_counts() {
        let mut losses = SoundLosses::new(at(0), LossCause::Switched);
        assert!(losses.away(at(100)));
        assert!(!losses.away(at(900)));
        losses.add(Duration::from_secs(4));
        assert_eq!(losses.report(at(4_000), true), []);
        assert_eq!(
            losses.present(at(4_100)),
            Present::Back {
                away: Duration::from_secs(4),
                silence: Duration::from_secs(4),
            }
        );
        assert_eq!(losses.present(at(4_200)), Present::AsBefore);
        assert_eq!(losses.total(), Duration::from_secs(4));

        // Away in a pause: nothing is missing.
        assert!(losses.away(at(5_000)));
        losses.add(Duration::ZERO);
        assert_eq!(
            losses.present(at(9_000)),
            Present::Back {
                away: Duration::from_secs(4),
                silence: Duration::ZERO,
            }
        );
    }

    #[test]
    fn silence_that_is_put_in_bit_by_bit_is_one_hole_until_the_device_is_heard() {
        let mut losses = SoundLosses::new(at(0), LossCause::Switched);
        losses.add(Duration::ZERO);
        losses.present(at(50));
        assert_eq!(losses.holes(), 0);
        losses.away(at(100));
        for _ in 0..8 {
            losses.add(Duration::from_millis(500));
        }
        // What is left of it is known when the device is back.
        losses.add(Duration::from_millis(20));
        losses.present(at(4_200));
        assert_eq!(losses.holes(), 1);
        losses.add(Duration::from_millis(40));
        losses.present(at(5_000));
        assert_eq!(losses.holes(), 2);
    }

    #[test]
    fn many_small_holes_are_told_of_together_and_the_last_ones_at_the_end() {
        let mut losses = SoundLosses::new(at(0), LossCause::Switched);
        let mut reported = Vec::new();
        for n in 1..=20 {
            losses.awake(at(n * 300));
            losses.add(Duration::from_millis(10));
            reported.extend(losses.report(at(n * 300), n == 20));
        }
        let undelivered = |millis| lost(millis, LossCause::Undelivered);
        assert_eq!(
            reported,
            [undelivered(10), undelivered(170), undelivered(20)]
        );
    }
}
