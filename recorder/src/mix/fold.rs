//! Any number of channels to one or two, so that a voice is heard on both sides whichever input it comes in on. Pure.
//!
//! Of a microphone only the channels that carry sound are folded: an interface of eighteen inputs has one voice and seventeen
//! times noise. A channel carries sound while it is at most 30 dB below the loudest. Carried on one side only it is heard on
//! both; a true stereo pair keeps its sides. Every output is a mean, so it is never louder than the loudest channel.

use super::narrow;
use crate::source::sound::{Layout, Side};

/// A channel so far below the loudest (as energy) carries no sound: 30 dB.
const BELOW: f64 = 1e-3;
/// Under this mean square nothing carries sound: −75 dBFS.
const NOTHING: f64 = 3e-8;
/// The same, as a part of the loudest that was heard: in a pause between two words there is only noise, and the fold stays.
const PAUSE: f64 = 1e-3;
/// How long the loudest is remembered, in seconds.
const LOUDEST_REMEMBERED: f64 = 600.0;
/// How long a channel's loudness is remembered, in seconds.
const REMEMBERED: f64 = 3.0;
/// How long the way from one fold to another takes, in seconds.
const FADE: f64 = 0.01;
/// The channels are judged anew this often, in seconds.
const JUDGED: f64 = 0.05;

/// One source's fold. Samples are interleaved.
#[derive(Debug, Clone)]
pub struct Fold {
    sides: Vec<Side>,
    to: usize,
    /// Mean square of each channel over the last seconds.
    energy: Vec<f64>,
    /// Forgotten of the energy in one judged stretch, and its length and that of a fade in frames.
    decay: f64,
    judged: usize,
    fade: f64,
    /// Energy of the loudest channel, slowly forgotten.
    loudest: f64,
    /// Weight of every input in every output: now, where it came from and where it is going, and how far it has got.
    now: Vec<Vec<f32>>,
    from: Vec<Vec<f32>>,
    wanted: Vec<Vec<f32>>,
    progress: f64,
}

impl Fold {
    /// `to`: 1 or 2 channels.
    pub fn new(layout: &Layout, rate: u32, to: u16) -> Self {
        let sides = layout.0.clone();
        let to = usize::from(to.clamp(1, 2));
        let every = weights(&sides, &vec![true; sides.len()], to);
        Self {
            to,
            energy: vec![0.0; sides.len()],
            decay: (-JUDGED / REMEMBERED).exp(),
            judged: frames(JUDGED, rate),
            fade: 1.0 / frames(FADE, rate) as f64,
            loudest: 0.0,
            now: every.clone(),
            from: every.clone(),
            wanted: every,
            progress: 1.0,
            sides,
        }
    }

