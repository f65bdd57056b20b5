//! What to do when the encoder cannot keep up: a quicker preset, then fewer pictures, and back. Pure.

use std::time::Duration;

use crate::clock::Mono;
use crate::encode::Effort;

/// How often it is decided.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);
/// Pictures dropped in an interval that are one too many.
const DROPPED: u64 = 2;
/// A step back is tried when the encoder works less than this share of the time …
const BUSY: f64 = 0.45;
/// … for so long at first, and after trials that failed at most for so long.
const TRY_BETTER: Duration = Duration::from_secs(20);
const TRY_BETTER_LONGEST: Duration = Duration::from_secs(320);

/// From what was asked for to what costs least: the preset, and which share of the pictures a second is taken.
const STEPS: [EffortStep; 5] = [
    step(Effort::Full, 1),
    step(Effort::Less, 1),
    step(Effort::Least, 1),
    step(Effort::Least, 2),
    step(Effort::Least, 3),
];

const fn step(effort: Effort, divisor: u32) -> EffortStep {
    EffortStep { effort, divisor }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EffortStep {
    pub effort: Effort,
    /// One picture of so many is taken.
    pub divisor: u32,
}

/// Follows one encoder.
#[derive(Debug)]
pub(super) struct EffortRule {
    step: usize,
    decided: Mono,
    dropped: u64,
    calm_since: Mono,
    tried: Option<Mono>,
    patience: Duration,
}

impl EffortRule {
    pub(super) const fn new(now: Mono) -> Self {
        Self {
            step: 0,
            decided: now,
            dropped: 0,
            calm_since: now,
            tried: None,
            patience: TRY_BETTER,
        }
    }

    /// 0: as was asked for.
    pub(super) fn number(&self) -> u8 {
        u8::try_from(self.step).unwrap_or(u8::MAX)
    }

    pub(super) fn is_due(&self, now: Mono) -> bool {
        now.since(self.decided) >= INTERVAL
    }

    /// `dropped`: pictures dropped since the start of the take; `busy`: how long the encoder worked since the last decision.
    /// Returns the step when it changes.
    pub(super) fn decide(&mut self, now: Mono, dropped: u64, busy: Duration) -> Option<EffortStep> {
        let span = now.since(self.decided);
        let lost = dropped.saturating_sub(self.dropped);
        (self.decided, self.dropped) = (now, dropped);
        if lost >= DROPPED {
            self.calm_since = now;
            if let Some(tried) = self.tried.take()
                && now.since(tried) < self.patience
            {
                self.patience = (self.patience * 2).min(TRY_BETTER_LONGEST);
            }
            return self.change(self.step + 1);
        }
        if lost > 0 || busy.as_secs_f64() > span.as_secs_f64() * BUSY {
            self.calm_since = now;
        }
        if self.step == 0 || now.since(self.calm_since) < self.patience {
            return None;
        }
        (self.calm_since, self.tried) = (now, Some(now));
        self.change(self.step - 1)
    }

    fn change(&mut self, to: usize) -> Option<EffortStep> {
        let step = STEPS.get(to)?;
        self.step = to;
        Some(*step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most thirty pictures, and no more are encoded than come"
    )]
    /// An encoder for which a picture takes so long at each step, in milliseconds.
    fn run(
        rule: &mut EffortRule,
        now: &mut Mono,
        dropped: &mut u64,
        seconds: u64,
        costs: [f64; 5],
    ) -> Vec<u8> {
        let mut seen = vec![];
        for _ in 0..seconds {
            let (cost, rate) = (costs[rule.step], 30.0 / f64::from(STEPS[rule.step].divisor));
            let encoded = (1000.0 / cost).min(rate);
            *dropped += (rate - encoded).round() as u64;
            *now = *now + INTERVAL;
            let busy = Duration::from_secs_f64(encoded * cost / 1000.0);
            if rule.decide(*now, *dropped, busy).is_some() {
                seen.push(rule.number());
            }
        }
        seen
    }

    #[test]
    fn a_slow_encoder_goes_down_until_it_keeps_up_and_comes_back_when_it_is_quick_again() {
        let mut now = Mono::from_nanos(5_000_000_000);
        let (mut rule, mut dropped) = (EffortRule::new(now), 0);
        let slow = [90.0, 70.0, 50.0, 50.0, 50.0];
        let seen = run(&mut rule, &mut now, &mut dropped, 30, slow);
        assert_eq!(seen, [1, 2, 3]);
        let before = dropped;
        run(&mut rule, &mut now, &mut dropped, 60, slow);
        assert_eq!(dropped, before, "at fifteen pictures a second it keeps up");

        let quick = [12.0, 9.0, 6.0, 6.0, 6.0];
        let seen = run(&mut rule, &mut now, &mut dropped, 100, quick);
        assert_eq!(seen, [2, 1, 0]);
        assert_eq!(dropped, before);
    }

    #[test]
    fn a_trial_that_fails_makes_the_next_one_later() {
        let mut now = Mono::from_nanos(5_000_000_000);
        let (mut rule, mut dropped) = (EffortRule::new(now), 0);
        // The preset's cost can only be known by trying: 0.4 of the time at the quick one, too much at the other.
        let costs = [40.0, 13.0, 8.0, 8.0, 8.0];
        let seen = run(&mut rule, &mut now, &mut dropped, 600, costs);
        assert!(seen.len() < 14 && seen[..3] == [1, 0, 1], "{seen:?}");
    }

    #[test]
    fn one_dropped_picture_changes_nothing() {
        let mut now = Mono::from_nanos(5_000_000_000);
        let mut rule = EffortRule::new(now);
        for n in 1..20 {
            now = now + INTERVAL;
            assert_eq!(rule.decide(now, n, Duration::from_millis(100)), None);
        }
    }
}
