//! Any rate to 48 kHz, with a ratio that may change from block to block by parts per million.
//!
//! A windowed sinc of 32 taps in 256 phases, interpolated between phases. Every output sample knows its
//! exact place in the source, so blocks of slightly different stretch follow each other without a
//! click, and the output grid is the timeline's own.

use std::collections::VecDeque;
use std::f64::consts::PI;

use super::narrow;

const TAPS: usize = 32;
const HALF: usize = TAPS / 2;
const PHASES: usize = 256;

/// A run of source samples and the stretch of the output grid that it covers.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Absolute index of its first source sample.
    input: u64,
    samples: u64,
    /// Position on the output grid, in output samples.
    output: f64,
    length: f64,
}

/// One source's way to 48 kHz. Samples are interleaved.
#[derive(Debug, Clone)]
pub struct Resampler {
    channels: usize,
    kernel: Vec<[f32; TAPS]>,
    /// Source samples not yet out of reach, channel by channel; the first has absolute index `first`.
    input: Vec<Vec<f32>>,
    first: u64,
    /// Absolute index behind the last source sample, and behind the last one that is no silence.
    end: u64,
    heard: u64,
    spans: VecDeque<Span>,
    /// Next output sample on the grid.
    next: u64,
}

impl Resampler {
    /// `from`, `to`: rates; they set where the pass band ends.
    pub fn new(channels: u16, from: u32, to: u32) -> Self {
        let band = (f64::from(to) / f64::from(from.max(1))).min(1.0);
        let channels = usize::from(channels.max(1));
        Self {
            channels,
            kernel: kernel(band),
            input: vec![vec![0.0; HALF]; channels],
            first: 0,
            end: HALF as u64,
            heard: 0,
            spans: VecDeque::new(),
            next: 0,
        }
    }

    /// Output samples made so far, which is also the grid position of the next.
    pub fn position(&self) -> u64 {
        self.next
    }

    /// Grid position behind the last span.
    pub fn end(&self) -> f64 {
        self.spans.back().map_or(0.0, |s| s.output + s.length)
    }

    /// Adds source samples that cover `length` output samples from grid position `output` on.
    /// Positions before 0 are heard of nothing, but they are the run-up of what follows.
    pub fn push(&mut self, samples: &[f32], output: f64, length: f64) {
        let count = (samples.len() / self.channels) as u64;
        if count == 0 {
            return;
        }
        match (self.channels, &mut self.input[..]) {
            (1, [only]) => only.extend(samples),
            (2, [left, right]) => {
                left.extend(samples.chunks_exact(2).map(|frame| frame[0]));
                right.extend(samples.chunks_exact(2).map(|frame| frame[1]));
            }
            (channels, input) => {
                for (n, channel) in input.iter_mut().enumerate() {
                    channel.extend(samples.iter().skip(n).step_by(channels));
                }
            }
        }
        if let Some(last) = samples.iter().rposition(|x| *x != 0.0) {
            self.heard = self.end + (last / self.channels) as u64 + 1;
        }
        self.spans.push_back(Span {
            input: self.end,
            samples: count,
            output,
            length,
        });
        self.end += count;
    }

    /// Adds silence.
    pub fn push_silence(&mut self, samples: u64, output: f64, length: f64) {
        if samples == 0 {
            return;
        }
        let count = usize::try_from(samples).unwrap_or(0);
        self.input
            .iter_mut()
            .for_each(|c| c.resize(c.len() + count, 0.0));
        self.spans.push_back(Span {
            input: self.end,
            samples,
            output,
            length,
        });
        self.end += samples;
    }

    /// Takes what can be computed; with `flush`, also the last samples, as if silence followed.
    pub fn pull(&mut self, out: &mut Vec<f32>, flush: bool) {
        if flush {
            self.input
                .iter_mut()
                .for_each(|c| c.resize(c.len() + HALF, 0.0));
            self.end += HALF as u64;
        }
        while let Some(span) = self.spans.front().copied() {
            let at = self.next as f64;
            if at < span.output {
                // A hole between spans, or sound that begins after the picture.
                out.extend(std::iter::repeat_n(0.0, self.channels));
                self.next += 1;
                continue;
            }
            if at >= span.output + span.length {
                if self.spans.len() == 1 {
                    break;
                }
                self.spans.pop_front();
                continue;
            }
            let place = (at - span.output) / span.length * span.samples as f64;
            // No `floor`: without SSE4.1, which x86-64 does not promise, it is a call for each sample.
            let whole = count(place);
            let index = span.input + whole;
            if index + HALF as u64 >= self.end {
                break;
            }
            self.sample(index, place - whole as f64, out);
            self.next += 1;
        }
        self.forget();
    }

    fn sample(&self, index: u64, fraction: f64, out: &mut Vec<f32>) {
        if (index + 1).saturating_sub(HALF as u64) >= self.heard {
            // Nothing but silence is in reach.
            out.extend(std::iter::repeat_n(0.0, self.channels));
            return;
        }
        let phase = fraction * PHASES as f64;
        let low = count(phase).min(PHASES as u64 - 1);
        let blend = narrow(phase - low as f64);
        let low = usize::try_from(low).unwrap_or(0);
        let (a, b) = (&self.kernel[low], &self.kernel[low + 1]);
        // The window reaches from HALF - 1 samples before to HALF behind.
        let begin =
            usize::try_from((index + 1).saturating_sub(HALF as u64 + self.first)).unwrap_or(0);
        let row = between(a, b, blend);
        for channel in &self.input {
            // `pull` asks for nothing whose reach is not there: see its comparison with `end`.
            let reach = channel.get(begin..).and_then(<[f32]>::first_chunk);
            out.push(reach.map_or(0.0, |samples| weighted(&row, samples)));
        }
    }