    /// Folds interleaved samples.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let channels = self.sides.len().max(1);
        let mut out = Vec::with_capacity(samples.len() / channels * self.to);
        for stretch in samples.chunks(self.judged * channels) {
            self.judge(stretch);
            if let ([weights], true) = (&self.now[..], self.progress >= 1.0)
                && let [weight] = weights[..]
            {
                // One channel to one, as of most microphones: no loop over channels for each sample.
                out.extend(stretch.iter().map(|x| x * weight));
                continue;
            }
            if let ([left, right], true) = (&self.now[..], self.progress >= 1.0)
                && let ([a, b], [c, d]) = (&left[..], &right[..])
            {
                // A pair to a pair.
                for frame in stretch.chunks_exact(2) {
                    let (x, y) = (frame[0], frame[1]);
                    out.extend_from_slice(&[x * a + y * b, x * c + y * d]);
                }
                continue;
            }
            for frame in stretch.chunks_exact(channels) {
                self.approach();
                for weights in &self.now {
                    out.push(frame.iter().zip(weights).map(|(x, w)| x * w).sum());
                }
            }
        }
        out
    }

    /// Looks which channels carry sound.
    fn judge(&mut self, stretch: &[f32]) {
        let channels = self.sides.len().max(1);
        let count = (stretch.len() / channels).max(1) as f64;
        let part = (1.0 - self.decay) * (count / self.judged as f64).min(1.0);
        for (n, energy) in self.energy.iter_mut().enumerate() {
            let squares: f64 = stretch
                .iter()
                .skip(n)
                .step_by(channels)
                .map(|x| f64::from(*x) * f64::from(*x))
                .sum();
            *energy += (squares / count - *energy) * part;
        }
        let loudest = self.energy.iter().fold(0.0, |a: f64, b| a.max(*b));
        let silent_so_far = self.loudest < NOTHING;
        self.loudest = loudest.max(self.loudest * (-JUDGED / LOUDEST_REMEMBERED).exp());
        if loudest < NOTHING || loudest < self.loudest * PAUSE {
            return;
        }
        let carries: Vec<bool> = self.energy.iter().map(|e| *e > loudest * BELOW).collect();
        let wanted = weights(&self.sides, &carries, self.to);
        if silent_so_far {
            // Nothing was heard before that could click.
            self.now.clone_from(&wanted);
            (self.wanted, self.progress) = (wanted, 1.0);
        } else if wanted != self.wanted {
            self.from.clone_from(&self.now);
            (self.wanted, self.progress) = (wanted, 0.0);
        }
    }

    /// One frame's step on the way to the wanted weights.
    fn approach(&mut self) {
        if self.progress >= 1.0 {
            return;
        }
        self.progress = (self.progress + self.fade).min(1.0);
        let progress = narrow(self.progress);
        let rows = self.now.iter_mut().zip(&self.from).zip(&self.wanted);
        for ((now, from), wanted) in rows {
            for ((now, from), wanted) in now.iter_mut().zip(from).zip(wanted) {
                *now = from + (wanted - from) * progress;
            }
        }
    }
}

