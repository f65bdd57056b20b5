//! The last words, and what becomes of the folder.

use std::time::Duration;

use super::Stage;
use crate::session::notice::{KeptWhy, Notice};
use crate::session::run::Outcome;
use crate::session::state::Ending;
use crate::session::uplink::Uplink;
use crate::session::words;
use crate::spool::Permit;
use crate::upload::Client;

/// How long the end may be put off for taking back an empty recording.
const TAKE_BACK: Duration = Duration::from_secs(3);

impl Stage<'_> {
    /// Tells how the take ended.
    pub(in crate::session) fn wrap_up(mut self, ending: Ending) -> Outcome {
        let ledger = self.recording.ledger();
        let (parts, duration, id) = (ledger.len(), ledger.duration(), self.recording.take().id);
        let link = self.link.clone();
        match self.kept_why(ending) {
            None if ending == Ending::Uploaded => {
                let (url, duration_ms) = (link.clone().unwrap_or_default(), duration.millis());
                self.audience.hear(&Notice::Uploaded {
                    id,
                    url,
                    parts,
                    missing: 0,
                    duration_ms,
                });
            }
            None => self.take_back(),
            Some(why) => {
                let received = self.upload.as_ref().map_or(0, |u| u.received);
                let trouble = self.upload.as_ref().and_then(|u| u.trouble.as_deref());
                let server = self.given.uplink.server();
                let message = words::kept(
                    why,
                    &words::Kept {
                        id,
                        duration,
                        server,
                        trouble,
                        parts,
                        received,
                    },
                );
                self.audience.hear(&Notice::Kept {
                    id,
                    why,
                    parts,
                    received,
                    message,
                });
            }
        }
        if let Some(permit) = self.proved.take() {
            // Told first, since thousands of files take a moment. What cannot be deleted now is deleted when the
            // next start has it proved again.
            let _ = self.recording.held().delete(permit);
        }
        Outcome {
            id,
            ending,
            cause: self.state.cause,
            link,
            parts,
            duration,
        }
    }

    fn kept_why(&self, ending: Ending) -> Option<KeptWhy> {
        Some(match ending {
            Ending::Uploaded | Ending::Nothing => return None,
            Ending::StaysHere => match self.given.uplink {
                Uplink::Local { why, .. } => *why,
                Uplink::Ready(_) => KeptWhy::NoServer,
            },
            Ending::SignedOut => KeptWhy::SignedOut,
            Ending::Refused => KeptWhy::Refused,
            Ending::NoAnswer => KeptWhy::NoAnswer,
            Ending::Left => KeptWhy::Left,
        })
    }

    /// Leaves nothing of an empty take, here or on the server.
    fn take_back(&mut self) {
        // Before it is deleted on the server, nobody must create it there again.
        self.upload = None;
        if let Uplink::Ready(http) = self.given.uplink {
            let client = Client::new(http.clone(), self.recording.take().id);
            // A server that does not answer keeps a recording without a picture; it shows as interrupted.
            let _ = self
                .given
                .runtime
                .block_on(async { tokio::time::timeout(TAKE_BACK, client.delete()).await });
        }
        if let Some(permit) = Permit::nothing_recorded(self.recording.ledger()) {
            let _ = self.recording.held().delete(permit);
        }
        let id = self.recording.take().id;
        self.audience.hear(&Notice::Nothing { id });
    }
}
