//! One device's way onto the grid: its source clock, its fold and its resampler. No thread and no clock of its own.
//!
//! The grid counts 48 kHz from the first picture on. What comes before the first picture is kept for a moment: the block that
//! straddles it is needed, and the others have told the source clock where the device stands.

use std::collections::VecDeque;
use std::time::Duration;

use aside_protocol::recording::AUDIO_TIMESCALE;

use super::mute::Mute;
use crate::clock::{Mono, Outcome, SourceClock};
use crate::mix::{Denoise, Fold, Resampler};
use crate::source::sound::{Layout, SoundBlock, SoundFormat};

pub(super) const RATE: f64 = AUDIO_TIMESCALE as f64;
/// Sound kept before the first picture, in seconds.
const PRIMING_SECONDS: f64 = 1.0;

/// One device.
pub(super) struct Lane {
    rate: u32,
    /// Of the recording.
    channels: u16,
    /// Of the device.
    device_channels: u16,
    fold: Fold,
    mute: Mute,
    clock: SourceClock,
    resampler: Resampler,
    denoise: Option<Denoise>,
    /// Folded samples and seconds of the blocks before the first picture.
    priming: VecDeque<(Vec<f32>, f64)>,
    /// Zero of the grid, once it is known.
    zero: Option<Mono>,
    /// What is to be given to the resampler next, and the grid position behind what was.
    due: VecDeque<Due>,
    end: f64,
    /// On the grid and not yet taken, interleaved.
    ready: Vec<f32>,
}

enum Due {
    /// Seconds.
    Silence(f64),
    /// Samples and the grid samples they cover.
    Sound(Vec<f32>, f64),
}

/// What became of a block.
pub(super) struct Placed {
    /// The samples as they are recorded, for the meter.
    pub(super) folded: Vec<f32>,
    pub(super) outcome: Outcome,
    /// From when to when silence had to be put in before it; it may lie before the first picture, or in a pause.
    pub(super) hole: Option<(Mono, Mono)>,
}

impl Lane {
    /// `channels`: of the recording.
    pub(super) fn new(format: SoundFormat, layout: &Layout, channels: u16) -> Self {
        Self {
            rate: format.rate,
            channels,
            device_channels: format.channels,
            fold: Fold::new(layout, format.rate, channels),
            mute: Mute::new(),
            clock: SourceClock::new(format.rate),
            resampler: Resampler::new(channels, format.rate, AUDIO_TIMESCALE),
            denoise: None,
            priming: VecDeque::new(),
            zero: None,
            due: VecDeque::new(),
            end: 0.0,
            ready: Vec::new(),
        }
    }

    /// The device is open again, at the same rate, perhaps with other channels.
    pub(super) fn reopened(&mut self, layout: &Layout) {
        self.device_channels = u16::try_from(layout.channels()).unwrap_or(u16::MAX);
        self.fold = Fold::new(layout, self.rate, self.channels);
    }

    /// Takes noise out of it from now on.
    pub(super) fn denoise(&mut self) {
        self.denoise = Some(Denoise::new(self.channels));
    }

    /// So much later its sound comes out: the frame by which the noise is known, and the one that is not full yet.
    pub(super) fn lag(&self) -> Duration {
        match self.denoise {
            Some(_) => Denoise::LAG,
            None => Duration::ZERO,
        }
    }

    /// From `at` on nothing is heard, or everything is again.
    pub(super) fn mute(&mut self, at: Mono, muted: bool) {
        self.mute.set(at, muted);
    }

    /// Stretching in force, parts per million.
    pub(super) fn correction_ppm(&self) -> f64 {
        self.clock.correction_ppm()
    }

    /// How much later its sound was captured, as the device says, than where it stands in the take, in milliseconds; `None` before
    /// the first picture.
    pub(super) fn offset_ms(&self) -> Option<f64> {
        self.zero.map(|_| self.clock.offset_seconds() * 1000.0)
    }

    /// End of the sound that was placed, on the clock.
    pub(super) fn reached(&self) -> Option<Mono> {
        self.clock.end()
    }

    /// Zero of the grid is known: what was kept goes onto it, and ends where the source clock stands.
    pub(super) fn begin(&mut self, zero: Mono) {
        if self.zero.is_some() {
            return;
        }
        self.zero = Some(zero);
        self.clock.settle();
        self.end = self.grid(self.clock.end().unwrap_or(zero));
        let kept: f64 = self.priming.iter().map(|(_, seconds)| seconds * RATE).sum();
        let mut start = self.end - kept;
        for (samples, seconds) in std::mem::take(&mut self.priming) {
            self.resampler.push(&samples, start, seconds * RATE);
            start += seconds * RATE;
        }
    }

