//! Is that a voice? Loudness against a floor that follows the room, frame by frame. Pure.
//!
//! Surprise: loudness is kept in whole hundredths of a decibel. The state is written into the
//! database with the cursor, and a worker that reads it back must decide exactly as the one that died.

use serde::{Deserialize, Serialize};

/// Samples a second of everything in this module.
pub const RATE: u32 = 16_000;
/// Samples in a frame: 20 ms.
pub const FRAME: usize = 320;
/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 20;

/// Quieter than this is nothing (in hundredths of a decibel under full scale, like all levels here).
const NOTHING: i32 = -9_000;
/// The floor is not believed below this: digital silence is no room.
const LOWEST_FLOOR: i32 = -7_000;
/// The floor is not believed above this: that is somebody who never pauses.
const HIGHEST_FLOOR: i32 = -3_800;
/// How far above the floor a voice lies.
const MARGIN: i32 = 1_000;
/// The floor is the quietest frame of so many buckets …
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

/// Tells loud frames from quiet ones.
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
            // Nothing is known of the room yet; its first quiet frame tells.
            quietest: [HIGHEST_FLOOR; BUCKETS],
            current: i32::MAX,
            frames: 0,
        }
    }
}

impl Detector {
    /// Whether a frame of this level is louder than the room.
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
    fn silence_direct_current_and_garbage_are_nothing() {
        assert_eq!(level(&[0.0; FRAME]), NOTHING);
        assert_eq!(level(&[0.5; FRAME]), NOTHING);
        assert_eq!(level(&[f32::NAN; FRAME]), NOTHING);
        assert_eq!(level(&[]), NOTHING);
    }

    #[test]
    fn a_voice_at_the_very_first_frame_is_heard() {
        assert!(Detector::default().is_loud(level(&tone(0.1))));
    }

    #[test]
    fn a_fan_that_is_there_from_the_beginning_is_the_room() {
        let mut detector = Detector::default();
        let fan = -4_500;
        assert!((0..500).all(|_| !detector.is_loud(fan)));
        assert!(detector.is_loud(fan + MARGIN + 1), "a voice over the fan");
    }

    #[test]
    fn a_fan_that_is_switched_on_is_loud_at_first_and_becomes_the_room() {
        let mut detector = Detector::default();
        (0..100).for_each(|_| _ = detector.is_loud(-7_000));
        let fan = -4_500;
        assert!(detector.is_loud(fan));
        (0..u32::from(BUCKET_FRAMES) * 7).for_each(|_| _ = detector.is_loud(fan));
        assert!(!detector.is_loud(fan));
    }

    #[test]
    fn somebody_who_never_pauses_stays_loud() {
        let mut detector = Detector::default();
        assert!((0..2000).all(|_| detector.is_loud(-2_000)));
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
