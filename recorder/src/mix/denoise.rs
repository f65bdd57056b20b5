//! Takes noise out of a voice (RNNoise, through `nnnoiseless`), at 48 kHz. No clock, no thread.
//!
//! What comes out is as long as what went in and stands at the same place: the frame by which the network lags behind is taken
//! off at the beginning and made up for at the end.

use std::time::Duration;

use nnnoiseless::DenoiseState;

const FRAME: usize = DenoiseState::FRAME_SIZE;
/// The network expects samples of 16 bits.
const SCALE: f32 = 32_768.0;

/// One source's. Samples are interleaved.
pub struct Denoise {
    channels: usize,
    /// Of each channel.
    states: Vec<Box<DenoiseState<'static>>>,
    /// All channels were alike so far: only the first state is in use.
    alike: bool,
    /// Not yet a whole frame.
    waiting: Vec<f32>,
    /// The first frame that comes out is what lay before the first sample.
    lagging: bool,
    /// Frames of a sample of each channel that have not come out yet.
    owed: usize,
}

impl Denoise {
    /// Two frames of 10 ms.
    pub const LAG: Duration = Duration::from_millis(20);

    pub fn new(channels: u16) -> Self {
        let channels = usize::from(channels.max(1));
        Self {
            channels,
            states: (0..channels).map(|_| DenoiseState::new()).collect(),
            alike: true,
            waiting: Vec::new(),
            lagging: true,
            owed: 0,
        }
    }

    /// Takes samples; adds to `out` what is ready, which may be nothing.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.owed += samples.len() / self.channels;
        self.waiting.extend(samples);
        let size = FRAME * self.channels;
        for frame in std::mem::take(&mut self.waiting).chunks(size) {
            match frame.len() == size {
                true => self.frame(frame, out),
                false => self.waiting.extend(frame),
            }
        }
    }

    /// Nothing more will come: adds the rest.
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        let wanted = out.len() + self.owed * self.channels;
        let size = FRAME * self.channels;
        let missing = (size - self.waiting.len()) % size + size;
        let silence = vec![0.0; missing];
        self.push(&silence, out);
        out.truncate(wanted);
        self.owed = 0;
    }

    fn frame(&mut self, frame: &[f32], out: &mut Vec<f32>) {
        let differ = |f: &[f32]| f.iter().any(|x| *x != f[0]);
        if self.alike && frame.chunks_exact(self.channels).any(differ) {
            // From here on each has its own, which goes on where the common one stands.
            self.alike = false;
            let common = self.states[0].clone();
            self.states
                .iter_mut()
                .skip(1)
                .for_each(|s| s.clone_from(&common));
        }
        let first = out.len();
        if !self.lagging {
            out.resize(first + frame.len(), 0.0);
        }
        let computed = if self.alike { 1 } else { self.channels };
        for channel in 0..computed {
            let voice: Vec<f32> = frame
                .iter()
                .skip(channel)
                .step_by(self.channels)
                .map(|x| x * SCALE)
                .collect();
            let mut clean = [0.0; FRAME];
            self.states[channel].process_frame(&mut clean, &voice);
            if self.lagging {
                continue;
            }
            let heard = if self.alike {
                0..self.channels
            } else {
                channel..channel + 1
            };
            for (frame, x) in out[first..].chunks_exact_mut(self.channels).zip(clean) {
                frame[heard.clone()].fill((x / SCALE).clamp(-1.0, 1.0));
            }
        }
        if !self.lagging {
            self.owed = self.owed.saturating_sub(FRAME);
        }
        self.lagging = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::narrow;

    /// Noise of this level, the same at every run.
    fn noise(samples: usize, level: f32) -> Vec<f32> {
        let mut state = 0x2545_f491_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..samples).map(|_| next() * level).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        let squares: f32 = samples.iter().map(|x| x * x).sum();
        (squares / samples.len() as f32).sqrt()
    }

    fn denoised(channels: u16, samples: &[f32], block: usize) -> Vec<f32> {
        let (mut denoise, mut out) = (Denoise::new(channels), Vec::new());
        for block in samples.chunks(block * usize::from(channels)) {
            denoise.push(block, &mut out);
        }
        denoise.flush(&mut out);
        out
    }

    #[test]
    fn what_comes_out_is_as_long_as_what_went_in() {
        for (frames, block) in [
            (1, 1),
            (479, 100),
            (480, 480),
            (481, 7),
            (4803, 2400),
            (0, 1),
        ] {
            for channels in [1, 2] {
                let samples = noise(frames * usize::from(channels), 0.1);
                assert_eq!(denoised(channels, &samples, block).len(), samples.len());
            }
        }
    }

    #[test]
    fn steady_noise_is_lower_by_twelve_decibels_after_a_second() {
        let samples = noise(3 * 48_000, 0.02);
        let out = denoised(1, &samples, 2400);
        let (before, after) = (rms(&samples[96_000..]), rms(&out[96_000..]));
        assert!(after < before / 4.0, "{after} of {before}");
    }

    /// A vowel: pulses of 140 Hz through two resonances.
    fn vowel(samples: usize) -> Vec<f32> {
        let mut out = vec![0.0_f64; samples];
        for (hz, width) in [(700.0, 90.0), (1220.0, 110.0)] {
            let r = (-std::f64::consts::PI * width / 48_000.0).exp();
            let turn = 2.0 * r * (std::f64::consts::TAU * hz / 48_000.0).cos();
            let (mut one, mut two) = (0.0, 0.0);
            for (n, x) in out.iter_mut().enumerate() {
                let pulse = if n % 343 == 0 { 0.02 } else { 0.0 };
                let y = pulse + turn * one - r * r * two;
                (two, one) = (one, y);
                *x += y;
            }
        }
        out.into_iter().map(narrow).collect()
    }

    #[test]
    fn a_voice_is_left_where_it_was() {
        let voice = vowel(2 * 48_000);
        let out = denoised(1, &voice, 2400);
        let (a, b) = (&voice[48_000..90_000], &out[48_000..90_000]);
        assert!(rms(b) > rms(a) * 0.6, "{} of {}", rms(b), rms(a));
        // The lag at which both agree best, in samples; a whole frame would be 480.
        let agreement = |lag: usize| -> f32 {
            let late = &out[48_000 - 700 + lag..90_000 - 700 + lag];
            a.iter().zip(late).map(|(x, y)| x * y).sum()
        };
        let best = (700 - 170..700 + 170)
            .max_by(|x, y| agreement(*x).total_cmp(&agreement(*y)))
            .unwrap();
        assert!(
            (690..=710).contains(&best),
            "{} samples late",
            best as i64 - 700
        );
    }

    #[test]
    fn channels_that_are_alike_stay_so_and_others_are_kept_apart() {
        let voice = vowel(48_000);
        let both: Vec<f32> = voice.iter().flat_map(|x| [*x, *x]).collect();
        let out = denoised(2, &both, 480);
        assert!(out.chunks_exact(2).all(|f| f[0] == f[1]));
        let mono = denoised(1, &voice, 480);
        assert!(out.chunks_exact(2).zip(&mono).all(|(f, x)| f[0] == *x));

        let left: Vec<f32> = voice.iter().flat_map(|x| [*x, 0.0]).collect();
        let out = denoised(2, &left, 480);
        let right: Vec<f32> = out.iter().skip(1).step_by(2).copied().collect();
        assert!(rms(&right) < 1e-4);
    }
}
