//! Wakes what waits inside this process: a blocked playlist when a part lands, a changed state.
//! It carries no data: the rows are the truth, the wake-up only says "look again".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::RecordingId;
use tokio::sync::watch;

/// Cheap to clone; all clones are one hub.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Mutex<HashMap<RecordingId, watch::Sender<u64>>>>);

/// Waits for news of one recording.
#[derive(Debug)]
pub struct Waiter {
    recording: RecordingId,
    hub: Hub,
    /// None only while it is dropped.
    news: Option<watch::Receiver<u64>>,
}

impl Drop for Waiter {
    /// The last waiter takes the entry along: nothing may ever touch a recording that is finished.
    fn drop(&mut self) {
        let mut map = self.hub.lock();
        self.news = None;
        if map
            .get(&self.recording)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            map.remove(&self.recording);
        }
    }
}

impl Waiter {
    /// Resolves at the next [`Hub::touch`] after this waiter was made or last resolved. Cancel-safe.
    pub async fn changed(&mut self) {
        let changed = match &mut self.news {
            Some(news) => news.changed().await.is_ok(),
            None => false,
        };
        if !changed {
            // The entry is gone, so nothing will ever change: the caller's own deadline ends the wait.
            std::future::pending::<()>().await;
        }
    }
}

impl Hub {
    /// Subscribe first, read the rows second, wait third: then nothing falls between.
    pub fn waiter(&self, recording: RecordingId) -> Waiter {
        let news = self.lock().entry(recording).or_default().subscribe();
        Waiter {
            recording,
            hub: self.clone(),
            news: Some(news),
        }
    }

    /// Says that rows of this recording changed. Call after the commit.
    pub fn touch(&self, recording: RecordingId) {
        let map = self.lock();
        let Some(sender) = map.get(&recording) else {
            return;
        };
        sender.send_modify(|n| *n += 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RecordingId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;
    use futures_util::FutureExt as _;

    #[test]
    fn a_touch_between_subscribing_and_waiting_is_not_lost() {
        let hub = Hub::default();
        let id = RecordingId::new(Timestamp::from_micros(0), [1; 10]);
        let mut waiter = hub.waiter(id);
        assert!(waiter.changed().now_or_never().is_none());
        hub.touch(id);
        assert!(waiter.changed().now_or_never().is_some());
        assert!(waiter.changed().now_or_never().is_none());
    }

    #[test]
    fn a_recording_nobody_waits_for_costs_nothing() {
        let hub = Hub::default();
        let id = RecordingId::new(Timestamp::from_micros(0), [1; 10]);
        let (one, other) = (hub.waiter(id), hub.waiter(id));
        drop(one);
        assert!(!hub.lock().is_empty());
        drop(other);
        assert!(hub.lock().is_empty(), "without a touch");
        hub.touch(id);
        assert!(hub.lock().is_empty());
    }
}
