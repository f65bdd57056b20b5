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
pub struct Waiter(watch::Receiver<u64>);

impl Waiter {
    /// Resolves at the next [`Hub::touch`] after this waiter was made or last resolved. Cancel-safe.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The hub is gone, so nothing will ever change: the caller's own deadline ends the wait.
            std::future::pending::<()>().await;
        }
    }
}

impl Hub {
    /// Subscribe first, read the rows second, wait third: then nothing falls between.
    pub fn waiter(&self, recording: RecordingId) -> Waiter {
        Waiter(self.lock().entry(recording).or_default().subscribe())
    }

    /// Says that rows of this recording changed. Call after the commit.
    pub fn touch(&self, recording: RecordingId) {
        let mut map = self.lock();
        let Some(sender) = map.get(&recording) else {
            return;
        };
        if sender.receiver_count() == 0 {
            map.remove(&recording);
        } else {
            sender.send_modify(|n| *n += 1);
        }
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
        drop(hub.waiter(id));
        hub.touch(id);
        assert!(hub.lock().is_empty());
    }
}
