//! What the uploader says, and what the take makes of it.

use aside_protocol::recording::TrackName;
use crossbeam_channel::never;

use super::{TakeRunner, millis};
use crate::session::messages;
use crate::session::notice::{Notice, PartState};
use crate::session::state::{Ending, Op};
use crate::session::uplink::Done;
use crate::spool::{covered_by, missing_from};
use crate::upload;

impl TakeRunner<'_> {
    /// `None`: the uploader has said everything.
    pub(super) fn upload_event(&mut self, news: Option<upload::Event>) {
        let now = self.now();
        let Some(upload) = &mut self.upload else {
            return;
        };
        match news {
            None => upload.news = never(),
            Some(upload::Event::Created { url, audience }) => {
                if let Some(audience) = audience {
                    self.observer.notice(&Notice::Audience {
                        audience,
                        confirmed: true,
                    });
                }
                if self.link.as_ref() != Some(&url) {
                    self.show_link(url);
                }
                self.audience_told();
            }
            Some(upload::Event::EventsRefused) => {
                upload.forget(TrackName::Events);
                self.events = None;
                self.state.without_events();
                self.alarm("events_refused", messages::EVENTS_REFUSED.to_owned());
            }
            Some(upload::Event::Received(key)) => {
                upload.received(key, now);
                if let Some(entry) = self.recording.ledger().entry(key.track, key.number) {
                    self.observer
                        .notice(&messages::part(entry, PartState::Received));
                }
            }
            Some(upload::Event::Retrying {
                what,
                next_try,
                failures,
            }) => {
                upload.trouble = Some(what.clone());
                self.observer.notice(&Notice::Retrying {
                    message: what,
                    next_try_ms: millis(next_try),
                    failures,
                });
                self.audience_told();
                self.apply(Op::NetworkAway);
            }
            Some(upload::Event::Reconnected) => {
                upload.reconnected(now);
                self.observer.notice(&Notice::Reconnected);
                self.apply(Op::NetworkBack);
            }
        }
    }

    /// The upload is over. `None`: it broke down without a word.
    pub(super) fn upload_done(&mut self, done: Option<Done>) {
        while let Some(Ok(news)) = self.upload.as_ref().map(|u| u.news.try_recv()) {
            self.upload_event(Some(news.event));
        }
        if let Some(upload) = &mut self.upload {
            upload.done = never();
        }
        let Some(done) = done else {
            return self.apply(Op::UploadClosed(Ending::NoAnswer));
        };
        let proved =
            done.and_then(|receipt| Ok((covered_by(self.recording.ledger(), &receipt)?, receipt)));
        match proved {
            Ok((permit, receipt)) => {
                self.missing = missing_from(self.recording.ledger(), &receipt);
                self.link = Some(receipt.url);
                self.proved = Some(permit);
                self.apply(Op::Uploaded);
            }
            Err(error) => {
                let message = messages::upload_closed(&error);
                self.observer.notice(&Notice::UploadClosed {
                    code: messages::upload_code(&error),
                    message,
                });
                let ending = match error {
                    upload::UploadError::SignIn { .. } => Ending::SignedOut,
                    upload::UploadError::Damaged { lost } => {
                        self.missing = lost;
                        Ending::Damaged
                    }
                    _ => Ending::Refused,
                };
                self.upload_error = Some(error);
                self.audience_told();
                self.apply(Op::UploadClosed(ending));
            }
        }
    }
}
