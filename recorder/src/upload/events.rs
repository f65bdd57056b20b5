//! What the uploader tells whoever waits for it, in a bounded queue from the network's thread to another one.
//!
//! The reader is a thread that waits on several channels at once, the writer a task that must not block its thread. So
//! each event carries a permit of a semaphore with it: a task waits for the permit, and reading the event gives it back.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::Audience;
use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::plan::Key;

/// Events that wait to be read; the uploader waits with more.
const QUEUED: usize = 4096;

/// What happened to an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server knows the recording; this is how it writes its link, and who may open it (older servers do not say).
    Created {
        url: String,
        audience: Option<Audience>,
    },
    /// The server is older and takes no track of events; the upload goes on without it.
    EventsRefused,
    /// The server holds the part and promised to keep it. Told once a part.
    Received(Key),
    /// Nothing gets through at the moment.
    Retrying {
        what: String,
        next_try: Duration,
        failures: u32,
    },
    /// Things get through again.
    Reconnected,
}

/// An event that was read or waits to be.
#[derive(Debug)]
pub struct QueuedEvent {
    pub event: Event,
    /// Its place in the queue.
    _place: OwnedSemaphorePermit,
}

/// The uploader's end of the queue.
#[derive(Debug, Clone)]
pub struct Events {
    places: Arc<Semaphore>,
    queue: Sender<QueuedEvent>,
}

/// The reader's end. When it is dropped, the uploader waits for nobody any more.
#[derive(Debug)]
pub struct EventReader {
    pub queue: Receiver<QueuedEvent>,
    places: Arc<Semaphore>,
}

impl Drop for EventReader {
    fn drop(&mut self) {
        // What is left in the queue would hold its permits for as long as the uploader lives.
        self.places.close();
    }
}

impl Events {
    pub fn queue() -> (Self, EventReader) {
        Self::with_capacity(QUEUED)
    }

    fn with_capacity(places: usize) -> (Self, EventReader) {
        let (sender, queue) = bounded(places);
        let places = Arc::new(Semaphore::new(places));
        let reader = EventReader {
            queue,
            places: Arc::clone(&places),
        };
        let events = Self {
            places,
            queue: sender,
        };
        (events, reader)
    }

    /// Waits for a place in the queue. Returns at once when nobody reads any more: the upload goes on without a listener.
    pub(super) async fn send(&self, event: Event) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        // There are as many permits as places, so that the queue is full for nobody who has one.
        let _ = self.queue.try_send(QueuedEvent {
            event,
            _place: place,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_is_waited_for_without_blocking_the_thread() {
        let (events, reader) = Events::with_capacity(1);
        events.send(Event::Reconnected).await;
        let created = Event::Created {
            url: String::new(),
            audience: None,
        };
        let waiting = tokio::spawn({
            let (events, created) = (events.clone(), created.clone());
            async move { events.send(created).await }
        });
        // The test and the task share one thread: that this goes on shows that the task does not hold it.
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        assert_eq!(reader.queue.try_recv().unwrap().event, Event::Reconnected);
        waiting.await.unwrap();
        assert_eq!(reader.queue.try_recv().unwrap().event, created);
    }

    #[tokio::test]
    async fn an_upload_that_nobody_listens_to_goes_on() {
        let (events, reader) = Events::with_capacity(1);
        events.send(Event::Reconnected).await;
        drop(reader);
        events.send(Event::Reconnected).await;
        events.send(Event::Reconnected).await;
    }
}
