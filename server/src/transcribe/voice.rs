//! Voice activity by energy against an adaptive noise floor, frame by frame. Pure.
//!
//! It decides where sound may be cut and which stretches hold no speech at all; within a window nothing is left out.
//! So it is tuned to accept: what it takes for speech by mistake costs time, what it misses would cost words.
//! Levels are whole hundredths of a decibel because the state is stored with the cursor, and a worker that reads it back
//! must decide exactly as the one that wrote it.

use serde::{Deserialize, Serialize};

/// Samples a second of everything in this module.
pub const RATE: u32 = 16_000;
/// Samples in a frame: 20 ms.
pub const FRAME: usize = 320;
/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 20;

/// Digital silence (in hundredths of a decibel under full scale, like all levels here).
const NOTHING: i32 = -9_000;
/// The floor is never taken to be lower: dither and codec noise over digital silence are no speech.
const LOWEST_FLOOR: i32 = -7_200;
/// The floor is never taken to be higher: a level that never falls below this is continuous speech.
const HIGHEST_FLOOR: i32 = -3_800;
/// How far above the floor speech lies. The quietest of 150 frames of steady noise is about 2 dB below its mean, its
/// loudest about 2 dB above.
const MARGIN: i32 = 700;
/// The floor is the minimum over so many buckets …
const BUCKETS: usize = 6;
/// … of half a second each.
const BUCKET_FRAMES: u8 = 25;

/// Loudness of a frame, without its direct current: hundredths of a decibel under full scale.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is between -9000 and 1000, or clamped there"
)]
pub fn level(frame: &[f32]) -> i32 {
    if frame.is_empty() {
        return NOTHING;
    }
    let n = frame.len() as f64;
    let mean = frame.iter().map(|s| f64::from(*s)).sum::<f64>() / n;
    let power = frame
        .iter()
        .map(|s| (f64::from(*s) - mean).powi(2))
        .sum::<f64>()
        / n;
    // A NaN from a hostile decoder compares false and becomes nothing.
    if power > 1e-9 {
        ((power.log10() * 1000.0).round() as i32).clamp(NOTHING, 1_000)
    } else {
        NOTHING
    }
}

/// Tells frames with speech from those without, by a running minimum of the level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detector {
    /// Quietest frame of each of the last buckets, oldest first.
    quietest: [i32; BUCKETS],
    current: i32,
    frames: u8,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            // Nothing is known of the noise yet; the first quiet frame lowers the floor.
            quietest: [HIGHEST_FLOOR; BUCKETS],
            current: i32::MAX,
            frames: 0,
        }
    }
}

impl Detector {
    /// Whether a frame of this level is above the noise.
    pub fn is_loud(&mut self, level: i32) -> bool {
        self.current = self.current.min(level);
        self.frames += 1;
        let loud = level > self.floor() + MARGIN;
        if self.frames >= BUCKET_FRAMES {
            self.quietest.rotate_left(1);
            self.quietest[BUCKETS - 1] = self.current;
            self.current = i32::MAX;
            self.frames = 0;
        }
        loud
    }

    fn floor(&self) -> i32 {
        let quietest = self
            .quietest
            .iter()
            .fold(self.current, |least, b| least.min(*b));
        quietest.clamp(LOWEST_FLOOR, HIGHEST_FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of a tone with this amplitude.
    fn tone(amplitude: f32) -> Vec<f32> {
        (0_u8..64)
            .cycle()
            .take(FRAME)
            .map(|i| amplitude * (f32::from(i) * std::f32::consts::TAU / 64.0).sin())
            .collect()
    }

    #[test]
    fn a_full_tone_lies_three_decibels_under_full_scale() {
        assert!((level(&tone(1.0)) + 301).abs() < 2, "{}", level(&tone(1.0)));
        assert!((level(&tone(0.1)) + 2301).abs() < 2);
    }

    #[test]
    fn silence_direct_current_and_nan_have_no_level() {
        assert_eq!(level(&[0.0; FRAME]), NOTHING);
        assert_eq!(level(&[0.5; FRAME]), NOTHING);
        assert_eq!(level(&[f32::NAN; FRAME]), NOTHING);
        assert_eq!(level(&[]), NOTHING);
    }

    #[test]
    fn speech_at_the_first_frame_is_speech() {
        assert!(Detector::default().is_loud(level(&tone(0.1))));
    }

    #[test]
    fn steady_noise_from_the_beginning_is_no_speech() {
        let mut detector = Detector::default();
        let noise = -4_500;
        assert!((0..500).all(|_| !detector.is_loud(noise)));
        assert!(
            detector.is_loud(noise + MARGIN + 1),
            "speech above the noise"
        );
    }

    #[test]
    fn noise_that_sets_in_counts_as_speech_for_three_seconds_only() {
        let mut detector = Detector::default();
        (0..100).for_each(|_| _ = detector.is_loud(-7_000));
        let noise = -4_500;
        assert!(detector.is_loud(noise));
        (0..u32::from(BUCKET_FRAMES) * 7).for_each(|_| _ = detector.is_loud(noise));
        assert!(!detector.is_loud(noise));
    }

    #[test]
    fn continuous_speech_stays_speech() {
        let mut detector = Detector::default();
        assert!((0..2000).all(|_| detector.is_loud(-2_000)));
    }

    /// Quiet speech over a quiet room, without a pause before it.
    #[test]
    fn speech_at_minus_fifty_is_speech() {
        let mut detector = Detector::default();
        // Syllables: four frames of speech, one of the room.
        let loud = (0..100)
            .filter(|i| detector.is_loud(if i % 5 == 4 { -6_200 } else { -5_000 }))
            .count();
        assert!(loud >= 75, "{loud} of 80");
    }

    #[test]
    fn dither_over_digital_silence_is_no_speech() {
        let mut detector = Detector::default();
        assert!((0..500).all(|i| !detector.is_loud(if i < 100 {
            -9_000
        } else {
            -8_000 + (i % 7) * 100
        })));
    }

    #[test]
    fn a_detector_that_was_written_down_decides_the_same() {
        let mut one = Detector::default();
        for i in 0..333 {
            one.is_loud(-6_000 + (i * 37) % 4_000);
        }
        let json = serde_json::to_string(&one).unwrap();
        let mut two: Detector = serde_json::from_str(&json).unwrap();
        for i in 0..999 {
            let level = -7_000 + (i * 61) % 6_000;
            assert_eq!(one.is_loud(level), two.is_loud(level), "{i}");
        }
    }
}
