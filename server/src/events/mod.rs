//! The live half of events: whoever listens to a recording hears of each new row once, in order.
//!
//! One poller a process reads new rows while somebody listens: at once when this process wrote them or another one said so
//! (`broadcast`), else within [`POLL_INTERVAL`]. Each recording has a cursor of its own, because numbers are in order only within
//! a recording. Queues are bounded: who reads too slowly is cut off and resumes by the number of the last event it saw.
//!
//! Whether a take is interrupted is a matter of time, not of rows. The poller looks at
//! each watched recording once a second and says when its state changed; these messages are not
//! stored and carry no number. It also cuts off who may not watch any more.

mod poller;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::domain::access::Reader;
use crate::domain::event::{Event, EventKind};
use crate::notify;
use crate::store::Store;
use crate::track_cache::TrackCache;

/// How often rows are looked for that other processes wrote without a word.
pub const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Messages a listener may be behind.
const QUEUE: usize = 256;

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Message {
    /// A row of `events`.
    Stored(Arc<Event>),
    /// Something that is true now and has no row.
    Passing(EventKind, Arc<Value>),
}

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Events(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    tracks: TrackCache,
    notify: notify::Notify,
    listeners: Mutex<Listeners>,
    /// Recordings that have new rows.
    changed: Mutex<BTreeSet<RecordingId>>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Listeners {
    of: HashMap<RecordingId, Watched>,
    /// Whether a poller runs.
    polled: bool,
}

/// A recording somebody listens to.
#[derive(Debug)]
struct Watched {
    /// Number of the last row that was handed out.
    after: i64,
    all: Vec<Listener>,
    /// Hears for all of them that the recording changed.
    _news: News,
}

/// Ends with the last listener of a recording.
#[derive(Debug)]
struct News(JoinHandle<()>);

impl Drop for News {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
struct Listener {
    reader: Reader,
    queue: mpsc::Sender<Message>,
    /// Whether it was told the state of the recording.
    greeted: bool,
}

/// One listener's end. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    queue: mpsc::Receiver<Message>,
    events: Events,
}

impl Subscription {
    /// The next message; `None` when the listener was too slow or may not watch any more. Cancel-safe.
    pub async fn next(&mut self) -> Option<Message> {
        self.queue.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // So that the poller ends with its last listener, not a period later.
        self.queue.close();
        self.events.0.wake.notify_one();
    }
}

impl Events {
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        tracks: TrackCache,
        notify: notify::Notify,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            tracks,
            notify,
            listeners: Mutex::default(),
            changed: Mutex::default(),
            wake: Notify::new(),
        }))
    }

    /// Listens to a recording that `reader` may watch. `newest` is [`crate::store::watch::Asked::newest_event`], read before:
    /// every row of the recording with a larger number that this process has not seen yet will be heard. What came between
    /// must be read after this returned; rows may come twice. The first look of the poller tells the state of the recording.
    pub fn subscribe(&self, recording: RecordingId, reader: Reader, newest: i64) -> Subscription {
        let (sender, queue) = mpsc::channel(QUEUE);
        let mut listeners = self.lock();
        let watched = listeners.of.entry(recording).or_insert_with(|| Watched {
            after: newest,
            all: Vec::new(),
            _news: self.hear(recording),
        });
        watched.all.push(Listener {
            reader,
            queue: sender,
            greeted: false,
        });
        if !listeners.polled {
            listeners.polled = true;
            tokio::spawn(poller::run(self.clone()));
        }
        drop(listeners);
        self.0.wake.notify_one();
        Subscription {
            queue,
            events: self.clone(),
        }
    }

    /// Listeners need not be woken to learn that there is nothing for them yet.
    fn hear(&self, recording: RecordingId) -> News {
        let (mut news, events) = (self.0.notify.subscribe(recording), self.clone());
        News(tokio::spawn(async move {
            loop {
                news.changed().await;
                events.look_for(recording);
            }
        }))
    }

    /// Looks for new rows of a recording now.
    pub fn look_for(&self, recording: RecordingId) {
        self.changed().insert(recording);
        self.0.wake.notify_one();
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<RecordingId>> {
        self.0
            .changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
