//! A server that keeps the upload's promises (docs/PROTOCOL.md) and breaks down on demand. It
//! speaks just enough HTTP/1.1 by hand, so that a test can cut a connection at any byte.

mod answers;
mod wire;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{RecordingState, Sha256, TrackName};
use aside_protocol::timed_event::{TimedEvent, read_events};
use aside_protocol::upload::{CreateRecording, RecorderState};
use tokio::net::TcpListener;

/// How long a test waits for something that should happen at once.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Something in between answers: status, media type, body.
    Proxy(u16, &'static str, &'static str),
    /// Answers with this problem and does nothing.
    Problem(ProblemCode),
    /// Does what was asked, and closes the connection instead of answering.
    LoseAnswer,
    /// Reads half the body and closes the connection.
    CutBody,
    /// Never answers.
    Hang,
    /// Proves less than it holds.
    ShortReceipt,
}

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) fault: Fault,
}

#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) create: Option<CreateRecording>,
    pub(crate) parts: BTreeMap<(TrackName, u32), Vec<u8>>,
    /// Hashes of later inits, by version.
    pub(crate) inits: BTreeMap<(TrackName, u32), Sha256>,
    /// The first part that was sent with each version.
    pub(crate) first_of_init: BTreeMap<(TrackName, u32), u32>,
    pub(crate) finished: bool,
    /// What the recorder said it was doing, in order.
    pub(crate) beats: Vec<RecorderState>,
}

impl Recording {
    /// What the track of events holds, in the order of its parts.
    pub(crate) fn events(&self) -> Vec<TimedEvent> {
        let parts = self
            .parts
            .iter()
            .filter(|((track, _), _)| *track == TrackName::Events);
        parts
            .flat_map(|(_, bytes)| read_events(bytes).unwrap().events)
            .collect()
    }

    fn state(&self) -> RecordingState {
        match (self.finished, self.beats.last()) {
            (true, _) => RecordingState::Finished,
            (false, Some(RecorderState::Paused)) => RecordingState::Paused,
            (false, _) => RecordingState::Recording,
        }
    }
}

type Faults = Box<dyn FnMut(&str, &str) -> Fault + Send>;

pub(crate) struct State {
    pub(crate) seen: Vec<Seen>,
    pub(crate) recordings: BTreeMap<String, Recording>,
    pub(crate) token: String,
    /// Knows neither the track of events nor how to cancel.
    pub(crate) older: bool,
    /// Issues on which it was asked to link a recording, in order.
    pub(crate) asked_to_link: Vec<serde_json::Value>,
    faults: Faults,
    polls: u32,
}

/// Runs until it is dropped; its state outlives it.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<(Mutex<State>, Condvar)>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Decides for each request, by method and path, what goes wrong with it.
    pub(crate) fn with_faults(faults: impl FnMut(&str, &str) -> Fault + Send + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), faults)
    }

    pub(crate) fn at(
        address: SocketAddr,
        faults: impl FnMut(&str, &str) -> Fault + Send + 'static,
    ) -> Self {
        let listener = StdListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            seen: Vec::new(),
            recordings: BTreeMap::new(),
            token: "goodtoken".to_owned(),
            older: false,
            asked_to_link: Vec::new(),
            faults: Box::new(faults),
            polls: 0,
        };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (state, base) = (Arc::clone(&shared), url.clone());
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(wire::converse(stream, Arc::clone(&state), base.clone()));
            }
        });
        Self {
            url,
            shared,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// Waits until something is true of the server.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, so: impl Fn(&State) -> bool) {
        let (state, waited) = self
            .shared
            .1
            .wait_timeout_while(self.state(), TIMEOUT, |state| !so(state))
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{what} did not happen; seen: {:#?}",
            state.seen
        );
    }

    /// How often each part was sent, whatever became of it.
    pub(crate) fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for seen in self
            .state()
            .seen
            .iter()
            .filter(|s| s.path.contains("/parts/"))
        {
            *sent.entry(seen.path.clone()).or_insert(0) += 1;
        }
        sent
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl State {
    /// The one recording there is.
    pub(crate) fn only(&self) -> (&str, &Recording) {
        assert_eq!(self.recordings.len(), 1, "{:?}", self.recordings.keys());
        self.recordings
            .iter()
            .next()
            .map(|(id, r)| (id.as_str(), r))
            .unwrap()
    }
}
