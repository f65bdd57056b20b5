//! Where a block of samples stands on the clock. Pure: reads no clock, both times are given.
//!
//! A sound card has a crystal of its own: it never runs at exactly its nominal rate, and what it says about
//! the instant of capture jitters by milliseconds. So no block is placed by its own stamp. Samples follow
//! each other without a seam; a slow control loop stretches them by at most 500 ppm, so that the
//! median of the stamps is met. Only what cannot be stretched away (lost samples, a device that
//! slept) moves the position, and then silence is filled in or samples are skipped, and the outcome says so.

use std::collections::VecDeque;

use super::Mono;

/// Most the loop may stretch, parts per million. A tenth of what ears notice as pitch.
pub(super) const MAX_CORRECTION_PPM: f64 = 500.0;
/// An error of this much that lasts is a hole, not jitter (seconds).
const LASTING: f64 = 0.015;
/// Sound that stands later than it was captured by less than this is stretched back: nobody notices the distance, and everybody
/// would hear samples skipped (seconds).
const LASTING_LATE: f64 = 0.040;
/// An error of this much is a hole at once (seconds).
const HOLE_ERROR: f64 = 0.200;
/// How long an error must last to be believed (seconds).
const BELIEVED_AFTER: f64 = 1.0;
/// Stamps looked at (seconds).
const WINDOW: f64 = 3.0;
/// Answer to the error: 1 ms of it is met by 50 ppm, that is within 20 s.
const GAIN: f64 = 0.05;
/// Critically damped: a quarter of the square.
const INTEGRAL_GAIN: f64 = GAIN * GAIN / 4.0;

/// What was done to place a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// Nothing came before it.
    First,
    /// Follows the block before it.
    Steady,
    /// Samples are missing before it: fill in `samples` of silence.
    Gap { samples: u64 },
    /// It overlaps what is already there: skip its first `samples`.
    Overlap { samples: u64 },
}

/// A block's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mapped {
    /// First sample that is to be used, after silence or skipping.
    pub at: Mono,
    /// How long the used samples last, in seconds: their nominal length, stretched.
    pub seconds: f64,
    /// Source samples to use; the last ones of the block.
    pub samples: u64,
    pub outcome: Outcome,
}

/// Follows one device.
#[derive(Debug, Clone)]
pub struct SourceClock {
    rate: f64,
    /// End of what was placed, nanoseconds on the monotonic clock.
    end: Option<f64>,
    /// Stamp minus position of the latest blocks, in seconds, with the block's length.
    errors: VecDeque<(f64, f64)>,
    held: f64,
    /// What the loop has learnt about the crystal, as a fraction.
    learnt: f64,
    correction: f64,
    /// The typical error at the last block, in seconds.
    offset: f64,
    /// Until the take runs, the position may follow the stamps freely.
    settled: bool,
}

