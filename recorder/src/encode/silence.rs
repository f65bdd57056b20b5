//! Digital silence is not encoded again: a muted microphone, an output into which nobody plays. Pure.
//!
//! An AAC frame depends on its own samples and those of the frame before it. Once an encoder has made the same frame of silence
//! twice, every further one is the same, and the encoder's memory of the samples does not change. Only its rate control remembers less
//! silence than there was, and saves fewer bits for the sound behind it. Decision 62.

use aside_protocol::cmaf::AudioConfig;
use bytes::Bytes;

use super::{AudioEncoder, EncodeError};

/// So many frames of silence are encoded before one is left out: what an encoder remembers of the sound before has died away.
const ENCODED: u32 = 8;

/// An encoder that is spared silence.
pub(super) struct Silence<E> {
    inner: E,
    /// Frames of silence on end that `inner` was given.
    silent: u32,
    /// What it made last, and whether that was the same twice on end.
    last: Option<Bytes>,
    same: bool,
}

impl<E: AudioEncoder> Silence<E> {
    pub(super) fn around(inner: E) -> Self {
        Self {
            inner,
            silent: 0,
            last: None,
            same: false,
        }
    }
}

impl<E: AudioEncoder> AudioEncoder for Silence<E> {
    fn config(&self) -> &AudioConfig {
        self.inner.config()
    }

    fn encode(&mut self, samples: &[f32], out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        if samples.iter().any(|x| *x != 0.0) {
            self.silent = 0;
        } else if self.silent < ENCODED {
            self.silent += 1;
        } else if let (true, Some(last)) = (self.same, &self.last) {
            // The frame before this one, which the encoder holds back, is silence as well.
            out.push(last.clone());
            return Ok(());
        }
        let before = out.len();
        self.inner.encode(samples, out)?;
        for made in out.iter().skip(before) {
            self.same = self.last.as_ref() == Some(made);
            self.last = Some(made.clone());
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        self.inner.flush(out)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{AAC_FRAME, Aac};
    use super::*;

    /// The real encoder, and how often it was asked.
    struct Counted(Aac, Arc<AtomicUsize>);

    impl AudioEncoder for Counted {
        fn config(&self) -> &AudioConfig {
            self.0.config()
        }
        fn encode(&mut self, samples: &[f32], out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.encode(samples, out)
        }
        fn flush(&mut self, out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
            self.0.flush(out)
        }
    }

    /// Frames of stereo: each a tone, or silence.
    fn sound(loud: &[bool]) -> Vec<Vec<f32>> {
        let tone = |n: usize| (n as f32 * 440.0 / 48_000.0 * TAU).sin() * 0.5;
        let frame = |(at, loud): (usize, &bool)| {
            let sample = |n: usize| if *loud { tone(at * AAC_FRAME + n) } else { 0.0 };
            (0..AAC_FRAME).flat_map(|n| [sample(n); 2]).collect()
        };
        loud.iter().enumerate().map(frame).collect()
    }

    fn encoded(encoder: &mut dyn AudioEncoder, frames: &[Vec<f32>]) -> Vec<Bytes> {
        let mut out = Vec::new();
        for frame in frames {
            encoder.encode(frame, &mut out).unwrap();
        }
        encoder.flush(&mut out).unwrap();
        out
    }

    #[test]
    fn silence_is_left_out_and_the_sound_ends_and_begins_with_the_same_bytes() {
        let loud: Vec<bool> = (0..300).map(|n| !(40..240).contains(&n)).collect();
        let frames = sound(&loud);
        let plain = encoded(&mut Aac::open(2).unwrap(), &frames);
        let calls = Arc::new(AtomicUsize::new(0));
        let inner = Counted(Aac::open(2).unwrap(), Arc::clone(&calls));
        let spared = encoded(&mut Silence::around(inner), &frames);
        assert_eq!(spared.len(), plain.len());
        assert_eq!(calls.load(Ordering::Relaxed), 100 + 8);
        let differ: Vec<usize> = (0..plain.len())
            .filter(|n| plain[*n] != spared[*n])
            .collect();
        assert!(differ.iter().all(|n| *n > 245), "{differ:?}");
        let size = |made: &[Bytes]| made.iter().map(Bytes::len).sum::<usize>();
        let (plain, spared) = (size(&plain), size(&spared));
        assert!(
            plain.abs_diff(spared) * 50 < plain,
            "{plain} and {spared} bytes"
        );
    }

    #[test]
    fn a_take_of_silence_alone_has_all_its_frames() {
        let frames = sound(&[false; 100]);
        let plain = encoded(&mut Aac::open(1).unwrap(), &mono(&frames));
        let spared = encoded(&mut Silence::around(Aac::open(1).unwrap()), &mono(&frames));
        assert_eq!(plain, spared);
    }

    fn mono(frames: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let left = |frame: &Vec<f32>| frame.iter().step_by(2).copied().collect();
        frames.iter().map(left).collect()
    }
}
