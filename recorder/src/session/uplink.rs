//! The upload of the take that is being recorded, seen from the session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_protocol::time::MediaTime;
use aside_protocol::upload::{FinishReceipt, RecorderState};
use crossbeam_channel::{Receiver, bounded};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::notice::KeptWhy;
use super::snapshot::LineState;
use super::state::{Ending, Line};
use super::world::World;
use crate::clock::Mono;
use crate::http::Http;
use crate::spool::{Entry, Ledger, SpoolError, TakeWriter};
use crate::upload::{
    Client, EventReader, Events, Job, Key, Policy, QueuedEvent, UploadError, upload,
};

/// Where a take goes.
#[derive(Debug, Clone)]
pub enum Uplink {
    Ready(Http),
    /// Nowhere for now. `server`: the one whose link is given out all the same.
    Local {
        why: KeptWhy,
        server: Option<String>,
    },
}

impl Uplink {
    /// The server of the link.
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Ready(http) => Some(http.address()),
            Self::Local { server, .. } => server.as_deref(),
        }
    }

    pub(super) const fn line(&self) -> Line {
        match self {
            Self::Ready(_) => Line::Open,
            Self::Local {
                why: KeptWhy::SignedOut,
                ..
            } => Line::Closed(Ending::SignedOut),
            Self::Local { .. } => Line::Off,
        }
    }
}

/// What the end of an upload brings.
pub(super) type Done = Result<FinishReceipt, UploadError>;

/// The upload as it runs. Dropping it leaves the rest to the next start.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) news: Receiver<QueuedEvent>,
    /// Until this is dropped the uploader waits for a reader.
    _reader: EventReader,
    pub(super) done: Receiver<Done>,
    task: AbortHandle,
    /// Told to the server.
    state: watch::Sender<RecorderState>,
    /// Sealed and not received.
    pending: BTreeMap<(TrackName, u32), (MediaTime, u64)>,
    pub(super) received: usize,
    pub(super) trouble: Option<String>,
    last_success: Mono,
}

impl Upload {
    pub(super) fn begin(
        http: &Http,
        recording: &TakeWriter,
        ledger: watch::Receiver<Ledger>,
        world: &World,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, SpoolError> {
        let (tell, reader) = Events::queue();
        let (tell_done, done) = bounded(1);
        let (state, doing) = watch::channel(RecorderState::Recording);
        let job = Job {
            client: Client::new(http.clone(), recording.take().id),
            server: http.address().to_owned(),
            take: Arc::new(recording.take().clone()),
            state: doing,
            folder: recording.held().folder.clone(),
            ledger,
            received: Arc::new(recording.held().received()?),
            events: tell,
            entropy: Arc::clone(&world.entropy),
            policy: Policy::default(),
        };
        let task = runtime.spawn(async move {
            // Nobody waits any more when the person has left.
            let _ = tell_done.send(upload(job).await);
        });
        Ok(Self {
            news: reader.queue.clone(),
            _reader: reader,
            done,
            task: task.abort_handle(),
            state,
            pending: BTreeMap::new(),
            received: 0,
            trouble: None,
            last_success: world.clock.now(),
        })
    }

    /// The take was paused, or goes on.
    pub(super) fn paused(&self, paused: bool) {
        let state = if paused {
            RecorderState::Paused
        } else {
            RecorderState::Recording
        };
        self.state.send_replace(state);
    }

    pub(super) fn sealed(&mut self, entry: &Entry) {
        self.pending
            .insert((entry.track, entry.number), (entry.starts_at(), entry.size));
    }

    /// The server does not take this track.
    pub(super) fn forget(&mut self, track: TrackName) {
        self.pending.retain(|(pending, _), _| *pending != track);
    }

    pub(super) fn received(&mut self, key: Key, now: Mono) {
        self.pending.remove(&(key.track, key.number));
        self.received += 1;
        self.last_success = now;
    }

    pub(super) fn reconnected(&mut self, now: Mono) {
        self.trouble = None;
        self.last_success = now;
    }

    /// How long nothing has got through; zero while things do.
    pub(super) fn unreachable_for(&self, now: Mono) -> Duration {
        match self.trouble {
            Some(_) => now.since(self.last_success),
            None => Duration::ZERO,
        }
    }

    /// Media on this computer, of `length`, that the server has not confirmed.
    pub(super) fn behind_ms(&self, length: MediaTime) -> i64 {
        self.pending
            .values()
            .map(|(start, _)| *start)
            .min()
            .map_or(0, |start| (length - start).millis())
    }

    /// Bytes on this computer that the server has not confirmed.
    pub(super) fn waiting(&self) -> u64 {
        self.pending.values().map(|(_, size)| size).sum()
    }

    pub(super) fn line_state(&self, length: MediaTime) -> LineState {
        LineState::of(self.trouble.is_some(), self.behind_ms(length))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.task.abort();
    }
}
