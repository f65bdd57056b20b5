//! From the encoders to the disk, and the closing of the devices.

use aside_protocol::recording::TrackName;
use aside_protocol::time::MediaTime;
use crossbeam_channel::never;

use super::{TakeRunner, millis};
use crate::pipeline::{Alarm, EndReason, Output, Pipeline, SealedPart, Summary};
use crate::session::messages;
use crate::session::notice::{Notice, PartState};
use crate::session::state::{Cause, Op};
use crate::spool::{NewPart, SpoolError};

/// Parts that may still be on their way when the take is stopped because it has too many.
const PARTS_RESERVED: u32 = 256;

/// What an alarm is to the machine: the take goes on in every case.
const fn op_of(alarm: &Alarm) -> Op {
    match alarm {
        Alarm::MicrophoneLost { .. }
        | Alarm::SystemSoundLost { .. }
        | Alarm::CameraLost { .. }
        | Alarm::CameraFailed { .. } => Op::DeviceLost,
        Alarm::MicrophoneBack { .. } | Alarm::SystemSoundBack { .. } | Alarm::CameraBack { .. } => {
            Op::DeviceBack
        }
        _ => Op::ScreenChanged,
    }
}

impl TakeRunner<'_> {
    /// Takes in what comes off the encoders.
    pub(super) fn handle_output(&mut self, output: Output) {
        match output {
            Output::Init { track, init } => self.begin_init(track, init),
            Output::Part(part) => self.spool_part(&part),
            Output::Alarm(alarm) => {
                if let Alarm::EncoderReplaced { from, why, .. } = &alarm {
                    self.failed_encoders.push((*from, why.clone()));
                }
                self.alarm(messages::code(&alarm), alarm.to_string());
                self.apply(op_of(&alarm));
            }
            Output::Heard { at, source } => self.heard(at, source),
            Output::Ended(EndReason::WindowClosed) => {
                self.alarm("window_closed", EndReason::WindowClosed.to_string());
                self.apply(Op::WindowClosed);
            }
            Output::Ended(reason) => {
                self.alarm("capture_ended", reason.to_string());
                self.apply(Op::CaptureEnded);
            }
        }
    }

    /// The parts of the track that follow are decoded with another init.
    fn begin_init(&mut self, track: TrackName, init: Vec<u8>) {
        if self.disk_failed.is_some() {
            return;
        }
        match self.recording.begin_init(track, init) {
            Ok(_version) => {
                let inits = self.recording.take().later_inits();
                self.ledger
                    .send_modify(|ledger| ledger.set_later_inits(inits));
            }
            Err(error) => self.disk_fails(error),
        }
    }

    fn disk_fails(&mut self, error: SpoolError) {
        let full = matches!(error, SpoolError::Full { .. });
        self.disk_failed = Some(error);
        self.apply(Op::DiskFailed { full });
    }

    /// To disk, and only then to the uploader.
    fn spool_part(&mut self, part: &SealedPart) {
        self.append(NewPart {
            track: part.track,
            number: part.number,
            start: part.start,
            duration: part.duration,
            independent: part.independent,
            bytes: &part.bytes,
        });
    }

    pub(super) fn append(&mut self, new: NewPart<'_>) {
        if self.disk_failed.is_some() {
            return;
        }
        match self.recording.append(new) {
            Ok(entry) => {
                self.ledger.send_modify(|ledger| {
                    // The recording's own list took it a line ago.
                    let _ = ledger.push(entry);
                });
                if let Some(upload) = &mut self.upload {
                    upload.sealed(&entry);
                }
                self.observer
                    .notice(&messages::part(&entry, PartState::Sealed));
                if entry.number.saturating_add(PARTS_RESERVED) >= self.context.plan.max_parts {
                    self.apply(Op::TooLong);
                }
            }
            Err(error) => self.disk_fails(error),
        }
    }

    /// Begins to close the devices.
    pub(super) fn close(&mut self, cause: Cause) {
        self.stop_requested = Some(self.context.world.now());
        // First: who is told of the end may show a window of their own at once, which is not of this take.
        let ended = self.pipeline.as_mut().is_some_and(Pipeline::end_here);
        let id = self.recording.take().id;
        let message = match (&self.disk_failed, cause) {
            (Some(error), _) => Some(messages::disk(error, id)),
            (None, Cause::TooLong) => Some(messages::too_long(self.recording.ledger().duration())),
            (None, _) => None,
        };
        self.observer.notice(&Notice::Stopping {
            why: messages::cause(cause),
            message,
        });
        self.previews.over();
        // Its last words come before it is gone.
        self.desktop_watcher = None;
        while let Ok(event) = self.desktop.try_recv() {
            self.desktop_event(event);
        }
        let Some(pipeline) = self.pipeline.take() else {
            return;
        };
        let began = self.context.world.began;
        let first = pipeline.first_picture();
        self.reporter.began(first.map(|at| millis(at.since(began))));
        if let Some(upload) = &self.upload {
            // What follows are the last parts, not a pause.
            upload.paused(false);
        }
        self.closer.close(pipeline);
        // Not before the last clicks were told of: those that drew are none. What was drawn lies on the desktop, and so in its
        // picture, until no picture is taken any more.
        if ended {
            self.overlay = None;
        }
    }

    /// The devices are closed: takes in what they still said, and ends the take on disk.
    pub(super) fn sealed(&mut self, summary: Option<Summary>) {
        while let Ok(output) = self.parts.try_recv() {
            self.handle_output(output);
        }
        self.parts = never();
        self.closer.join();
        // Where a device did not end in time it is still there.
        self.overlay = None;
        if let Some(summary) = summary {
            self.health = summary.health;
        }
        let length = self.recording.ledger().duration();
        let length = u64::try_from(length.millis()).unwrap_or(0);
        let end = |track| {
            let end = self.recording.ledger().track_ends_at(track);
            end.map(MediaTime::millis)
        };
        let ends = [TrackName::Video, TrackName::Audio].map(end);
        let report = self.reporter.report(&self.health, length, ends);
        self.report = serde_json::to_value(&report).ok();
        self.end_events(length);
        // Should this line not fit on the disk any more, the take ends at its last part all the same.
        let _ = self.recording.end(self.context.world.wall.now());
        self.ledger.send_modify(|ledger| ledger.ended = true);
        let ledger = self.recording.ledger();
        let (parts, asked) = (
            ledger.len(),
            self.stop_requested
                .unwrap_or_else(|| self.context.world.now()),
        );
        self.observer.notice(&Notice::Stopped {
            duration_ms: ledger.duration().millis(),
            parts,
            size: ledger.size(),
            frames_captured: self.health.frames_captured,
            frames_encoded: self.health.frames_encoded,
            frames_dropped: self.health.frames_dropped,
            requested_at_ms: asked.at_ms(),
            requested_unix_us: asked.wall.micros(),
            report,
        });
        self.apply(Op::Sealed { parts });
    }
}
