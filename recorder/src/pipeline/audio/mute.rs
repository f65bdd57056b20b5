//! Silences a source from one instant to another, with a short fade, since a step would be heard as a click. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Mono;

/// How long the way from heard to silent takes, and back.
const FADE: Duration = Duration::from_millis(8);

/// One source's switch.
#[derive(Debug, Clone)]
pub(super) struct Mute {
    /// As ordered last.
    ordered: bool,
    /// In force where the samples are now.
    muted: bool,
    gain: f32,
    /// Orders for samples that have not come yet, in the order of their instants.
    orders: VecDeque<(Mono, bool)>,
}

impl Mute {
    pub(super) fn new() -> Self {
        Self {
            ordered: false,
            muted: false,
            gain: 1.0,
            orders: VecDeque::new(),
        }
    }

    /// From `at` on nothing is heard, or everything is again.
    pub(super) fn set(&mut self, at: Mono, muted: bool) {
        if muted == self.ordered {
            return;
        }
        self.ordered = muted;
        let at = self.orders.back().map_or(at, |(last, _)| at.max(*last));
        self.orders.push_back((at, muted));
    }

    /// Silences what is to be silent of interleaved samples, the first of which was captured at `first`. `rate`: frames a
    /// second.
    pub(super) fn apply(&mut self, first: Mono, rate: u32, channels: u16, samples: &mut [f32]) {
        if self.orders.is_empty() && !self.muted && self.gain >= 1.0 {
            return;
        }
        let frame = 1e9 / f64::from(rate.max(1));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a gain needs no more digits"
        )]
        let step = (frame * 1e-9 / FADE.as_secs_f64()) as f32;
        let place = |at: Mono| at.offset_from(first) as f64 / frame;
        for (n, values) in samples
            .chunks_exact_mut(usize::from(channels.max(1)))
            .enumerate()
        {
            while let Some((_, muted)) = self.orders.pop_front_if(|(at, _)| place(*at) <= n as f64)
            {
                self.muted = muted;
            }
            self.gain = match self.muted {
                true => (self.gain - step).max(0.0),
                false => (self.gain + step).min(1.0),
            };
            values.iter_mut().for_each(|x| *x *= self.gain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn at(millis: u64) -> Mono {
        Mono::from_nanos(1_000_000_000 + millis * 1_000_000)
    }

    /// Ten blocks of 20 ms of a constant, as they are let through.
    fn constant(mute: &mut Mute) -> Vec<f32> {
        let block = |n: u64| {
            let mut samples = vec![0.5; 2 * 960];
            mute.apply(at(20 * n), RATE, 2, &mut samples);
            samples
        };
        (0..10).flat_map(block).collect()
    }

    fn index(millis: usize) -> usize {
        millis * 48 * 2
    }

    #[test]
    fn nothing_is_heard_between_the_two_instants_and_no_step_is_made() {
        let mut mute = Mute::new();
        mute.set(at(47), true);
        mute.set(at(133), false);
        let out = constant(&mut mute);
        assert!(out[..index(47)].iter().all(|x| *x == 0.5));
        assert!(out[index(56)..index(133)].iter().all(|x| *x == 0.0));
        assert!(out[index(142)..].iter().all(|x| *x == 0.5));
        let step = |w: &[f32]| (w[0] - w[2]).abs();
        assert!(out.windows(3).all(|w| step(w) < 0.002));
    }

    #[test]
    fn an_order_for_samples_that_have_passed_holds_from_the_next_one_on() {
        let mut mute = Mute::new();
        let _ = constant(&mut mute);
        mute.set(at(150), true);
        let mut samples = vec![0.5; 960];
        mute.apply(at(200), RATE, 1, &mut samples);
        assert!(samples[0] > 0.49 && samples[480] == 0.0);
    }

    #[test]
    fn a_switch_that_is_thrown_twice_within_a_fade_makes_no_step() {
        let mut mute = Mute::new();
        for (millis, muted) in [(30, true), (33, false), (35, true), (36, false)] {
            mute.set(at(millis), muted);
        }
        let out = constant(&mut mute);
        assert!(out.windows(3).all(|w| (w[0] - w[2]).abs() < 0.002));
        assert!(out[index(60)..].iter().all(|x| *x == 0.5));
        assert!(out.iter().any(|x| *x < 0.4));
    }
}