    /// Takes a block of the device; `step` brings it onto the grid.
    pub(super) fn block(&mut self, block: &SoundBlock) -> Placed {
        let frames = (block.samples.len() / usize::from(self.device_channels.max(1))) as u64;
        let mapped = self.clock.map(block.captured, frames);
        let mut folded = self.fold.push(&block.samples);
        let skipped = frames - mapped.samples;
        let earlier = Duration::from_secs_f64(skipped as f64 / f64::from(self.rate.max(1)));
        self.mute.apply(
            mapped.at.before(earlier),
            self.rate,
            self.channels,
            &mut folded,
        );
        let skipped = usize::try_from(skipped).unwrap_or(0) * usize::from(self.channels);
        let used = &folded[skipped.min(folded.len())..];
        let mut hole = None;
        if self.zero.is_none() {
            self.priming.push_back((used.to_vec(), mapped.seconds));
            let mut kept: f64 = self.priming.iter().map(|(_, s)| s).sum();
            while kept > PRIMING_SECONDS && self.priming.len() > 1 {
                kept -= self.priming.pop_front().map_or(0.0, |(_, s)| s);
            }
        } else {
            match mapped.outcome {
                Outcome::First => self.end = self.grid(mapped.at),
                Outcome::Gap { samples } => {
                    let missing = samples as f64 / f64::from(self.rate.max(1));
                    let begin = mapped.at.before(Duration::from_secs_f64(missing));
                    hole = Some((begin, mapped.at));
                    self.due.push_back(Due::Silence(missing));
                }
                Outcome::Steady | Outcome::Overlap { .. } => {}
            }
            let length = mapped.seconds * RATE;
            self.due.push_back(Due::Sound(used.to_vec(), length));
        }
        Placed {
            folded,
            outcome: mapped.outcome,
            hole,
        }
    }

    /// Lets silence follow from where the sound ends up to `until`; `step` puts it in. Returns from when to when; `None`
    /// before the first picture.
    pub(super) fn fill(&mut self, until: Mono) -> Option<(Mono, Mono)> {
        let zero = self.zero?;
        let reached = self.clock.end().unwrap_or(zero).max(zero);
        let missing = until - reached;
        self.due.push_back(Due::Silence(missing.as_secs_f64()));
        self.clock.filled_until(until);
        Some((reached, until))
    }

    /// Brings a second at most onto the grid, so that the caller can take it off again: after a long sleep hours of silence may
    /// be due. `false`: there was nothing to do.
    pub(super) fn step(&mut self) -> bool {
        match self.due.pop_front() {
            None => return false,
            Some(Due::Sound(samples, length)) => {
                self.resampler.push(&samples, self.end, length);
                self.end += length;
            }
            Some(Due::Silence(seconds)) => {
                let step = seconds.min(1.0);
                let samples = (step * f64::from(self.rate)).round();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "at most a second"
                )]
                self.resampler
                    .push_silence(samples as u64, self.end, step * RATE);
                self.end += step * RATE;
                if seconds > step {
                    self.due.push_front(Due::Silence(seconds - step));
                }
            }
        }
        self.pull(false);
        true
    }

    /// The device says no more: what the resampler still holds comes out.
    pub(super) fn flush(&mut self) {
        self.pull(true);
    }

    /// How many frames can be taken.
    pub(super) fn ready(&self) -> usize {
        self.ready.len() / usize::from(self.channels.max(1))
    }

    /// Takes that many frames off the grid.
    pub(super) fn take(&mut self, frames: usize) -> Vec<f32> {
        let count = (frames * usize::from(self.channels)).min(self.ready.len());
        let rest = self.ready.split_off(count);
        std::mem::replace(&mut self.ready, rest)
    }

    fn grid(&self, at: Mono) -> f64 {
        let zero = self.zero.unwrap_or(at);
        at.offset_from(zero) as f64 * 1e-9 * RATE
    }

    fn pull(&mut self, flush: bool) {
        let Some(denoise) = &mut self.denoise else {
            self.resampler.pull(&mut self.ready, flush);
            return;
        };
        let mut noisy = Vec::new();
        self.resampler.pull(&mut noisy, flush);
        denoise.push(&noisy, &mut self.ready);
        if flush {
            denoise.flush(&mut self.ready);
        }
    }
}