impl SourceClock {
    /// `rate`: nominal samples a second.
    pub fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate.max(1)),
            end: None,
            errors: VecDeque::new(),
            held: 0.0,
            learnt: 0.0,
            correction: 0.0,
            offset: 0.0,
            settled: false,
        }
    }

    /// From now on sound is being kept: no more free steps.
    pub fn settle(&mut self) {
        self.settled = true;
    }

    /// Stretching in force, parts per million; negative for a device that runs fast.
    pub fn correction_ppm(&self) -> f64 {
        self.correction * 1e6
    }

    /// How much later the device says its sound was captured than where it was placed, in seconds: what the corrections have
    /// not met yet.
    pub fn offset_seconds(&self) -> f64 {
        self.offset
    }

    /// End of what was placed so far.
    pub fn end(&self) -> Option<Mono> {
        self.end.map(mono)
    }

    /// Says that silence was put in up to `at` because the device gave nothing.
    pub fn filled_until(&mut self, at: Mono) {
        let at = nanos(at);
        if self.end.is_none_or(|end| end < at) {
            self.end = Some(at);
            self.forget();
        }
    }

    /// Places a block of `samples` whose first was captured at `captured`, as the device says.
    pub fn map(&mut self, captured: Mono, samples: u64) -> Mapped {
        let length = samples as f64 / self.rate;
        let stamp = nanos(captured);
        let Some(end) = self.end else {
            self.end = Some(stamp);
            self.observe(0.0, length);
            return self.place(stamp, samples, Outcome::First);
        };
        self.observe((stamp - end) * 1e-9, length);
        let (typical, step) = self.judge();
        self.offset = typical - step;
        if !self.settled {
            let recent = self.recent();
            let at = end + recent * 1e9;
            self.shift(recent);
            return self.place(at, samples, Outcome::Steady);
        }
        if step != 0.0 {
            self.forget();
            let moved = (step.abs() * self.rate).round();
            if step > 0.0 {
                let outcome = Outcome::Gap {
                    samples: whole(moved),
                };
                return self.place(end + moved / self.rate * 1e9, samples, outcome);
            }
            let skipped = whole(moved).min(samples);
            return self.place(
                end,
                samples - skipped,
                Outcome::Overlap { samples: skipped },
            );
        }

        self.learnt = clamp(self.learnt + typical * INTEGRAL_GAIN * length);
        self.correction = clamp(self.learnt + typical * GAIN);
        self.place(end, samples, Outcome::Steady)
    }

    /// The typical error of the newer half of the window: a device says better where it stands the longer it runs.
    fn recent(&self) -> f64 {
        let newer = self.errors.len().div_ceil(2);
        median(
            &mut self
                .errors
                .iter()
                .rev()
                .take(newer)
                .map(|(e, _)| *e)
                .collect::<Vec<f64>>(),
        )
    }

    /// The typical error of the window and the step it takes to mend a lasting one.
    fn judge(&self) -> (f64, f64) {
        let newest = self.errors.back().map_or(0.0, |(e, _)| *e);
        let typical = median(&mut self.errors.iter().map(|(e, _)| *e).collect::<Vec<f64>>());
        if newest.abs() > HOLE_ERROR {
            return (typical, newest);
        }
        let mut span = 0.0;
        let mut recent: Vec<f64> = Vec::new();
        for (error, length) in self.errors.iter().rev() {
            recent.push(*error);
            span += length;
            if span >= BELIEVED_AFTER {
                break;
            }
        }
        let same = recent
            .iter()
            .all(|e| (*e > LASTING || *e < -LASTING_LATE) && e.signum() == newest.signum());
        let lasting = same && span >= BELIEVED_AFTER;
        (typical, if lasting { median(&mut recent) } else { 0.0 })
    }

    fn observe(&mut self, error: f64, length: f64) {
        self.errors.push_back((error, 0.0));
        self.lengthen(length);
    }

    /// The newest stamp speaks for `length` more seconds.
    fn lengthen(&mut self, length: f64) {
        if let Some((_, held)) = self.errors.back_mut() {
            *held += length;
        }
        self.held += length;
        while self.held > WINDOW && self.errors.len() > 1 {
            if let Some((_, gone)) = self.errors.pop_front() {
                self.held -= gone;
            }
        }
    }

    /// The position moved by `by` seconds: what was seen before is seen from there.
    fn shift(&mut self, by: f64) {
        self.errors.iter_mut().for_each(|(e, _)| *e -= by);
    }

    fn forget(&mut self) {
        self.errors.clear();
        self.held = 0.0;
        self.correction = self.learnt;
    }

    fn place(&mut self, at: f64, samples: u64, outcome: Outcome) -> Mapped {
        let seconds = samples as f64 / self.rate * (1.0 + self.correction);
        self.end = Some(at + seconds * 1e9);
        Mapped {
            at: mono(at),
            seconds,
            samples,
            outcome,
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn clamp(fraction: f64) -> f64 {
    fraction.clamp(-MAX_CORRECTION_PPM * 1e-6, MAX_CORRECTION_PPM * 1e-6)
}

fn nanos(at: Mono) -> f64 {
    at.nanos() as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions are never negative"
)]
fn mono(nanos: f64) -> Mono {
    Mono::from_nanos(nanos.max(0.0).round() as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are never negative"
)]
fn whole(samples: f64) -> u64 {
    samples.max(0.0) as u64
}

#[cfg(test)]
mod tests;
