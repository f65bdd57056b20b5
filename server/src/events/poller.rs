//! The loop that reads new rows and looks at watched recordings. It runs while somebody listens.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aside_protocol::id::{RecordingId, TokenId, UserId};
use aside_protocol::recording::RecordingState;
use aside_protocol::time::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::MissedTickBehavior;

use super::{Events, Listener, Message, POLL_INTERVAL, Watched};
use crate::domain::access::{Standing, Viewer};
use crate::domain::event::{Event, EventKind, RecordingNews};
use crate::domain::recording::Recording;
use crate::domain::sharing::Audience;
use crate::store::Result;

/// Rows read at once.
const BATCH: u32 = 500;
/// Every how many periods each recording somebody listens to is looked at.
const LOOK_EVERY: u32 = 4;

/// What this poller knows from its earlier rounds.
struct Poller {
    events: Events,
    /// Number of the last row that was seen of any recording; none before the first round.
    after: Option<i64>,
    known: HashMap<RecordingId, RecordingState>,
    /// Of those who listen, whose account counts and whose does not; as old as the last look at all recordings.
    present: BTreeSet<UserId>,
    absent: BTreeSet<UserId>,
}

/// Hands out new rows until nobody listens.
pub(super) async fn run(events: Events) {
    let mut guard = CutOffOnPanic {
        events: events.clone(),
        armed: true,
    };
    let mut poller = Poller {
        events,
        after: None,
        known: HashMap::new(),
        present: BTreeSet::new(),
        absent: BTreeSet::new(),
    };
    let mut ticks = tokio::time::interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0;
    while !poller.is_idle() {
        let due = tokio::select! {
            () = poller.events.0.wake.notified() => Due::Changed,
            _ = ticks.tick() => {
                count = (count + 1) % LOOK_EVERY;
                if count == 0 { Due::All } else { Due::New }
            }
        };
        if let Err(cause) = poller.round(due).await {
            tracing::warn!(%cause, "events: could not read what is new; trying again");
        }
    }
    guard.armed = false;
}

/// Which recordings a round reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Those that were said to have changed, and those with listeners that know nothing yet.
    Changed,
    /// Those with rows that nobody told of as well.
    New,
    /// Every one somebody listens to.
    All,
}

/// If the poller panics, its listeners are cut off: they come back and start another.
struct CutOffOnPanic {
    events: Events,
    armed: bool,
}

