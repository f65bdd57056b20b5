//! A take that is not to be kept as it is: cancelled, or begun anew.

use std::time::Duration;

use super::TakeRunner;
use crate::http::Http;
use crate::session::messages;
use crate::session::notice::{KeptWhy, LeftOnServer, Notice};
use crate::session::state::Ending;
use crate::session::uplink::Uplink;
use crate::spool::{Leaving, TRASH_MICROS};
use crate::upload::{Client, Removed, cancel};

/// How long the end of a cancelled take may be put off for its server. What does not get through is done at the next start.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);

impl TakeRunner<'_> {
    pub(super) fn discard(&mut self, ending: Ending) {
        // Before it is removed on the server, nobody must send anything there any more.
        self.upload = None;
        let ledger = self.recording.ledger();
        let (id, parts, duration) = (self.recording.take().id, ledger.made(), ledger.duration());
        let now = self.context.world.wall.now();
        let http = match self.context.uplink {
            Uplink::Ready(http) => Some(http),
            Uplink::Local { .. } => None,
        };
        let leaving = if ending == Ending::Cancelled || parts == 0 {
            Leaving::Delete
        } else {
            Leaving::Trash(now)
        };
        let held = self.recording.held();
        if let Err(error) = held.discard(leaving, http.map(Http::address)) {
            let kept = messages::Kept {
                id,
                duration,
                server: None,
                trouble: None,
                parts,
                received: 0,
                missing: 0,
            };
            let message = messages::kept(KeptWhy::NotDiscarded, &kept);
            self.observer.notice(&Notice::Kept {
                id,
                why: KeptWhy::NotDiscarded,
                parts,
                received: 0,
                missing: 0,
                message: format!("{error}. {message}"),
            });
            return;
        }
        let notice = match leaving {
            _ if ending == Ending::Cancelled => Notice::Cancelled {
                id,
                server: http.map_or(LeftOnServer::NoServer, |http| self.cancel_now(http)),
            },
            Leaving::Trash(at) => {
                self.cancel_meanwhile(http);
                Notice::Trashed {
                    id,
                    parts,
                    duration_ms: duration.millis(),
                    expires_unix_us: at.micros().saturating_add(TRASH_MICROS),
                }
            }
            Leaving::Delete => {
                self.cancel_meanwhile(http);
                Notice::Nothing { id }
            }
        };
        self.observer.notice(&notice);
    }

    /// Waits for the server, but not for long.
    fn cancel_now(&self, http: &Http) -> LeftOnServer {
        let id = self.recording.take().id;
        let client = Client::new(http.clone(), id);
        let answer = self
            .context
            .runtime
            .block_on(async { tokio::time::timeout(CANCEL_TIMEOUT, cancel(&client)).await });
        let left = match answer {
            Ok(Ok(Removed::ForGood)) => LeftOnServer::Nothing,
            Ok(Ok(Removed::ToTrash)) => LeftOnServer::InTrash,
            Ok(Err(_)) | Err(_) => return LeftOnServer::ToldLater,
        };
        // The note outlives a disk that fails now; then the server is asked once more.
        let _ = self.context.spool.forget_cancellation(id);
        left
    }

    /// The take that follows does not wait for the server.
    fn cancel_meanwhile(&self, http: Option<&Http>) {
        let Some(http) = http else { return };
        let id = self.recording.take().id;
        let (client, spool) = (Client::new(http.clone(), id), self.context.spool.clone());
        self.context.runtime.spawn(async move {
            if cancel(&client).await.is_ok() {
                let forget = move || spool.forget_cancellation(id);
                let _ = tokio::task::spawn_blocking(forget).await;
            }
        });
    }
}
