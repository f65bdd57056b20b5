//! From the encoders to the disk, and the closing of the devices.

use crossbeam_channel::never;

use super::TakeRunner;
use crate::pipeline::{EndReason, Output, SealedPart, Summary};
use crate::session::messages;
use crate::session::notice::{Notice, PartState};
use crate::session::state::{Cause, Event};
use crate::spool::{NewPart, SpoolError};

/// Parts that may still be on their way when the take is stopped because it has too many.
const PARTS_RESERVED: u32 = 256;

impl TakeRunner<'_> {
    /// Takes in what comes off the encoders.
    pub(super) fn handle_output(&mut self, output: Output) {
        match output {
            Output::Part(part) => self.spool_part(&part),
            Output::Alarm(alarm) => {
                self.observer.notice(&Notice::Alarm {
                    code: messages::alarm(&alarm),
                    message: alarm.to_string(),
                });
            }
            Output::Ended(EndReason::WindowClosed) => {
                self.observer.notice(&Notice::Alarm {
                    code: "window_closed",
                    message: EndReason::WindowClosed.to_string(),
                });
                self.apply(Event::WindowClosed);
            }
            Output::Ended(reason) => {
                self.observer.notice(&Notice::Alarm {
                    code: "capture_ended",
                    message: reason.to_string(),
                });
                self.apply(Event::CaptureEnded);
            }
        }
    }

    /// To disk, and only then to the uploader.
    fn spool_part(&mut self, part: &SealedPart) {
        if self.disk_failed.is_some() {
            return;
        }
        let new = NewPart {
            track: part.track,
            number: part.number,
            start: part.start,
            duration: part.duration,
            independent: part.independent,
            bytes: &part.bytes,
        };
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
                    self.apply(Event::TooLong);
                }
            }
            Err(error) => {
                let full = matches!(error, SpoolError::Full { .. });
                self.disk_failed = Some(error);
                self.apply(Event::DiskFailed { full });
            }
        }
    }

    /// Begins to close the devices.
    pub(super) fn close(&mut self, cause: Cause) {
        self.stop_requested = Some(self.context.world.now());
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
        let Some(pipeline) = self.pipeline.take() else {
            return;
        };
        if let Some(upload) = &self.upload {
            // What follows are the last parts, not a pause.
            upload.paused(false);
        }
        self.closer.close(pipeline);
    }

    /// The devices are closed: takes in what they still said, and ends the take on disk.
    pub(super) fn sealed(&mut self, summary: Option<Summary>) {
        while let Ok(output) = self.parts.try_recv() {
            self.handle_output(output);
        }
        self.parts = never();
        self.closer.join();
        if let Some(summary) = summary {
            self.health = summary.health;
        }
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
        });
        self.apply(Event::Sealed { parts });
    }
}