impl Drop for CutOffOnPanic {
    fn drop(&mut self) {
        if self.armed {
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
        listeners.of.retain(|_, watched| {
            watched.all.retain(|l| !l.queue.is_closed());
            !watched.all.is_empty()
        });
        if listeners.of.is_empty() {
            listeners.polled = false;
        }
        listeners.of.is_empty()
    }

    async fn round(&mut self, due: Due) -> Result<()> {
        let mut wanted = std::mem::take(&mut *self.events.changed());
        if due != Due::Changed {
            wanted.append(&mut self.with_new_rows().await?);
        }
        wanted.extend(self.watched(due == Due::All));
        if due == Due::All {
            self.read_members().await?;
        }
        let mut failure = None;
        for recording in wanted {
            if let Err(cause) = self.bring(recording).await {
                // Read again in the next round.
                self.events.changed().insert(recording);
                failure = Some(cause);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Recordings with rows since the last time. Rows of different recordings may become visible out of order; what that
    /// hides is found when all are looked at.
    async fn with_new_rows(&mut self) -> Result<BTreeSet<RecordingId>> {
        let store = self.events.0.store.clone();
        let mut found = BTreeSet::new();
        let Some(mut after) = self.after else {
            // What is older is read by each listener, and by the first look at its recording.
            self.after = Some(store.newest_event().await?);
            return Ok(found);
        };
        loop {
            let rows = store.recordings_with_events_after(after, BATCH).await?;
            after = rows.last().map_or(after, |(seq, _)| *seq);
            found.extend(rows.iter().map(|(_, recording)| *recording));
            if rows.len() < BATCH as usize {
                break;
            }
        }
        self.after = Some(after);
        Ok(found)
    }

    /// Hands out the new rows of a recording, and its state.
    async fn bring(&mut self, recording: RecordingId) -> Result<()> {
        loop {
            let Some(after) = self.cursor(recording) else {
                return Ok(());
            };
            let store = &self.events.0.store;
            let rows = store
                .recording_events_after(recording, after, BATCH)
                .await?;
            let (count, last) = (rows.len(), rows.last().map_or(after, |row| row.seq));
            let rows: Vec<Arc<Event>> = rows.into_iter().map(Arc::new).collect();
            self.look(recording, &rows).await?;
            // Only now: what fails above is read again, and listeners pass over what they know.
            if let Some(watched) = self.events.lock().of.get_mut(&recording) {
                watched.after = watched.after.max(last);
            }
            if count < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Number of the last row of a recording that was handed out; none where nobody listens.
    fn cursor(&self, recording: RecordingId) -> Option<i64> {
        let listeners = self.events.lock();
        listeners.of.get(&recording).map(|watched| watched.after)
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
        let (named, guests) = match &recording {
            Some(recording) => self.named(recording, now).await?,
            None => (BTreeSet::new(), BTreeSet::new()),
        };
        // An account may be newer than the last look.
        if !self.listening().is_subset(&(&self.present | &self.absent)) {
            self.read_members().await?;
        }
        let mut listeners = self.events.lock();
        let Some(Watched { all, .. }) = listeners.of.get_mut(&id) else {
            return Ok(());
        };
        all.retain_mut(|listener| {
            let reader = &listener.reader;
            let member = reader.viewer.member();
            let standing = Standing {
                named: match reader.viewer {
                    Viewer::Guest(guest) => guests.contains(&guest),
                    _ => member.is_some_and(|it| named.contains(&it)),
                },
                present: member.is_none_or(|it| self.present.contains(&it)),
            };
            let may = recording
                .as_ref()
                .is_some_and(|recording| reader.may_watch(recording, standing, now));
            may && listener.tell(rows, greeting.as_ref(), changed)
        });
        Ok(())
    }

    /// The members and the guests who are named, where that may matter.
    async fn named(
        &self,
        recording: &Recording,
        now: Timestamp,
    ) -> Result<(BTreeSet<UserId>, BTreeSet<TokenId>)> {
        let sharing = &recording.sharing;
        if sharing.audience == Audience::Link && sharing.password.is_none() {
            return Ok((BTreeSet::new(), BTreeSet::new()));
        }
        let store = &self.events.0.store;
        let members = store.named_members(recording.id).await?;
        Ok((members, store.named_guests(recording.id, now).await?))
    }

    /// Who of the listeners has an account that counts.
    async fn read_members(&mut self) -> Result<()> {
        let listening = self.listening();
        let all = if listening.is_empty() {
            BTreeSet::new()
        } else {
            self.events.0.store.present_members().await?
        };
        self.absent = &listening - &all;
        self.present = &listening & &all;
        Ok(())
    }

    /// Who listens and had an account when they began.
    fn listening(&self) -> BTreeSet<UserId> {
        let listeners = self.events.lock();
        let all = listeners.of.values().flat_map(|watched| &watched.all);
        all.filter_map(|it| it.reader.viewer.member()).collect()
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

    fn has_new(&self, id: RecordingId) -> bool {
        self.events
            .lock()
            .of
            .get(&id)
            .is_some_and(|watched| watched.all.iter().any(|l| !l.greeted))
    }

    /// Recordings to look at: all that are watched, or those with listeners that know nothing yet.
    fn watched(&mut self, all: bool) -> Vec<RecordingId> {
        let listeners = self.events.lock();
        self.known.retain(|id, _| listeners.of.contains_key(id));
        let wanted = |watched: &Watched| all || watched.all.iter().any(|l| !l.greeted);
        listeners
            .of
            .iter()
            .filter(|(_, watched)| wanted(watched))
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
