//! The way to a recording: read, decided about, and handed out as [`Allowed`] or [`Playing`].

use std::ops::Deref;
use std::sync::Arc;

use aside_protocol::id::{RecordingId, Slug};

use crate::domain::access::{Action, Allowed, Facts, Permission, Refusal, Viewer, allow, decide};
use crate::domain::capability::Capability;
use crate::domain::recording::Recording;
use crate::store::{Store, StoreError, Tx};
use crate::track_cache::{TrackCache, View};

/// Why nobody gets the recording.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    #[error("there is no such recording")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The recording behind a link.
pub async fn by_slug<P: Permission>(
    store: &Store,
    viewer: &Viewer,
    slug: &Slug,
) -> Result<Allowed<P>, GateError> {
    admit(viewer, store.recording_by_slug(slug).await?)
}

/// The recording of this id.
pub async fn by_id<P: Permission>(
    store: &Store,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<Allowed<P>, GateError> {
    admit(viewer, store.recording(id).await?)
}

/// The recording of this id, held until the commit.
pub async fn held<P: Permission>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<Allowed<P>, GateError> {
    tx.lock_recording(id).await?;
    admit(viewer, tx.recording(id).await?)
}

fn admit<P: Permission>(
    viewer: &Viewer,
    recording: Option<Recording>,
) -> Result<Allowed<P>, GateError> {
    let recording = recording.ok_or(GateError::NotFound)?;
    Ok(allow(viewer, recording)?)
}

/// A recording that the holder of a media link may play now; only [`playing`] makes one.
#[derive(Debug, Clone)]
pub struct Playing {
    capability: Capability,
    view: Arc<View>,
}

impl Playing {
    pub const fn capability(&self) -> &Capability {
        &self.capability
    }
}

impl Deref for Playing {
    type Target = View;
    fn deref(&self) -> &View {
        &self.view
    }
}

/// The recording as it is now, as long as `capability` still counts for it.
pub async fn playing(tracks: &TrackCache, capability: Capability) -> Result<Playing, GateError> {
    let view = tracks
        .view(capability.recording)
        .await?
        .ok_or(GateError::NotFound)?;
    let bearer = Viewer::Bearer {
        epoch: capability.epoch,
    };
    decide(&bearer, Action::Watch, &Facts::from(&view.recording))?;
    Ok(Playing { capability, view })
}
