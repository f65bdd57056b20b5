//! What the watching side keeps in memory: nothing that rows do not tell, and nothing that a restart would miss.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::clock::Clock;
use crate::domain::capability::MediaKey;
use crate::entropy::Entropy;
use crate::events::Events;
use crate::notify::Notify;
use crate::part_cache::PartCache;
use crate::store::{Result, Store, StoreError};
use crate::track_cache::TrackCache;

const MEDIA_KEY: &str = "media_key";

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Watching {
    pub events: Events,
    pub tracks: TrackCache,
    pub parts: PartCache,
    key: Arc<OnceCell<MediaKey>>,
}

impl Watching {
    pub fn new(store: Store, notify: Notify, clock: Arc<dyn Clock>) -> Self {
        let tracks = TrackCache::new(store.clone(), notify, clock.clone());
        Self {
            events: Events::new(store, clock, tracks.clone()),
            tracks,
            parts: PartCache::default(),
            key: Arc::default(),
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
}
