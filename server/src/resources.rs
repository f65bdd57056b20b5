//! What use cases and jobs work with, opened once a process. Cheap to clone.

use std::sync::Arc;

use aside_protocol::time::Timestamp;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::notify::Notify;
use crate::objects::Objects;
use crate::store::Store;

#[derive(Debug, Clone)]
pub struct Resources {
    pub store: Store,
    pub objects: Objects,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Wakes what waits in this process for rows of a recording.
    pub notify: Notify,
    /// Whether mails are sent: without a mail server none are queued.
    pub mails: bool,
}

impl Resources {
    pub fn new(
        store: Store,
        objects: Objects,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            store,
            objects,
            clock,
            entropy,
            notify: Notify::default(),
            mails: false,
        }
    }

    /// The same, where mails are sent or are not.
    #[must_use]
    pub fn mailing(self, mails: bool) -> Self {
        Self { mails, ..self }
    }

    /// By the wall clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ten random bytes: the entropy of an id, e.g. `CommentId::new(resources.now(), resources.id_entropy())`.
    pub fn id_entropy(&self) -> [u8; 10] {
        self.entropy.array()
    }
}
