//! How good the picture may be on the line there is. Pure.
//!
//! What the server has not confirmed grows when the line carries less than is recorded: then the quality goes down a step, and
//! back once the line has kept up for a while. It is late by a length of media, but whether it grows is counted in bytes: what was
//! recorded at a better quality takes long to send, also when what is recorded now would fit. Nothing is lost meanwhile, the spool holds what the line has not taken yet. A line
//! that carries nothing at all is left alone: no quality would help.

use std::time::Duration;

use super::snapshot::LineState;
use crate::clock::Mono;
use crate::pipeline::QualityStep;

/// A part on its way is half a second; more than this unconfirmed means that the line is too slow …
const BEHIND_MS: i64 = 3_000;
/// … unless its bytes become fewer, at least by one of so many since the last look.
const CATCHING_UP: u64 = 50;
/// Less than this is keeping up.
const IN_STEP_MS: i64 = 1_500;
/// What a step does is seen so much later.
const SETTLE: Duration = Duration::from_secs(3);
/// How long the line has to keep up before better is tried, at first …
const TRY_BETTER: Duration = Duration::from_secs(15);
/// … and at most, after trials that failed.
const TRY_BETTER_LONGEST: Duration = Duration::from_secs(240);

/// Follows one take.
#[derive(Debug)]
pub(super) struct QualityRule {
    step: QualityStep,
    /// When the last look was that could change something, and how many bytes were unconfirmed then.
    looked: Option<(Mono, u64)>,
    in_step_since: Option<Mono>,
    /// When better was last tried.
    tried: Option<Mono>,
    patience: Duration,
}

impl QualityRule {
    pub(super) const fn new(best: QualityStep) -> Self {
        Self {
            step: best,
            looked: None,
            in_step_since: None,
            tried: None,
            patience: TRY_BETTER,
        }
    }

    pub(super) const fn step(&self) -> QualityStep {
        self.step
    }

    /// `behind_ms`, `waiting`: media that the server has not confirmed, and its bytes. Returns the step when it changes.
    pub(super) fn look(
        &mut self,
        now: Mono,
        line: LineState,
        behind_ms: i64,
        waiting: u64,
    ) -> Option<QualityStep> {
        if matches!(line, LineState::Off | LineState::Offline) {
            (self.looked, self.in_step_since) = (None, None);
            return None;
        }
        if behind_ms >= BEHIND_MS {
            self.in_step_since = None;
            return self.behind(now, waiting);
        }
        self.looked = None;
        if behind_ms >= IN_STEP_MS {
            self.in_step_since = None;
            return None;
        }
        let since = *self.in_step_since.get_or_insert(now);
        if now.since(since) < self.patience {
            return None;
        }
        let better = self.step.better()?;
        (self.step, self.in_step_since, self.tried) = (better, None, Some(now));
        Some(better)
    }

    fn behind(&mut self, now: Mono, waiting: u64) -> Option<QualityStep> {
        let Some((at, before)) = self.looked else {
            // It may be a moment only, or a line that has just come back and is catching up.
            self.looked = Some((now, waiting));
            return None;
        };
        if now.since(at) < SETTLE {
            return None;
        }
        self.looked = Some((now, waiting));
        if waiting + before / CATCHING_UP <= before {
            return None;
        }
        let worse = self.step.worse()?;
        if let Some(tried) = self.tried.take()
            && now.since(tried) < self.patience * 2
        {
            self.patience = (self.patience * 2).min(TRY_BETTER_LONGEST);
        }
        self.step = worse;
        Some(worse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(250);
    /// Megabits a second that full motion takes at each step.
    const DEMAND: [f64; 6] = [9.0, 6.0, 4.0, 2.5, 1.5, 1.0];

    /// A take on a line: what is made and not carried waits.
    struct Line {
        rule: QualityRule,
        now: Mono,
        /// When it was made, and bytes that the line has not carried yet.
        waiting: std::collections::VecDeque<(Mono, f64)>,
        changes: Vec<u8>,
        most_behind: i64,
    }

    impl Line {
        fn new() -> Self {
            Self {
                rule: QualityRule::new(QualityStep::default()),
                now: Mono::from_nanos(1_000_000_000),
                waiting: [].into(),
                changes: vec![],
                most_behind: 0,
            }
        }

        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bytes, far below what a u64 holds"
        )]
        fn run(&mut self, span: Duration, mbits: f64) {
            let until = self.now + span;
            while self.now < until {
                self.now = self.now + INTERVAL;
                let demand = DEMAND[usize::from(self.rule.step().number())];
                let bytes = |mbits: f64| mbits * 125_000.0 * INTERVAL.as_secs_f64();
                self.waiting.push_back((self.now, bytes(demand)));
                let mut carried = bytes(mbits);
                while let Some((_, size)) = self.waiting.front_mut() {
                    if *size > carried {
                        *size -= carried;
                        break;
                    }
                    carried -= *size;
                    self.waiting.pop_front();
                }
                let late = self
                    .waiting
                    .front()
                    .map_or(Duration::ZERO, |w| self.now - w.0);
                let behind = i64::try_from(late.as_millis()).unwrap() + 400;
                let waiting = self.waiting.iter().map(|w| w.1).sum::<f64>() as u64;
                self.most_behind = self.most_behind.max(behind);
                let line = LineState::of(mbits == 0.0, behind);
                if let Some(step) = self.rule.look(self.now, line, behind, waiting) {
                    self.changes.push(step.number());
                }
            }
        }
    }

    #[test]
    fn a_line_of_five_megabits_keeps_up_with_full_motion_and_better_is_tried_ever_more_seldom() {
        let mut line = Line::new();
        line.run(Duration::from_secs(900), 5.0);
        assert_eq!(line.changes[..2], [1, 2]);
        assert!(line.most_behind < 15_000, "{}", line.most_behind);
        assert!(line.changes.len() < 30, "{:?}", line.changes);
        let early = line.changes.len();
        line.run(Duration::from_secs(900), 5.0);
        assert!(line.changes.len() - early < 10, "{:?}", line.changes);
    }

    #[test]
    fn a_fast_line_gets_the_best_again() {
        let mut line = Line::new();
        line.run(Duration::from_secs(60), 1.2);
        assert!(line.rule.step().number() >= 4, "{:?}", line.changes);
        line.run(Duration::from_secs(600), 50.0);
        assert_eq!(line.rule.step(), QualityStep::default());
    }

    #[test]
    fn a_line_that_was_away_costs_no_quality_when_it_catches_up() {
        let mut line = Line::new();
        line.run(Duration::from_secs(10), 20.0);
        line.run(Duration::from_secs(60), 0.0);
        line.run(Duration::from_secs(120), 20.0);
        assert_eq!(line.changes, [] as [u8; 0]);
        assert!(line.waiting.is_empty());
    }
}
