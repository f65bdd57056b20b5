//! From the encoders to the disk, and the closing of the devices.

use std::thread::Builder;

use crossbeam_channel::{bounded, never};

use super::Stage;
use crate::pipeline::{Output, SealedPart, Summary};
use crate::session::notice::{Notice, PartState};
use crate::session::state::{Cause, Event};
use crate::session::words;
use crate::spool::{NewPart, SpoolError};

impl Stage<'_> {
    /// Takes in what comes off the encoders.
    pub(super) fn take_in(&mut self, output: Output) {
        match output {
            Output::Part(part) => self.spool_part(&part),
            Output::Alarm(alarm) => {
                self.audience.hear(&Notice::Alarm {
                    code: words::alarm(&alarm),
                    message: alarm.to_string(),
                });
            }
            Output::Ended(reason) => {
                self.audience.hear(&Notice::Alarm {
                    code: "capture_ended",
                    message: reason.to_string(),
                });
                self.happened(Event::CaptureEnded);
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
                self.audience.hear(&words::part(&entry, PartState::Sealed));
            }
            Err(error) => {
                let full = matches!(error, SpoolError::Full { .. });
                self.disk_failed = Some(error);
                self.happened(Event::DiskFailed { full });
            }
        }
    }

    /// Closes the devices on a thread of their own: the last parts have to be taken in meanwhile.
    pub(super) fn close(&mut self, cause: Cause) {
        self.stop_asked = Some(self.given.world.now());
        let message = self
            .disk_failed
            .as_ref()
            .map(|e| words::disk(e, self.recording.take().id));
        self.audience.hear(&Notice::Stopping {
            why: words::cause(cause),
            message,
        });
        let Some(pipeline) = self.pipeline.take() else {
            return;
        };
        let (say_closed, closed) = bounded(1);
        let stop = move || {
            let _ = say_closed.send(pipeline.stop());
        };
        // Where there is no thread to be had, the pipeline is dropped, which stops it as well.
        self.closing = Builder::new().name("stop".to_owned()).spawn(stop).ok();
        self.closed = closed;
    }

    /// The devices are closed: takes in what they still said, and ends the take on disk.
    pub(super) fn sealed(&mut self, summary: Option<Summary>) {
        self.closed = never();
        while let Ok(output) = self.parts.try_recv() {
            self.take_in(output);
        }
        self.parts = never();
        if let Some(closing) = self.closing.take() {
            let _ = closing.join();
        }
        if let Some(summary) = summary {
            self.health = summary.health;
        }
        // Should this line not fit on the disk any more, the take ends at its last part all the same.
        let _ = self.recording.end(self.given.world.wall.now());
        self.ledger.send_modify(|ledger| ledger.ended = true);
        let ledger = self.recording.ledger();
        let (parts, asked) = (
            ledger.len(),
            self.stop_asked.unwrap_or_else(|| self.given.world.now()),
        );
        self.audience.hear(&Notice::Stopped {
            duration_ms: ledger.duration().millis(),
            parts,
            size: ledger.size(),
            frames_captured: self.health.frames_captured,
            frames_encoded: self.health.frames_encoded,
            frames_dropped: self.health.frames_dropped,
            requested_at_ms: asked.at_ms(),
            requested_unix_us: asked.wall.micros(),
        });
        self.happened(Event::Sealed { parts });
    }
}
