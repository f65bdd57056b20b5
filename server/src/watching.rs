//! What the watching side keeps in memory: nothing that rows do not tell, and nothing that a restart would miss.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use tokio::sync::OnceCell;

use crate::clock::Clock;
use crate::domain::capability::MediaKey;
use crate::domain::limit::Limit;
use crate::entropy::Entropy;
use crate::events::Events;
use crate::shelf::Shelf;
use crate::store::{Result, Store, StoreError};

/// Comments a stranger may write at once, and how long one more takes.
const COMMENTS_AT_ONCE: u32 = 10;
const COMMENT_EVERY: Duration = Duration::from_secs(6);
const MEDIA_KEY: &str = "media_key";

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Watching {
    pub events: Events,
    pub shelf: Shelf,
    key: Arc<OnceCell<MediaKey>>,
    strangers: Arc<Mutex<Limit<(IpAddr, RecordingId)>>>,
}

impl Watching {
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let shelf = Shelf::default();
        Self {
            events: Events::new(store, clock, shelf.clone()),
            shelf,
            key: Arc::default(),
            strangers: Arc::new(Mutex::new(Limit::new(COMMENTS_AT_ONCE, COMMENT_EVERY))),
        }
    }

    /// The key that signs media links; made at the first use, the same for every server of the database.
    pub async fn media_key(
        &self,
        store: &Store,
        entropy: &(dyn Entropy + 'static),
    ) -> Result<&MediaKey> {
        let made = || async {
            let text = store
                .setting_or_insert(MEDIA_KEY, MediaKey::new(entropy.array()).to_text())
                .await?;
            MediaKey::from_text(&text)
                .ok_or_else(|| StoreError::inconsistent("settings", "value", "no media key"))
        };
        self.key.get_or_try_init(made).await
    }

    /// Whether a stranger at `address` may comment now; `Err` says how long to wait.
    pub fn may_comment(
        &self,
        address: IpAddr,
        recording: RecordingId,
        now: Timestamp,
    ) -> std::result::Result<(), Duration> {
        let mut limit = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        limit.take((address, recording), now)
    }
}
