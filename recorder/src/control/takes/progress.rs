//! What is told while an earlier take is brought to its server: the same notices as while
//! recording.

use aside_protocol::id::RecordingId;
use aside_protocol::time::MediaTime;

use super::super::exit::Exit;
use crate::session::{KeptWhy, LineState, Notice, Observer, PartState, Snapshot, messages};
use crate::spool::Recovered;
use crate::upload::{Event, Finished, UploadError};

pub(super) struct ResumeProgress<'a> {
    id: RecordingId,
    observer: &'a mut dyn Observer,
    take: Option<Recovered>,
    received: usize,
    /// Neither readable here nor held by the server, once that is known.
    missing: usize,
    trouble: Option<String>,
}

impl<'a> ResumeProgress<'a> {
    pub(super) fn new(id: RecordingId, observer: &'a mut dyn Observer) -> Self {
        Self {
            id,
            observer,
            take: None,
            received: 0,
            missing: 0,
            trouble: None,
        }
    }

    /// What lies on disk.
    pub(super) fn recovered(&mut self, recovered: &Recovered) {
        let ledger = &recovered.ledger;
        self.observer.notice(&Notice::Recovered {
            id: self.id,
            parts: ledger.made(),
            size: ledger.size(),
            duration_ms: ledger.duration().millis(),
            lost: recovered.lost,
            ended_well: recovered.ended_well,
        });
        self.take = Some(recovered.clone());
    }

    pub(super) fn upload_event(&mut self, event: Event) {
        match event {
            Event::Created { .. } | Event::EventsRefused => {}
            Event::Received(key) => {
                self.received += 1;
                // The server may hold a part that cannot be read here any more; nothing is known of its length.
                let entry = self
                    .take
                    .as_ref()
                    .and_then(|t| t.ledger.entry(key.track, key.number));
                if let Some(entry) = entry {
                    self.observer
                        .notice(&messages::part(entry, PartState::Received));
                }
            }
            Event::Retrying {
                what,
                next_try,
                failures,
            } => {
                let next_try_ms = u64::try_from(next_try.as_millis()).unwrap_or(u64::MAX);
                self.trouble = Some(what.clone());
                self.observer.notice(&Notice::Retrying {
                    message: what,
                    next_try_ms,
                    failures,
                });
            }
            Event::Reconnected => {
                self.trouble = None;
                self.observer.notice(&Notice::Reconnected);
            }
        }
        if let Some(snapshot) = self.snapshot() {
            self.observer.snapshot(&snapshot);
        }
    }

    pub(super) fn done(&mut self, outcome: Result<Finished, UploadError>) -> Exit {
        match outcome {
            Ok(Finished::Uploaded {
                url,
                parts,
                missing,
                duration,
            }) => {
                let duration_ms = duration.millis();
                let report = self.take.as_ref().and_then(|t| t.report.clone());
                self.observer.notice(&Notice::Uploaded {
                    id: self.id,
                    url,
                    parts,
                    missing,
                    duration_ms,
                    report,
                });
                Exit::Ok
            }
            Ok(Finished::Empty) => {
                self.observer.notice(&Notice::Nothing { id: self.id });
                Exit::Ok
            }
            Err(error) => {
                let (code, message) = (
                    messages::upload_code(&error),
                    messages::upload_closed(&error),
                );
                self.observer
                    .notice(&Notice::UploadClosed { code, message });
                let why = match error {
                    UploadError::SignIn { .. } => KeptWhy::SignedOut,
                    UploadError::Damaged { .. } | UploadError::LostAll { .. } => KeptWhy::Damaged,
                    _ => KeptWhy::Refused,
                };
                if let UploadError::Damaged { lost } = error {
                    self.missing = lost;
                }
                self.stays(why);
                Exit::of_kept(why)
            }
        }
    }

    /// The take stays here, for a reason that can be said without knowing more.
    pub(super) fn stays(&mut self, why: KeptWhy) {
        let (parts, duration) = self.take.as_ref().map_or((0, MediaTime::ZERO), |t| {
            (t.ledger.made(), t.ledger.duration())
        });
        let kept = messages::Kept {
            id: self.id,
            duration,
            server: None,
            trouble: self.trouble.as_deref(),
            parts,
            received: self.received,
            missing: self.missing,
        };
        let message = messages::kept(why, &kept);
        self.kept(why, message);
    }

    pub(super) fn kept(&mut self, why: KeptWhy, message: String) {
        let parts = self.take.as_ref().map_or(0, |t| t.ledger.made());
        self.observer.notice(&Notice::Kept {
            id: self.id,
            why,
            parts,
            received: self.received,
            missing: self.missing,
            message,
        });
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let ledger = &self.take.as_ref()?.ledger;
        let length = ledger.duration().millis();
        let unsent = ledger.len().saturating_sub(self.received);
        // Parts are sent in order of time, so that their number is as good as their length.
        let behind_ms = length * i64::try_from(unsent).unwrap_or(0)
            / i64::try_from(ledger.len().max(1)).unwrap_or(1);
        Some(Snapshot {
            state: "uploading",
            muted: false,
            recording: false,
            paused: false,
            media_ms: u64::try_from(length).unwrap_or(0),
            frames_captured: 0,
            frames_encoded: 0,
            frames_dropped: 0,
            camera: None,
            quality_step: 0,
            effort_step: 0,
            mic_level_db: None,
            mic_silent: false,
            system_level_db: None,
            sound_lost_ms: 0,
            parts: ledger.len(),
            size: ledger.size(),
            received: self.received,
            behind_ms,
            upload: LineState::of(self.trouble.is_some(), behind_ms),
        })
    }
}
