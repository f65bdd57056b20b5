//! Shows the watchdog how the take is doing, and tells what it says.

use std::time::Duration;

use super::TakeRunner;
use crate::clock::Mono;
use crate::session::state::Phase;
use crate::session::watchdog::Sample;

/// How often the disk is asked how much room it has.
const DISK_INTERVAL: Duration = Duration::from_secs(2);

impl TakeRunner<'_> {
    pub(super) fn watch(&mut self, now: Mono) {
        let recording = self.state.phase == Phase::Recording;
        if recording && now >= self.disk_free.1 {
            self.disk_free = (self.recording.held().disk_free(), now + DISK_INTERVAL);
        }
        let ledger = self.recording.ledger();
        let behind = self.upload.as_ref().filter(|u| u.trouble.is_none());
        let behind = behind.map(|u| u.behind_ms(ledger.duration()));
        let health = &self.health;
        let sample = Sample {
            now,
            recording,
            microphone_clips: health.mic_clipped && !self.state.muted,
            system_silent: health.system_silent,
            picture_due: health.picture_due,
            picture_black: health.picture_black,
            camera_dark: health.camera_dark,
            frames_captured: health.frames_captured,
            frames_dropped: health.frames_dropped,
            frames_waiting: health.frames_waiting,
            disk_free: self.disk_free.0,
            written: ledger.size(),
            media: self.length().unwrap_or_default(),
            behind: behind.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
        };
        for change in self.watchdog.look(&sample) {
            let (raised, taken_back) = change.watch.codes();
            let code = if change.raised { raised } else { taken_back };
            self.alarm(code, change.message);
        }
    }
}
