//! Media links: given to who may watch, and what they open.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::gate::{GateError, Playing, playing};
use crate::domain::access::{Action, Allowed, MayWatch};
use crate::domain::capability::{Capability, CapabilityError, MediaKey};
use crate::resources::Resources;
use crate::store::{Result, StoreError};
use crate::track_cache::TrackCache;

const MEDIA_KEY: &str = "media_key";

/// Keeps the key that signs media links. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct MediaKeys(Arc<OnceCell<MediaKey>>);

impl MediaKeys {
    /// Made at the first use, the same for every server of the database.
    pub async fn get(&self, resources: &Resources) -> Result<&MediaKey> {
        let made = || async {
            let fresh = MediaKey::new(resources.entropy.array()).to_text();
            let text = resources.store.setting_or_insert(MEDIA_KEY, fresh).await?;
            MediaKey::from_text(&text)
                .ok_or_else(|| StoreError::inconsistent("settings", "value", "no media key"))
        };
        self.0.get_or_try_init(made).await
    }
}

/// A capability and the path segment that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLink {
    pub capability: Capability,
    pub signed: String,
}

/// A media link for who may watch the recording; nobody else is given one.
pub async fn media_link<P>(
    resources: &Resources,
    keys: &MediaKeys,
    recording: &Allowed<P>,
) -> Result<MediaLink>
where
    P: MayWatch,
{
    let owner = recording.is_the_viewers();
    let ends_at = recording.sharing.ends_at.filter(|_| !owner);
    let download = recording.may(Action::Download);
    let (id, epoch, now) = (recording.id, recording.share_epoch, resources.now());
    let capability = Capability::new(id, epoch, download, ends_at, now);
    let signed = keys.get(resources).await?.sign(&capability);
    Ok(MediaLink { capability, signed })
}

/// Why a media link opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Capability(#[from] CapabilityError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a media link opens now; `signed` as in [`MediaLink`].
pub async fn open(
    resources: &Resources,
    keys: &MediaKeys,
    tracks: &TrackCache,
    signed: &str,
) -> std::result::Result<Playing, OpenError> {
    let key = keys.get(resources).await?;
    let capability = key.verify(signed, resources.now())?;
    Ok(playing(tracks, capability, resources.now()).await?)
}
