//! What time brings: the end of the countdown, of the wished length, of patience; and a look at
//! everything a few times a second.

use std::time::Duration;

use super::{Stage, millis};
use crate::clock::Mono;
use crate::session::notice::Notice;
use crate::session::snapshot::{LineState, Snapshot};
use crate::session::state::{Event, Phase};

/// How often the audience sees how it goes.
const TICK: Duration = Duration::from_millis(250);

impl Stage<'_> {
    /// How long nothing is due.
    pub(super) fn until_next_look(&self) -> Duration {
        let now = self.now();
        let mut wait = self.next_tick.since(now);
        if self.state.phase == Phase::Preparing {
            wait = wait.min(self.countdown_ends.since(now));
        }
        self.time_left(now).map_or(wait, |left| wait.min(left))
    }

    /// Until the wished length is reached.
    fn time_left(&self, now: Mono) -> Option<Duration> {
        let running = (self.state.phase == Phase::Recording).then_some(self.watch?)?;
        running.left_of(self.given.plan.duration?, now)
    }

    /// Does what is due by now.
    pub(super) fn look(&mut self) {
        let now = self.now();
        match self.state.phase {
            Phase::Preparing if now >= self.countdown_ends => self.happened(Event::CountdownOver),
            Phase::Recording if self.time_left(now) == Some(Duration::ZERO) => {
                self.happened(Event::DurationReached);
            }
            Phase::Uploading => {
                let silent = self
                    .upload
                    .as_ref()
                    .map_or(Duration::ZERO, |u| u.silent_for(now));
                if silent > self.given.plan.patience {
                    self.happened(Event::PatienceOver);
                }
            }
            _ => {}
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.tick(now);
        }
    }

    fn tick(&mut self, now: Mono) {
        if self.state.phase == Phase::Preparing {
            let seconds_left = self.countdown_ends.since(now).as_millis().div_ceil(1000);
            let seconds_left = u64::try_from(seconds_left).unwrap_or(u64::MAX);
            if seconds_left != self.countdown_shown {
                self.countdown_shown = seconds_left;
                self.audience.hear(&Notice::Countdown { seconds_left });
            }
            return;
        }
        if let Some(pipeline) = &self.pipeline {
            self.health = pipeline.health();
        }
        let snapshot = self.snapshot(now);
        self.audience.see(&snapshot);
    }

    fn snapshot(&self, now: Mono) -> Snapshot {
        let (ledger, health, upload) =
            (self.recording.ledger(), &self.health, self.upload.as_ref());
        let length = ledger.duration();
        let running = matches!(self.state.phase, Phase::Recording | Phase::Paused);
        Snapshot {
            recording: running,
            paused: self.state.phase == Phase::Paused,
            media_ms: match self.watch {
                Some(watch) if running => millis(watch.elapsed(now)),
                _ => u64::try_from(length.millis()).unwrap_or(0),
            },
            frames_captured: health.frames_captured,
            frames_encoded: health.frames_encoded,
            frames_dropped: health.frames_dropped,
            mic_level_db: health.mic_level_db,
            mic_silent: health.mic_silent,
            sound_lost_ms: health.sound_lost_ms,
            parts: ledger.len(),
            size: ledger.size(),
            received: upload.map_or(0, |u| u.received),
            behind_ms: upload.map_or(0, |u| u.behind_ms(length)),
            upload: match (&self.upload_error, upload) {
                (None, Some(upload)) => upload.line_state(length),
                _ => LineState::Off,
            },
        }
    }
}
