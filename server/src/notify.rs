//! Tells waiting tasks that rows of a recording have changed (or of a person's inbox): a part landed, it was renamed, deleted, finished. It carries
//! no data: subscribers read the rows again.
//!
//! Subscribers of this process are told at once. What other processes have to be told is collected here, each recording
//! once however often it changed, and sent by `broadcast`.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::{RecordingId, UserId};
use tokio::sync::watch;

type Senders = HashMap<RecordingId, watch::Sender<u64>>;

#[derive(Debug, Default)]
struct Inner {
    senders: Mutex<Senders>,
    /// Counts changes of any recording.
    any: watch::Sender<u64>,
    /// Recordings of which other processes have not been told yet.
    untold: Mutex<BTreeSet<RecordingId>>,
    /// Whether anybody tells them.
    broadcasts: AtomicBool,
    more: tokio::sync::Notify,
}

/// Cheap to clone; all clones share their subscribers.
#[derive(Debug, Clone, Default)]
pub struct Notify(Arc<Inner>);

/// Hears of changes of one recording. Dropping the last one of a recording frees its entry.
#[derive(Debug)]
pub struct Subscriber {
    recording: RecordingId,
    changes: watch::Receiver<u64>,
    notify: Arc<Inner>,
}

/// Hears of changes of any recording. Keeps no [`Notify`] alive.
#[derive(Debug)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    /// What changed up to now is not heard of again.
    pub fn mark_seen(&mut self) {
        self.0.mark_unchanged();
    }

    /// Resolves at the next change since this was made, last resolved or marked. Cancel-safe.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could say so.
            std::future::pending::<()>().await;
        }
    }
}

impl Notify {
    /// Subscribe first, read the rows second, wait third: then no change is missed.
    pub fn subscribe(&self, recording: RecordingId) -> Subscriber {
        let changes = lock(&self.0.senders)
            .entry(recording)
            .or_default()
            .subscribe();
        Subscriber {
            recording,
            changes,
            notify: Arc::clone(&self.0),
        }
    }

    /// Hears of changes of any recording: what changes one may have queued work.
    pub fn subscribe_all(&self) -> Changes {
        Changes(self.0.any.subscribe())
    }

    /// Another number after each change that this process hears of.
    pub fn generation(&self) -> u64 {
        *self.0.any.borrow()
    }

    /// Says that rows changed, of whichever recording: another process said so and named none.
    pub fn notify_any(&self) {
        self.0.any.send_modify(|n| *n += 1);
    }

    /// Says that rows of this recording changed. Call after the commit.
    pub fn notify(&self, recording: RecordingId) {
        self.notify_here(recording);
        if self.0.broadcasts.load(Ordering::Relaxed) {
            lock(&self.0.untold).insert(recording);
            self.0.more.notify_one();
        }
    }

    /// As [`Self::subscribe`], to what concerns a person. Ids of people and of recordings are never the same (RFC 9562 §6.10), so
    /// both go the same way.
    pub fn subscribe_person(&self, person: UserId) -> Subscriber {
        self.subscribe(RecordingId(person.0))
    }

    /// Says that what concerns a person changed. Call after the commit.
    pub fn notify_person(&self, person: UserId) {
        self.notify(RecordingId(person.0));
    }

    /// The same to subscribers of this process alone: another one said so.
    pub(crate) fn notify_here(&self, recording: RecordingId) {
        self.0.any.send_modify(|n| *n += 1);
        if let Some(sender) = lock(&self.0.senders).get(&recording) {
            sender.send_modify(|n| *n += 1);
        }
    }

    /// To every subscriber of this process: what others said may have been missed.
    pub(crate) fn notify_all_here(&self) {
        self.0.any.send_modify(|n| *n += 1);
        for sender in lock(&self.0.senders).values() {
            sender.send_modify(|n| *n += 1);
        }
    }

    /// From now on what changes is collected for [`Self::untold`].
    pub(crate) fn begin_broadcast(&self) {
        self.0.broadcasts.store(true, Ordering::Relaxed);
    }

    /// Waits until other processes have to be told of a change; answers all of which they have to be told.
    pub(crate) async fn untold(&self) -> BTreeSet<RecordingId> {
        loop {
            let untold = std::mem::take(&mut *lock(&self.0.untold));
            if !untold.is_empty() {
                return untold;
            }
            self.0.more.notified().await;
        }
    }
}

impl Subscriber {
    /// Resolves at the next [`Notify::notify`] after this subscriber was made or last resolved. Cancel-safe.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // Cannot happen while an entry lives as long as its subscribers; the caller's deadline would end the wait.
            std::future::pending::<()>().await;
        }
    }

    /// How many changes there were since the entry was made.
    pub fn count(&self) -> u64 {
        *self.changes.borrow()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let mut senders = lock(&self.notify.senders);
        // This one still counts. Nobody subscribes meanwhile: that takes the lock as well.
        let last = senders
            .get(&self.recording)
            .is_some_and(|sender| sender.receiver_count() <= 1);
        if last {
            senders.remove(&self.recording);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;
    use futures_util::FutureExt as _;

    fn id() -> RecordingId {
        RecordingId::new(Timestamp::from_micros(0), [1; 10])
    }

    #[test]
    fn a_change_between_subscribing_and_waiting_is_not_lost() {
        let notify = Notify::default();
        let mut subscriber = notify.subscribe(id());
        assert!(subscriber.changed().now_or_never().is_none());
        notify.notify(id());
        assert!(subscriber.changed().now_or_never().is_some());
        assert!(subscriber.changed().now_or_never().is_none());
        assert_eq!(subscriber.count(), 1);
    }

    #[test]
    fn a_recording_without_subscribers_takes_no_memory() {
        let notify = Notify::default();
        let (first, second) = (notify.subscribe(id()), notify.subscribe(id()));
        drop(first);
        assert_eq!(lock(&notify.0.senders).len(), 1);
        drop(second);
        assert!(lock(&notify.0.senders).is_empty());
        notify.notify(id());
        assert!(lock(&notify.0.senders).is_empty());
    }

    #[test]
    fn a_change_of_any_recording_is_heard_once_marked_changes_are_not() {
        let notify = Notify::default();
        let mut changes = notify.subscribe_all();
        notify.notify(id());
        assert!(changes.changed().now_or_never().is_some());
        assert!(changes.changed().now_or_never().is_none());
        notify.notify_here(id());
        changes.mark_seen();
        assert!(changes.changed().now_or_never().is_none());
        notify.notify_any();
        assert!(changes.changed().now_or_never().is_some());
    }

    #[test]
    fn other_processes_are_told_once_of_each_recording_that_changed_here() {
        let notify = Notify::default();
        notify.notify(id());
        notify.begin_broadcast();
        notify.notify(id());
        notify.notify(id());
        notify.notify_here(RecordingId::new(Timestamp::from_micros(0), [2; 10]));
        let untold = notify.untold().now_or_never();
        assert_eq!(untold, Some(BTreeSet::from([id()])));
        assert!(notify.untold().now_or_never().is_none());
    }
}
