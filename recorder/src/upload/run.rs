//! The upload of one take, from create to receipt.
//!
//! After any trouble the server is asked again what it holds before more is sent. That
//! one cheap question is the probe of the line, and an answer that was lost on its way costs no
//! part a second journey.

use std::collections::BTreeSet;
use std::sync::Arc;

use aside_protocol::recording::{FIRST_INIT, RecordingState, Sha256, TrackName};
use aside_protocol::upload::{FinishReceipt, RecorderState, RecordingCreated};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::Client;
use super::error::{Failure, Refusal, UploadError, classify};
use super::events::{Event, Events};
use super::heartbeat::heartbeats;
use super::plan::{Key, Plan, Step};
use super::retry::{Policy, Retry};
use crate::entropy::Entropy;
use crate::http::HttpError;
use crate::spool::{Folder, Journal, Ledger, Line, Take};

/// Parts under way at once: enough to fill a long line, few enough to be watched in order.
const CONCURRENCY: usize = 4;

/// Everything one upload needs.
#[derive(Debug)]
pub struct Job {
    pub client: Client,
    /// The server's address, for messages.
    pub server: String,
    pub take: Arc<Take>,
    /// What the recorder does; of a take that is no longer recorded: `Recording`.
    pub state: watch::Receiver<RecorderState>,
    pub folder: Folder,
    /// What lies on disk; grows while the take is recorded.
    pub ledger: watch::Receiver<Ledger>,
    /// Where to note what the server confirmed.
    pub received: Arc<Journal>,
    pub events: Events,
    pub entropy: Arc<dyn Entropy>,
    pub policy: Policy,
}

/// Brings a take to its server. Ends with the receipt, or with an error that waiting does not
/// cure. Dropping the future at any point is safe.
pub async fn upload(job: Job) -> Result<FinishReceipt, UploadError> {
    let (confirm, confirmed) = watch::channel(0);
    let (client, state, every) = (job.client.clone(), job.state.clone(), job.policy.heartbeat);
    tokio::select! {
        ended = run_with_retries(job, confirm) => ended,
        never = heartbeats(&client, state, confirmed, every) => match never {},
    }
}

/// The same, without heartbeats. `confirm` counts the parts that the server confirmed.
async fn run_with_retries(
    mut job: Job,
    confirm: watch::Sender<u64>,
) -> Result<FinishReceipt, UploadError> {
    let mut session = UploadSession::new(&job, confirm);
    loop {
        let failed = match job.run_once(&mut session).await {
            Ok(receipt) => return Ok(receipt),
            Err(Stop::Request(error)) => error,
            Err(Stop::ForGood(error)) => return Err(error),
        };
        let asked = match classify(&failed) {
            Failure::Retry { asked } => asked,
            Failure::CreateFirst if session.created => {
                session.created = false;
                None
            }
            Failure::CreateFirst => return Err(refused(Refusal::NotTaken, failed)),
            Failure::SignIn => return Err(UploadError::SignIn { server: job.server }),
            Failure::Refused(refusal) => return Err(refused(refusal, failed)),
        };
        let next_try = session.retry.failed(job.entropy.chance(), asked);
        job.send(Event::Retrying {
            what: failed.to_string(),
            next_try,
            failures: session.retry.failures(),
        })
        .await;
        tokio::time::sleep(next_try).await;
    }
}

/// What is remembered from one attempt to the next.
struct UploadSession {
    plan: Plan,
    retry: Retry,
    created: bool,
    /// What was told to be received already.
    noted: BTreeSet<Key>,
    confirm: watch::Sender<u64>,
}

/// Why an attempt ended.
enum Stop {
    /// A request failed; [`classify`] knows what that means.
    Request(HttpError),
    /// There is no point in going on.
    ForGood(UploadError),
}

/// What became of one part.
enum Sent {
    Arrived,
    /// A version of the init, and whether it arrived.
    Init(TrackName, u32, Result<(), HttpError>),
    /// The spool does not have it any more as it was written.
    Unreadable,
    Failed(HttpError),
}

