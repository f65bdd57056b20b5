//! The last words, and what becomes of the folder.

use std::time::Duration;

use super::TakeRunner;
use crate::session::messages;
use crate::session::notice::{KeptWhy, Notice};
use crate::session::outcome::Outcome;
use crate::session::state::{Ending, State};
use crate::session::uplink::Uplink;
use crate::spool::Permit;
use crate::upload::Client;

/// How long the end may be put off for deleting an empty recording on the server.
const DELETE_TIMEOUT: Duration = Duration::from_secs(3);

impl TakeRunner<'_> {
    /// Tells how the take ended.
    pub(in crate::session) fn finish(mut self, ending: Ending) -> (Outcome, State) {
        let ledger = self.recording.ledger();
        let (parts, duration, id) = (ledger.made(), ledger.duration(), self.recording.take().id);
        let link = self.link.clone();
        if ending == Ending::Damaged {
            let note = u32::try_from(self.missing).unwrap_or(u32::MAX);
            // A hint for `aside takes`; the next attempt finds out again.
            let _ = self.recording.held().note_damage(note);
        }
        match self.kept_why(ending) {
            None if ending == Ending::Uploaded => {
                let (url, duration_ms) = (link.clone().unwrap_or_default(), duration.millis());
                let report = self.report.take();
                self.observer.notice(&Notice::Uploaded {
                    id,
                    url,
                    parts,
                    missing: self.missing,
                    duration_ms,
                    report,
                });
            }
            None if ending == Ending::Nothing => self.delete_empty_take(),
            None => self.discard(ending),
            Some(why) => {
                let received = self.upload.as_ref().map_or(0, |u| u.received);
                let trouble = self.upload.as_ref().and_then(|u| u.trouble.as_deref());
                let server = self.context.uplink.server();
                let missing = self.missing;
                let message = messages::kept(
                    why,
                    &messages::Kept {
                        id,
                        duration,
                        server,
                        trouble,
                        parts,
                        received,
                        missing,
                    },
                );
                self.observer.notice(&Notice::Kept {
                    id,
                    why,
                    parts,
                    received,
                    missing,
                    message,
                });
            }
        }
        if let Some(permit) = self.proved.take() {
            // Told first, since thousands of files take a moment. What cannot be deleted now is deleted when the
            // next start has it proved again.
            let _ = self.recording.held().delete(permit);
        }
        let outcome = Outcome {
            id,
            ending,
            cause: self.state.cause,
            link,
            parts,
            duration,
            failed_encoders: self.failed_encoders,
        };
        (outcome, self.state)
    }

    fn kept_why(&self, ending: Ending) -> Option<KeptWhy> {
        Some(match ending {
            Ending::Uploaded
            | Ending::Nothing
            | Ending::Cancelled
            | Ending::Trashed { .. }
            | Ending::NotBegun => return None,
            Ending::StaysHere => match self.context.uplink {
                Uplink::Local { why, .. } => *why,
                Uplink::Ready(_) => KeptWhy::NoServer,
            },
            Ending::SignedOut => KeptWhy::SignedOut,
            Ending::Refused => KeptWhy::Refused,
            Ending::Damaged => KeptWhy::Damaged,
            Ending::NoAnswer => KeptWhy::NoAnswer,
            Ending::Left => KeptWhy::Left,
        })
    }

    /// Leaves nothing of a take without a part, here or on the server. A part that could not be made durable but lies
    /// there all the same is not nothing: such a take stays.
    fn delete_empty_take(&mut self) {
        // Before it is deleted on the server, nobody must create it there again.
        self.upload = None;
        let id = self.recording.take().id;
        let folder = &self.recording.held().folder;
        match Permit::nothing_recorded(folder) {
            Ok(Some(permit)) => {
                if let Uplink::Ready(http) = self.context.uplink {
                    let client = Client::new(http.clone(), id);
                    // A server that does not answer keeps a recording without a picture; it shows as interrupted.
                    let _ = self.context.runtime.block_on(async {
                        tokio::time::timeout(DELETE_TIMEOUT, client.delete()).await
                    });
                }
                let _ = self.recording.held().delete(permit);
                self.observer.notice(&Notice::Nothing { id });
            }
            Ok(None) | Err(_) => self.observer.notice(&Notice::Kept {
                id,
                why: KeptWhy::Damaged,
                parts: 0,
                received: 0,
                missing: 0,
                message: format!(
                    "What was recorded did not safely reach the disk; what there is of it lies in {}. `aside takes \
                     resume` tries to bring it to the server",
                    folder.path().display()
                ),
            }),
        }
    }
}
