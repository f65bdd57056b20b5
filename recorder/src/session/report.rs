//! How a take went, told once at its end: in `stopped`, and as the last line of the events track, which the owner sees on
//! the page of the recording.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pipeline::Health;

/// Names and fields are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Length of the take in milliseconds, pauses left out.
    pub duration_ms: u64,
    pub pauses: u32,
    pub frames_captured: u64,
    pub frames_encoded: u64,
    pub frames_dropped: u64,
    /// Silence that stands where sound should be.
    pub sound_lost_ms: u64,
    /// How the sound's clock was corrected at the end, in parts per million.
    pub sound_correction_ppm: f32,
    /// How often each alarm was given.
    pub alarms: BTreeMap<&'static str, u32>,
}

/// Gathers what only the session knows.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    pauses: u32,
    alarms: BTreeMap<&'static str, u32>,
}

impl Reporter {
    pub(super) fn paused(&mut self) {
        self.pauses += 1;
    }

    pub(super) fn alarmed(&mut self, code: &'static str) {
        *self.alarms.entry(code).or_insert(0) += 1;
    }

    pub(super) fn report(&self, health: &Health, duration_ms: u64) -> Report {
        Report {
            duration_ms,
            pauses: self.pauses,
            frames_captured: health.frames_captured,
            frames_encoded: health.frames_encoded,
            frames_dropped: health.frames_dropped,
            sound_lost_ms: health.sound_lost_ms,
            sound_correction_ppm: health.mic_correction_ppm,
            alarms: self.alarms.clone(),
        }
    }
}