impl UploadSession {
    fn new(job: &Job, confirm: watch::Sender<u64>) -> Self {
        let plan = Plan::new(job.take.tracks.iter().map(|t| t.name));
        Self {
            plan,
            retry: Retry::new(job.policy),
            created: false,
            noted: BTreeSet::new(),
            confirm,
        }
    }
}

impl Job {
    /// Create, ask, send, finish; until the first failure.
    async fn run_once(&mut self, session: &mut UploadSession) -> Result<FinishReceipt, Stop> {
        if !session.created {
            let created = self.create(session).await.map_err(Stop::Request)?;
            session.created = true;
            self.send(Event::Created {
                url: created.url,
                audience: created.audience,
            })
            .await;
        }
        let status = self.client.status().await.map_err(Stop::Request)?;
        session.plan.server_holds(&status);
        self.note_held_parts(session).await;
        let doing = *self.state.borrow();
        if (status.state == RecordingState::Paused) != (doing == RecorderState::Paused) {
            // The line, or the recorder before this one, broke off in between.
            let _ = self.client.heartbeat(doing).await;
        }
        self.send_parts(session).await?;
        let mut parts = self.ledger.borrow().finish_request();
        parts.tracks.retain(|track| self.take.has(track.name));
        self.client.finish(&parts).await.map_err(Stop::Request)
    }

    /// A server that does not know the track of events refuses the whole recording: then it is created without them.
    async fn create(&mut self, session: &mut UploadSession) -> Result<RecordingCreated, HttpError> {
        let answer = self.client.create(&self.take.create_request()).await;
        let Err(error) = &answer else { return answer };
        if !self.take.has(TrackName::Events) || !may_be_about_a_track(error) {
            return answer;
        }
        let without = self.take.without(TrackName::Events);
        let created = self.client.create(&without.create_request()).await?;
        self.take = Arc::new(without);
        session.plan.leave_out(TrackName::Events);
        self.send(Event::EventsRefused).await;
        Ok(created)
    }

    /// An answer may have been lost, or an earlier process may have sent these.
    async fn note_held_parts(&self, session: &mut UploadSession) {
        let held: Vec<Key> = session.plan.held(&self.ledger.borrow()).collect();
        for key in held {
            self.note(session, key).await;
        }
    }

    /// Sends parts as they come, until the take has ended and the server confirmed them all.
    async fn send_parts(&mut self, session: &mut UploadSession) -> Result<(), Stop> {
        let mut in_flight = JoinSet::new();
        let mut failure = None;
        loop {
            // Both come from one look at the ledger: a take that ends between two looks would leave nothing to wait for.
            let (step, more_may_come) = if failure.is_some() {
                (Step::Wait, false)
            } else {
                let ledger = self.ledger.borrow_and_update();
                let step = if in_flight.len() >= CONCURRENCY {
                    Step::Wait
                } else {
                    session.plan.next(&ledger)
                };
                (step, !ledger.ended)
            };
            match step {
                Step::Send(key) => {
                    in_flight.spawn(self.send_part(key));
                    continue;
                }
                Step::SendInit(track, version) => {
                    in_flight.spawn(self.send_init(track, version));
                    continue;
                }
                Step::Finish => {
                    return match session.plan.lost(&self.ledger.borrow()) {
                        0 => Ok(()),
                        lost => Err(Stop::ForGood(UploadError::Damaged { lost })),
                    };
                }
                Step::Wait => {}
            }
            if in_flight.is_empty() {
                if let Some(error) = failure {
                    return Err(error);
                }
                self.reconnected(session).await;
            }
            tokio::select! {
                Some(sent) = in_flight.join_next() => match sent {
                    Ok((_, Sent::Init(track, version, sent))) => {
                        session.plan.init_sent(track, version, sent.is_ok());
                        match sent {
                            Ok(()) => self.reconnected(session).await,
                            Err(error) => drop(failure.get_or_insert(Stop::Request(error))),
                        }
                    }
                    Ok((key, Sent::Arrived)) => self.arrived(session, key).await,
                    Ok((key, Sent::Unreadable)) => session.plan.unreadable(key),
                    Ok((key, Sent::Failed(error))) => {
                        session.plan.retry_later(key);
                        failure.get_or_insert(Stop::Request(error));
                    }
                    Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
                },
                changed = self.ledger.changed(), if more_may_come => {
                    if changed.is_err() && !self.ledger.borrow().ended {
                        return Err(Stop::ForGood(UploadError::Abandoned));
                    }
                }
            }
        }
    }

