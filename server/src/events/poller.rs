//! The loop that reads new rows and looks at watched recordings. It runs while somebody listens.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::RecordingState;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::MissedTickBehavior;

use super::{Events, Listener, Message, PERIOD};
use crate::domain::access::{Action, Facts, decide};
use crate::domain::event::{EventKind, RecordingNews};
use crate::domain::recording::Recording;
use crate::store::Result;
use crate::store::events::Event;

/// Rows read at once.
const BATCH: u32 = 500;
/// Every how many periods each watched recording is looked at.
const LOOK_EVERY: u32 = 4;

/// What this poller knows from its earlier rounds.
struct Poller {
    events: Events,
    /// Number of the last row that was handed out.
    after: i64,
    known: HashMap<RecordingId, RecordingState>,
}

/// Hands out rows after number `after` until nobody listens.
pub(super) async fn run(events: Events, after: i64) {
    let mut fuse = Fuse {
        events: events.clone(),
        burnt: true,
    };
    let mut poller = Poller {
        events,
        after,
        known: HashMap::new(),
    };
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0;
    while !poller.is_idle() {
        let look_at_all = tokio::select! {
            () = poller.events.0.wake.notified() => false,
            _ = ticks.tick() => {
                count = (count + 1) % LOOK_EVERY;
                count == 0
            }
        };
        if let Err(cause) = poller.round(look_at_all).await {
            tracing::warn!(%cause, "events: could not read what is new; trying again");
        }
    }
    fuse.burnt = false;
}

/// If the poller panics, its listeners are cut off: they come back and start another.
struct Fuse {
    events: Events,
    burnt: bool,
}

impl Drop for Fuse {
    fn drop(&mut self) {
        if self.burnt {
            let mut listeners = self.events.lock();
            listeners.of.clear();
            listeners.polled = false;
        }
    }
}

impl Poller {
    /// Whether the last listener is gone; then the mark is cleared in the same breath, so that who
    /// comes now starts a new poller.
    fn is_idle(&self) -> bool {
        let mut listeners = self.events.lock();
        listeners.of.retain(|_, all| {
            all.retain(|l| !l.queue.is_closed());
            !all.is_empty()
        });
        if listeners.of.is_empty() {
            listeners.polled = false;
        }
        listeners.of.is_empty()
    }

    async fn round(&mut self, look_at_all: bool) -> Result<()> {
        loop {
            let rows = self.events.0.store.events_after(self.after, BATCH).await?;
            let full = rows.len() >= BATCH as usize;
            let mut news: BTreeMap<RecordingId, Vec<Arc<Event>>> = BTreeMap::new();
            let last = rows.last().map(|row| row.seq);
            for row in rows {
                news.entry(row.recording).or_default().push(Arc::new(row));
            }
            for (recording, rows) in news {
                if self.has_listeners(recording) {
                    self.look(recording, &rows).await?;
                }
            }
            // Only now: what fails above is read again, and listeners pass over what they know.
            self.after = last.unwrap_or(self.after);
            if !full {
                break;
            }
        }
        for recording in self.watched(look_at_all) {
            self.look(recording, &[]).await?;
        }
        Ok(())
    }

    /// Reads the recording, cuts off who may not watch it, and tells the others the new rows and,
    /// if it changed or they are new, the state. Rights are read after the rows: what was said
    /// before a recording was closed may be heard, nothing after.
    async fn look(&mut self, id: RecordingId, rows: &[Arc<Event>]) -> Result<()> {
        let recording = self.events.0.store.recording(id).await?;
        let now = self.events.0.clock.now();
        let state = recording.as_ref().map(|r| r.state(now));
        let changed = state.is_some() && self.known.get(&id) != state.as_ref();
        let greet = changed || self.has_new(id);
        let greeting = match &recording {
            Some(recording) if greet => Some(self.greeting(recording, recording.state(now)).await?),
            _ => None,
        };
        match state {
            Some(state) => self.known.insert(id, state),
            None => self.known.remove(&id),
        };
        let mut listeners = self.events.lock();
        let Some(all) = listeners.of.get_mut(&id) else {
            return Ok(());
        };
        let facts = recording.as_ref().map(Facts::from);
        all.retain_mut(|listener| {
            let may = facts
                .as_ref()
                .is_some_and(|f| decide(&listener.viewer, Action::Watch, f).is_ok());
            may && listener.tell(rows, greeting.as_ref(), changed)
        });
        Ok(())
    }

    async fn greeting(&self, recording: &Recording, state: RecordingState) -> Result<Message> {
        let inner = &self.events.0;
        let view = inner.tracks.view(recording.id).await?;
        let news = RecordingNews {
            state,
            duration_ms: view.map_or(0, |view| view.length_ms()),
            title: recording.title.clone(),
        };
        let data = serde_json::to_value(news).unwrap_or_default();
        Ok(Message::Passing(EventKind::Recording, Arc::new(data)))
    }

    fn has_listeners(&self, id: RecordingId) -> bool {
        self.events.lock().of.contains_key(&id)
    }

    fn has_new(&self, id: RecordingId) -> bool {
        self.events
            .lock()
            .of
            .get(&id)
            .is_some_and(|all| all.iter().any(|l| !l.greeted))
    }

    /// Recordings to look at: all that are watched, or those with listeners that know nothing yet.
    fn watched(&mut self, all: bool) -> Vec<RecordingId> {
        let listeners = self.events.lock();
        self.known.retain(|id, _| listeners.of.contains_key(id));
        let wanted = |of: &[Listener]| all || of.iter().any(|l| !l.greeted);
        listeners
            .of
            .iter()
            .filter(|(_, of)| wanted(of))
            .map(|(id, _)| *id)
            .collect()
    }
}

impl Listener {
    /// Queues the messages; false when the listener is gone or too slow.
    fn tell(&mut self, rows: &[Arc<Event>], greeting: Option<&Message>, changed: bool) -> bool {
        let stored = rows.iter().map(|row| Message::Stored(Arc::clone(row)));
        let state = greeting.filter(|_| changed || !self.greeted).cloned();
        self.greeted |= greeting.is_some();
        stored
            .chain(state)
            .all(|message| match self.queue.try_send(message) {
                Ok(()) => true,
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => false,
            })
    }
}