    /// Drops source samples that no later output can reach.
    fn forget(&mut self) {
        let Some(span) = self.spans.front() else {
            return;
        };
        let at =
            ((self.next as f64 - span.output) / span.length).clamp(0.0, 1.0) * span.samples as f64;
        let needed = (span.input + count(at)).saturating_sub(HALF as u64);
        let gone = usize::try_from(needed.saturating_sub(self.first)).unwrap_or(0);
        self.input
            .iter_mut()
            .for_each(|c| drop(c.drain(..gone.min(c.len()))));
        self.first = self.first.max(needed);
    }
}

/// The row between `a` and `b`; once for all channels.
fn between(a: &[f32; TAPS], b: &[f32; TAPS], blend: f32) -> [f32; TAPS] {
    std::array::from_fn(|n| a[n] + (b[n] - a[n]) * blend)
}

/// Sum of weighted samples. Eight sums side by side, because the order of additions of floats is not the compiler's to change: one
/// sum would keep it from using vectors. Arrays, not slices: with their lengths known there is neither a check nor an iterator
/// left in the loop.
fn weighted(row: &[f32; TAPS], samples: &[f32; TAPS]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    for block in 0..TAPS / LANES {
        for (n, sum) in sums.iter_mut().enumerate() {
            let at = block * LANES + n;
            *sum += samples[at] * row[at];
        }
    }
    sums.iter().sum()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions in a span are never negative"
)]
fn count(samples: f64) -> u64 {
    samples.max(0.0) as u64
}

/// `PHASES + 1` rows: the last is the first shifted by one sample, so that interpolation needs no wrap.
fn kernel(band: f64) -> Vec<[f32; TAPS]> {
    (0..=PHASES)
        .map(|phase| {
            let fraction = phase as f64 / PHASES as f64;
            let mut row = [0.0_f64; TAPS];
            for (tap, value) in row.iter_mut().enumerate() {
                let x = tap as f64 - (HALF as f64 - 1.0) - fraction;
                *value = sinc(x * band) * band * blackman(x / HALF as f64);
            }
            // Every phase passes a constant unchanged.
            let sum: f64 = row.iter().sum();
            row.map(|v| narrow(v / sum))
        })
        .collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Blackman window over −1…1.
fn blackman(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        0.0
    } else {
        0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f64, hz: f64, samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| narrow((2.0 * PI * hz * n as f64 / rate).sin()))
            .collect()
    }

    /// Largest difference to a pure tone on the 48 kHz grid, ends left out.
    fn worst(out: &[f32], hz: f64) -> f32 {
        out.iter()
            .enumerate()
            .skip(64)
            .take(out.len().saturating_sub(128))
            .map(|(n, x)| (x - narrow((2.0 * PI * hz * n as f64 / 48_000.0).sin())).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn a_tone_of_44_100_hz_lands_on_the_grid_of_48_000() {
        let mut r = Resampler::new(1, 44_100, 48_000);
        let source = tone(44_100.0, 1000.0, 44_100);
        let mut out = Vec::new();
        for (n, block) in source.chunks(441).enumerate() {
            r.push(block, n as f64 * 480.0, 480.0);
            r.pull(&mut out, false);
        }
        r.pull(&mut out, true);
        assert_eq!(out.len(), 48_000);
        assert!(worst(&out, 1000.0) < 0.002, "{}", worst(&out, 1000.0));
    }

    #[test]
    fn a_stretch_of_300_ppm_makes_no_seam_between_blocks() {
        let (mut r, mut out) = (Resampler::new(1, 48_000, 48_000), Vec::new());
        let fast = 48_000.0 * 1.0003;
        let (source, length) = (tone(fast, 1000.0, 96_000), 960.0 / 1.0003);
        for (n, block) in source.chunks(960).enumerate() {
            r.push(block, n as f64 * length, length);
            r.pull(&mut out, false);
        }
        assert!(worst(&out, 1000.0) < 0.002, "{}", worst(&out, 1000.0));
    }

    #[test]
    fn a_source_at_the_same_rate_passes_unchanged() {
        let (mut r, mut out) = (Resampler::new(2, 48_000, 48_000), Vec::new());
        let source: Vec<f32> = (0..2000)
            .map(|n| ((n * 37 % 100) as f32 - 50.0) / 50.0)
            .collect();
        r.push(&source, 0.0, 1000.0);
        r.pull(&mut out, true);
        assert_eq!(out.len(), source.len());
        for (a, b) in out.iter().zip(&source) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    #[test]
    fn sound_before_zero_is_dropped_and_a_late_start_is_silence() {
        let (mut r, mut out) = (Resampler::new(1, 48_000, 48_000), Vec::new());
        r.push(&[1.0; 100], -60.0, 100.0);
        r.pull(&mut out, true);
        assert_eq!(out.len(), 40);

        let (mut r, mut out) = (Resampler::new(1, 48_000, 48_000), Vec::new());
        r.push(&[1.0; 100], 50.0, 100.0);
        r.pull(&mut out, true);
        assert_eq!(out.len(), 150);
        assert!(out[..49].iter().all(|x| *x == 0.0));
    }
}
