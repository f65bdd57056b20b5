//! Figures that any thread may read at any time.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use super::Health;

const NO_MIC: i32 = i32::MIN;

/// Written by the threads, read by `health`. Each figure is true by itself; together they may be a moment apart.
#[derive(Debug)]
pub(super) struct Meters {
    pub captured: AtomicU64,
    pub encoded: AtomicU64,
    pub dropped: AtomicU64,
    pub sound_lost_ms: AtomicU64,
    pub silent: AtomicBool,
    /// Hundredths of a decibel.
    level: AtomicI32,
    /// Hundredths of a part per million.
    correction: AtomicI32,
    pub video_parts: AtomicU32,
    pub audio_parts: AtomicU32,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            captured: AtomicU64::new(0),
            encoded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            sound_lost_ms: AtomicU64::new(0),
            silent: AtomicBool::new(false),
            level: AtomicI32::new(NO_MIC),
            correction: AtomicI32::new(0),
            video_parts: AtomicU32::new(0),
            audio_parts: AtomicU32::new(0),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "both are small figures, and `as` saturates"
)]
fn hundredths(figure: f64) -> i32 {
    (figure * 100.0).round() as i32
}

impl Meters {
    /// `None`: there is nothing to measure.
    pub(super) fn set_level(&self, db: Option<f32>) {
        let level = db.map_or(NO_MIC, |db| hundredths(f64::from(db)));
        self.level.store(level, Ordering::Relaxed);
    }

    pub(super) fn set_correction(&self, ppm: f64) {
        self.correction.store(hundredths(ppm), Ordering::Relaxed);
    }

    pub(super) fn read(&self, media_ms: u64) -> Health {
        let level = self.level.load(Ordering::Relaxed);
        Health {
            media_ms,
            frames_captured: self.captured.load(Ordering::Relaxed),
            frames_encoded: self.encoded.load(Ordering::Relaxed),
            frames_dropped: self.dropped.load(Ordering::Relaxed),
            mic_level_db: (level != NO_MIC).then_some(level as f32 / 100.0),
            mic_silent: self.silent.load(Ordering::Relaxed),
            mic_correction_ppm: self.correction.load(Ordering::Relaxed) as f32 / 100.0,
            sound_lost_ms: self.sound_lost_ms.load(Ordering::Relaxed),
        }
    }
}
