//! What time brings: the end of the countdown, of the wished length, of patience; and a look at
//! everything a few times a second.

use std::time::Duration;

use super::{TakeRunner, millis};
use crate::clock::Mono;
use crate::pipeline::Pipeline;
use crate::session::messages;
use crate::session::notice::Notice;
use crate::session::snapshot::{LineState, Snapshot};
use crate::session::state::{Op, Phase};

/// How often the observer sees how it goes.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(250);

impl TakeRunner<'_> {
    /// How long nothing is due.
    pub(super) fn until_next_poll(&self) -> Duration {
        let now = self.now();
        let mut wait = self.next_tick.since(now);
        if self.state.phase == Phase::Preparing {
            wait = wait.min(self.countdown_ends.since(now));
        }
        self.time_left(now).map_or(wait, |left| wait.min(left))
    }

    /// Until the wished length is reached.
    fn time_left(&self, now: Mono) -> Option<Duration> {
        let (wished, started) = (self.context.plan.duration?, self.started?);
        let recording = self.state.phase == Phase::Recording;
        recording.then(|| left_of(wished, self.length(), now.since(started)))
    }

    /// Length of the take that is being recorded; `None` before the first picture.
    pub(super) fn length(&self) -> Option<Duration> {
        self.pipeline.as_ref().and_then(Pipeline::length)
    }

    /// Does what is due by now.
    pub(in crate::session) fn poll(&mut self) {
        let now = self.now();
        match self.state.phase {
            Phase::Preparing if now >= self.countdown_ends => self.apply(Op::CountdownOver),
            Phase::Recording if self.time_left(now) == Some(Duration::ZERO) => {
                self.apply(Op::DurationReached);
            }
            Phase::Uploading => {
                let silent = self
                    .upload
                    .as_ref()
                    .map_or(Duration::ZERO, |u| u.unreachable_for(now));
                if silent > self.context.plan.patience {
                    self.apply(Op::ServerTimedOut);
                }
            }
            _ => {}
        }
        self.seal_events_if_due();
        if now >= self.next_tick {
            self.next_tick = now + SNAPSHOT_INTERVAL;
            self.tick(now);
        }
    }

    fn tick(&mut self, now: Mono) {
        if self.state.phase == Phase::Preparing {
            let seconds_left = self.countdown_ends.since(now).as_millis().div_ceil(1000);
            let seconds_left = u64::try_from(seconds_left).unwrap_or(u64::MAX);
            if seconds_left != self.countdown_shown {
                self.countdown_shown = seconds_left;
                self.observer.notice(&Notice::Countdown { seconds_left });
            }
            return;
        }
        if let Some(pipeline) = &self.pipeline {
            self.health = pipeline.health();
        }
        self.follow_line(now);
        self.watch(now);
        let snapshot = self.snapshot();
        self.observer.snapshot(&snapshot);
    }

    /// Lowers the quality when the line carries less than is recorded, and raises it again.
    fn follow_line(&mut self, now: Mono) {
        let (Some(pipeline), Some(upload), Phase::Recording) =
            (&self.pipeline, &self.upload, self.state.phase)
        else {
            return;
        };
        let length = self.recording.ledger().duration();
        let line = match self.upload_error {
            None => upload.line_state(length),
            Some(_) => LineState::Off,
        };
        let before = self.quality.step();
        let Some(step) = self
            .quality
            .look(now, line, upload.behind_ms(length), upload.waiting())
        else {
            return;
        };
        pipeline.set_quality(step);
        let (code, message) = messages::quality(before, step);
        self.observer.notice(&Notice::Alarm {
            code,
            message: message.to_owned(),
        });
    }

    fn snapshot(&self) -> Snapshot {
        let (ledger, health, upload) =
            (self.recording.ledger(), &self.health, self.upload.as_ref());
        let length = ledger.duration();
        let running = matches!(self.state.phase, Phase::Recording | Phase::Paused);
        Snapshot {
            media_ms: match self.length() {
                Some(so_far) if running => millis(so_far),
                _ => u64::try_from(length.millis()).unwrap_or(0),
            },
            parts: ledger.len(),
            size: ledger.size(),
            received: upload.map_or(0, |u| u.received),
            behind_ms: upload.map_or(0, |u| u.behind_ms(length)),
            upload: match (&self.upload_error, upload) {
                (None, Some(upload)) => upload.line_state(length),
                _ => LineState::Off,
            },
            ..Snapshot::of(&self.state, health)
        }
    }
}

/// What is left of `wished` when the take has this `length` (`None`: no picture yet). The first picture may be long in
/// coming, and the take is as long as was wished all the same; but nobody waits longer for a screen that shows nothing.
fn left_of(wished: Duration, length: Option<Duration>, since_start: Duration) -> Duration {
    wished.saturating_sub(length.unwrap_or(since_start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_first_picture_does_not_shorten_the_take() {
        let seconds = Duration::from_secs;
        assert_eq!(
            left_of(seconds(3), Some(seconds(1)), seconds(3)),
            seconds(2)
        );
        assert_eq!(
            left_of(seconds(3), Some(seconds(3)), seconds(5)),
            Duration::ZERO
        );
        assert_eq!(left_of(seconds(3), None, seconds(3)), Duration::ZERO);
    }
}
