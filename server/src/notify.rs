//! Tells waiting tasks of this process that rows of a recording have changed: a part landed, it was renamed, deleted,
//! finished. It carries no data: subscribers read the rows again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::RecordingId;
use tokio::sync::watch;

type Senders = Mutex<HashMap<RecordingId, watch::Sender<u64>>>;

/// Cheap to clone; all clones share their subscribers.
#[derive(Debug, Clone, Default)]
pub struct Notify(Arc<Senders>);

/// Hears of changes of one recording. Dropping the last one of a recording frees its entry.
#[derive(Debug)]
pub struct Subscriber {
    recording: RecordingId,
    changes: watch::Receiver<u64>,
    senders: Arc<Senders>,
}

impl Notify {
    /// Subscribe first, read the rows second, wait third: then no change is missed.
    pub fn subscribe(&self, recording: RecordingId) -> Subscriber {
        let changes = lock(&self.0).entry(recording).or_default().subscribe();
        Subscriber {
            recording,
            changes,
            senders: Arc::clone(&self.0),
        }
    }

    /// Says that rows of this recording changed. Call after the commit.
    pub fn notify(&self, recording: RecordingId) {
        if let Some(sender) = lock(&self.0).get(&recording) {
            sender.send_modify(|n| *n += 1);
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
        let mut senders = lock(&self.senders);
        // This one still counts. Nobody subscribes meanwhile: that takes the lock as well.
        let last = senders
            .get(&self.recording)
            .is_some_and(|sender| sender.receiver_count() <= 1);
        if last {
            senders.remove(&self.recording);
        }
    }
}

fn lock(senders: &Senders) -> MutexGuard<'_, HashMap<RecordingId, watch::Sender<u64>>> {
    senders.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert_eq!(lock(&notify.0).len(), 1);
        drop(second);
        assert!(lock(&notify.0).is_empty());
        notify.notify(id());
        assert!(lock(&notify.0).is_empty());
    }
}
