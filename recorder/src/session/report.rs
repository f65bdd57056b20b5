//! How a take went, told once at its end: in `stopped`, and as the last line of the events track, which the owner sees on
//! the page of the recording.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pipeline::{CameraHealth, Health, SoundTiming};

/// Names and fields are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Length of the take in milliseconds, pauses left out.
    pub duration_ms: u64,
    pub pauses: u32,
    pub frames_captured: u64,
    pub frames_encoded: u64,
    pub frames_dropped: u64,
    /// What became of the camera's pictures; none without a camera.
    pub camera: Option<CameraHealth>,
    /// Silence that stands where sound should be.
    pub sound_lost_ms: u64,
    /// In how many places.
    pub sound_holes: u32,
    /// How the microphone's clock was corrected at the end, in parts per million.
    pub sound_correction_ppm: f32,
    /// The same of what the computer played.
    pub system_correction_ppm: f32,
    /// When the first picture was on the screen, on the clock of `at_ms`; none where there was no picture.
    pub first_picture_at_ms: Option<u64>,
    /// Where the last part of the picture and of the sound ends, in milliseconds; none without that track.
    pub picture_end_ms: Option<i64>,
    pub sound_end_ms: Option<i64>,
    /// How well sound is in time with the pictures, of the microphone and of what the computer played.
    pub mic_timing: Option<SoundTiming>,
    pub system_timing: Option<SoundTiming>,
    /// How often each alarm was given.
    pub alarms: BTreeMap<&'static str, u32>,
    /// What is known of the computer, by a name of each.
    pub system: BTreeMap<&'static str, String>,
}

/// Gathers what only the session knows.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    pauses: u32,
    alarms: BTreeMap<&'static str, u32>,
    first_picture_at_ms: Option<u64>,
    system: BTreeMap<&'static str, String>,
}

impl Reporter {
    pub(super) fn of(system: BTreeMap<&'static str, String>) -> Self {
        Self {
            system,
            ..Self::default()
        }
    }

    pub(super) fn began(&mut self, first_picture_at_ms: Option<u64>) {
        self.first_picture_at_ms = first_picture_at_ms;
    }

    pub(super) fn paused(&mut self) {
        self.pauses += 1;
    }

    pub(super) fn alarmed(&mut self, code: &'static str) {
        *self.alarms.entry(code).or_insert(0) += 1;
    }

    /// `ends`: where picture and sound end, in milliseconds.
    pub(super) fn report(
        &self,
        health: &Health,
        duration_ms: u64,
        ends: [Option<i64>; 2],
    ) -> Report {
        let [picture_end_ms, sound_end_ms] = ends;
        Report {
            first_picture_at_ms: self.first_picture_at_ms,
            picture_end_ms,
            sound_end_ms,
            mic_timing: health.mic_timing,
            system_timing: health.system_timing,
            duration_ms,
            pauses: self.pauses,
            frames_captured: health.frames_captured,
            frames_encoded: health.frames_encoded,
            frames_dropped: health.frames_dropped,
            camera: health.camera,
            sound_lost_ms: health.sound_lost_ms,
            sound_holes: health.sound_holes,
            sound_correction_ppm: health.mic_correction_ppm,
            system_correction_ppm: health.system_correction_ppm,
            alarms: self.alarms.clone(),
            system: self.system.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_corrected_filled_and_dropped_stands_in_the_report_of_each_device() {
        let health = Health {
            frames_dropped: 3,
            sound_lost_ms: 4_020,
            sound_holes: 2,
            mic_correction_ppm: -40.5,
            system_correction_ppm: 120.25,
            camera: Some(CameraHealth {
                captured: 300,
                encoded: 310,
                dropped: 5,
                lost: true,
                losses: 2,
                lost_ms: 1_500,
            }),
            ..Health::default()
        };
        let mut reporter = Reporter::default();
        reporter.alarmed("camera_lost");
        reporter.alarmed("camera_lost");
        let report = reporter.report(&health, 12_000, [Some(12_000), Some(11_999)]);
        let told = serde_json::to_value(&report).unwrap();
        for (field, value) in [
            ("frames_dropped", json!(3)),
            ("sound_lost_ms", json!(4_020)),
            ("sound_holes", json!(2)),
            ("sound_correction_ppm", json!(-40.5)),
            ("system_correction_ppm", json!(120.25)),
            ("sound_end_ms", json!(11_999)),
            ("alarms", json!({ "camera_lost": 2 })),
        ] {
            assert_eq!(told[field], value, "{field}");
        }
        let camera = json!({
            "captured": 300, "encoded": 310, "dropped": 5, "lost": true, "losses": 2, "lost_ms": 1_500,
        });
        assert_eq!(told["camera"], camera);
    }
}