    fn send_init(
        &self,
        track: TrackName,
        version: u32,
    ) -> impl Future<Output = (Key, Sent)> + use<> {
        let client = self.client.clone();
        let ledger = self.ledger.borrow();
        let init = ledger.later_init(track, version).map(<[u8]>::to_vec);
        async move {
            // One that the ledger does not name would be refused with a message that says so.
            let sent = client.put_init(track, version, init.unwrap_or_default());
            let sent = sent.await.map(drop);
            (Key { track, number: 0 }, Sent::Init(track, version, sent))
        }
    }

    /// Reads a part from the spool, checks it and sends it.
    fn send_part(&self, key: Key) -> impl Future<Output = (Key, Sent)> + use<> {
        let (client, folder) = (self.client.clone(), self.folder.clone());
        let entry = self.ledger.borrow().entry(key.track, key.number).copied();
        let expected = entry.map(|e| e.sha256);
        let init = entry.map_or(FIRST_INIT, |e| e.init);
        async move {
            let read = move || {
                folder
                    .read_part(key.track, key.number)
                    .map(|b| (Sha256::of(&b), Bytes::from(b)))
            };
            let sent = match tokio::task::spawn_blocking(read).await {
                Ok(Ok((sha256, bytes))) if Some(sha256) == expected => {
                    match client.put_part(key, init, sha256, bytes).await {
                        Ok(_receipt) => Sent::Arrived,
                        Err(error) => Sent::Failed(error),
                    }
                }
                // Other bytes than were written, or none: whatever the server is sent, it is what was recorded.
                Ok(Ok(_)) => Sent::Unreadable,
                Ok(Err(error)) => {
                    tracing::warn!(%error, part = key.number, track = %key.track, "a part cannot be read: {error}");
                    Sent::Unreadable
                }
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            };
            (key, sent)
        }
    }

    async fn arrived(&self, session: &mut UploadSession, key: Key) {
        self.reconnected(session).await;
        session.plan.received(key);
        session.confirm.send_modify(|confirmed| *confirmed += 1);
        self.note(session, key).await;
    }

    /// Things get through.
    async fn reconnected(&self, session: &mut UploadSession) {
        if session.retry.failures() > 0 {
            session.retry.worked();
            self.send(Event::Reconnected).await;
        }
    }

    /// Tells once that the server has a part.
    async fn note(&self, session: &mut UploadSession, key: Key) {
        if session.noted.insert(key) {
            let received = Arc::clone(&self.received);
            let line = Line::Received {
                track: key.track,
                number: key.number,
            };
            // Not waited for, and not on the network's thread, which a slow disk would stop. A hint for `aside takes`;
            // the server knows better.
            drop(tokio::task::spawn_blocking(move || {
                received.append(&line, false)
            }));
            self.send(Event::Received(key)).await;
        }
    }

    async fn send(&self, event: Event) {
        tracing::debug!(recording.id = %self.take.id, ?event, "upload of {}", self.take.id);
        self.events.send(event).await;
    }
}

/// Whether a recording with other tracks may be taken: the request was understood as far as who asks and for what. A conflict
/// comes from a server that is newer than the one that created the recording without the track.
fn may_be_about_a_track(error: &HttpError) -> bool {
    match error {
        HttpError::Refused(refused) => matches!(refused.status, 400 | 409 | 415 | 422),
        _ => false,
    }
}

fn refused(refusal: Refusal, source: HttpError) -> UploadError {
    UploadError::Refused { refusal, source }
}