/// Weight of every input in every output.
fn weights(sides: &[Side], carries: &[bool], to: usize) -> Vec<Vec<f32>> {
    let mean_of = |heard: &dyn Fn(Side) -> bool| -> Option<Vec<f32>> {
        let mut row: Vec<f32> = sides
            .iter()
            .zip(carries)
            .map(|(side, carries)| f32::from(u8::from(*carries && heard(*side))))
            .collect();
        let count: f32 = row.iter().sum();
        row.iter_mut().for_each(|w| *w /= count.max(1.0));
        (count > 0.0).then_some(row)
    };
    let silent = || vec![0.0; sides.len()];
    let all = || mean_of(&|_| true).unwrap_or_else(silent);
    if to == 1 {
        return vec![all()];
    }
    let left = mean_of(&|side| side != Side::Right);
    let right = mean_of(&|side| side != Side::Left);
    match (left, right) {
        (Some(left), Some(right)) => vec![left, right],
        // One side only: it is heard on both.
        _ => vec![all(), all()],
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a second of samples"
)]
fn frames(seconds: f64, rate: u32) -> usize {
    ((seconds * f64::from(rate)).round() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: u32 = 1000;

    /// A second in which channel `n` has the level `levels[n]`, the sign changing every sample.
    fn second(levels: &[f32]) -> Vec<f32> {
        (0..RATE)
            .flat_map(|n| levels.iter().map(move |x| if n % 2 == 0 { *x } else { -x }))
            .collect()
    }

    /// Peak of each output in the second half of what comes out.
    fn peaks(out: &[f32], to: usize) -> Vec<f32> {
        let half = &out[out.len() / 2 / to * to..];
        (0..to)
            .map(|n| {
                half.iter()
                    .skip(n)
                    .step_by(to)
                    .fold(0.0, |a, x| x.abs().max(a))
            })
            .collect()
    }

    fn folded(layout: &Layout, levels: &[f32]) -> Vec<f32> {
        peaks(&Fold::new(layout, RATE, 2).push(&second(levels)), 2)
    }

    fn near(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
    }

    #[test]
    fn a_voice_on_any_input_of_an_interface_is_heard_whole_on_both_sides() {
        for channels in [4_u16, 8, 18, 32] {
            let layout = Layout::unnamed(channels);
            for input in 0..usize::from(channels) {
                let mut levels = vec![0.0003; usize::from(channels)];
                levels[input] = 0.5;
                let heard = folded(&layout, &levels);
                assert!(near(&heard, &[0.5, 0.5]), "input {input}: {heard:?}");
            }
        }
    }

    #[test]
    fn a_voice_on_one_side_is_heard_on_both_and_a_stereo_pair_keeps_its_sides() {
        let stereo = Layout::unnamed(2);
        assert!(near(&folded(&stereo, &[0.5, 0.0]), &[0.5, 0.5]));
        assert!(near(&folded(&stereo, &[0.001, 0.4]), &[0.4, 0.4]));
        assert!(near(&folded(&stereo, &[0.5, 0.1]), &[0.5, 0.1]));
    }

    #[test]
    fn surround_positions_keep_their_side_and_the_middle_is_heard_on_both() {
        use Side::{Both, Left, Right};
        let layout = Layout(vec![Left, Right, Both, Both, Left, Right, Left, Right]);
        let voice = |at: usize| {
            let mut levels = vec![0.0; 8];
            levels[at] = 0.5;
            folded(&layout, &levels)
        };
        for at in 0..8 {
            assert!(near(&voice(at), &[0.5, 0.5]), "{at}: {:?}", voice(at));
        }
        let both = folded(&layout, &[0.5, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0]);
        assert!(near(&both, &[0.5, 0.25]), "{both:?}");
    }

    #[test]
    fn the_first_sample_of_a_voice_is_heard_whole() {
        let mut fold = Fold::new(&Layout::unnamed(8), RATE, 2);
        let _ = fold.push(&second(&[0.0; 8]));
        let mut levels = [0.0; 8];
        levels[5] = 0.5;
        let out = fold.push(&second(&levels));
        assert_eq!(out[..2], [0.5, 0.5]);
    }

    #[test]
    fn a_second_voice_joins_without_a_jump() {
        let mut fold = Fold::new(&Layout::unnamed(4), RATE, 1);
        let _ = fold.push(&second(&[0.5, 0.0, 0.0, 0.0]));
        // A constant would show every step of the weights.
        let constant: Vec<f32> = (0..RATE).flat_map(|_| [0.5, 0.0, 0.4, 0.0]).collect();
        let out = fold.push(&constant);
        let step = out
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(step < 0.02, "{step}");
        assert!((out[out.len() - 1] - 0.45).abs() < 1e-4);
    }

    #[test]
    fn a_pause_in_speech_changes_nothing() {
        let mut fold = Fold::new(&Layout::unnamed(2), RATE, 2);
        let _ = fold.push(&second(&[0.5, 0.0]));
        for _ in 0..60 {
            let _ = fold.push(&second(&[0.000_01, 0.000_01]));
        }
        let out = fold.push(&second(&[0.5, 0.0]));
        assert!(near(&peaks(&out, 2), &[0.5, 0.5]));
    }

    #[test]
    fn one_channel_stays_one() {
        let mut fold = Fold::new(&Layout::unnamed(1), RATE, 1);
        assert_eq!(fold.push(&[0.1, -0.2, 0.3]), [0.1, -0.2, 0.3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_fold_is_never_louder_than_the_loudest_channel(
            channels in 1_u16..20,
            to in 1_u16..3,
            blocks in proptest::collection::vec(proptest::collection::vec(-1.0_f32..1.0, 1..400), 1..8),
        ) {
            let mut fold = Fold::new(&Layout::unnamed(channels), RATE, to);
            for mut block in blocks {
                block.truncate(block.len() / usize::from(channels) * usize::from(channels));
                let loudest = block.iter().fold(0.0_f32, |a, x| a.max(x.abs()));
                let out = fold.push(&block);
                prop_assert_eq!(out.len() / usize::from(to), block.len() / usize::from(channels));
                prop_assert!(out.iter().all(|x| x.abs() <= loudest + 1e-5));
            }
        }
    }
}
