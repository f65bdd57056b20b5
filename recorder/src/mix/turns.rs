//! Whose turn it is, read off beside the mix: the microphone's or that of what the machine plays. Only that leaves, no sound.

use aside_protocol::timed_event::SoundSource;

use super::narrow;

/// Frames of one look at 48 kHz: a fifth of a second, about a syllable.
const LOOK_FRAMES: usize = 9_600;
/// Below this nobody speaks (dBFS RMS).
const HEARD_DB: f32 = -50.0;
/// A source that is so much louder has the turn alone: a microphone hears the loudspeakers, too.
const LOUDER_DB: f32 = 8.0;
/// So many looks in a row must say the same.
const STEADY_LOOKS: u32 = 2;

/// A turn begins: at which frame of the take, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub frame: u64,
    pub source: SoundSource,
}

/// Follows two sources.
#[derive(Debug, Clone)]
pub struct Turns {
    channels: usize,
    /// Frames of the open look, and the sums of their squares.
    frames: usize,
    squares: [f64; 2],
    /// What the last looks said, since which frame, and how many.
    candidate: Option<(Turn, u32)>,
    told: Option<SoundSource>,
}

impl Turns {
    pub fn new(channels: u16) -> Self {
        Self {
            channels: usize::from(channels.max(1)),
            frames: 0,
            squares: [0.0; 2],
            candidate: None,
            told: None,
        }
    }

    /// The next samples of the microphone and of the machine, which have the same length, from this frame of the take on. Silence ends no
    /// turn: it goes on until somebody else is heard.
    pub fn push(&mut self, first: u64, microphone: &[f32], system: &[f32]) -> Vec<Turn> {
        let mut turns = Vec::new();
        let pairs = microphone
            .chunks_exact(self.channels)
            .zip(system.chunks_exact(self.channels));
        for (frame, (a, b)) in (first..).zip(pairs) {
            for (sum, samples) in self.squares.iter_mut().zip([a, b]) {
                *sum += samples
                    .iter()
                    .map(|x| f64::from(*x) * f64::from(*x))
                    .sum::<f64>();
            }
            self.frames += 1;
            if self.frames == LOOK_FRAMES {
                let begin = (frame + 1).saturating_sub(LOOK_FRAMES as u64);
                turns.extend(self.look(begin));
            }
        }
        turns
    }

    fn look(&mut self, frame: u64) -> Option<Turn> {
        let count = (LOOK_FRAMES * self.channels) as f64;
        let [microphone, system] = self
            .squares
            .map(|sum| narrow(10.0 * (sum / count).max(1e-12).log10()));
        (self.frames, self.squares) = (0, [0.0; 2]);
        let Some(source) = heard(microphone, system) else {
            self.candidate = None;
            return None;
        };
        let (turn, looks) = match self.candidate {
            Some((turn, looks)) if turn.source == source => (turn, looks + 1),
            _ => (Turn { frame, source }, 1),
        };
        self.candidate = Some((turn, looks));
        let is_new = looks >= STEADY_LOOKS && self.told != Some(source);
        is_new.then(|| {
            self.told = Some(source);
            turn
        })
    }
}

fn heard(microphone: f32, system: f32) -> Option<SoundSource> {
    match (microphone >= HEARD_DB, system >= HEARD_DB) {
        (false, false) => None,
        (true, false) => Some(SoundSource::Microphone),
        (false, true) => Some(SoundSource::System),
        (true, true) if microphone >= system + LOUDER_DB => Some(SoundSource::Microphone),
        (true, true) if system >= microphone + LOUDER_DB => Some(SoundSource::System),
        (true, true) => Some(SoundSource::Both),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of microphone and machine at these levels, pushed in uneven pieces.
    fn told(seconds: &[(f32, f32)]) -> Vec<(u64, SoundSource)> {
        let (mut turns, mut frame, mut out) = (Turns::new(2), 0, Vec::new());
        for (a, b) in seconds {
            let level = |x: f32| vec![x; 48_000 * 2];
            let (a, b) = (level(*a), level(*b));
            for (a, b) in a.chunks(2 * 7_001).zip(b.chunks(2 * 7_001)) {
                out.extend(turns.push(frame, a, b));
                frame += a.len() as u64 / 2;
            }
        }
        let ms = |turn: Turn| (turn.frame / 48, turn.source);
        out.into_iter().map(ms).collect()
    }

    #[test]
    fn each_has_its_turn_and_silence_ends_none() {
        use SoundSource::{Both, Microphone, System};
        let got = told(&[
            (0.0, 0.0),
            (0.1, 0.0),
            (0.0, 0.0),
            (0.1, 0.0),
            // The loudspeakers, as the microphone hears them.
            (0.02, 0.2),
            (0.1, 0.1),
        ]);
        assert_eq!(got, [(1_000, Microphone), (4_000, System), (5_000, Both)]);
    }

    #[test]
    fn a_click_is_no_turn() {
        let mut turns = Turns::new(1);
        let quiet = vec![0.0; 4_800];
        let loud = vec![0.2; 4_800];
        let mut got = Vec::new();
        for n in 0..40_u64 {
            let system = if n == 20 { &loud } else { &quiet };
            got.extend(turns.push(n * 4_800, &quiet, system));
        }
        assert_eq!(got, []);
    }
}
