//! The way to a recording: read, decided about, and handed out as [`Allowed`] or [`Playing`].

use std::ops::Deref;
use std::sync::Arc;

use aside_protocol::id::{RecordingId, Slug};

use super::actor::{self, Actor, ActorError, Presented};
use crate::domain::access::{Action, Allowed, Facts, Permission, Refusal, Viewer, allow, decide};
use crate::domain::capability::Capability;
use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::store::watch::Asked;
use crate::store::{StoreError, Tx};
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

/// Why whoever shows these tokens does not get it.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Actor(#[from] ActorError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A recording and who got it.
#[derive(Debug)]
pub struct Knocked<P> {
    pub recording: Allowed<P>,
    pub actor: Actor,
    /// As [`Asked::newest_event`].
    pub newest_event: i64,
}

/// The recording behind a link, for whoever shows these tokens: both are asked of the database in one go.
pub async fn knock<P: Permission>(
    resources: &Resources,
    presented: &Presented,
    slug: &Slug,
) -> Result<Knocked<P>, AskError> {
    match resources.store.asked(slug, &presented.hashes()).await? {
        Some(asked) => admit_asked(resources, presented, asked).await,
        None => Err(nothing_there(resources, presented).await),
    }
}

/// Decides about what was asked for.
pub(super) async fn admit_asked<P: Permission>(
    resources: &Resources,
    presented: &Presented,
    asked: Asked,
) -> Result<Knocked<P>, AskError> {
    let actor = actor::known(resources, presented, asked.shown).await?;
    let recording = admit(&actor.viewer(), Some(asked.recording))?;
    Ok(Knocked {
        recording,
        actor,
        newest_event: asked.newest_event,
    })
}

/// There is no such recording. A program whose token does not count learns that first, as everywhere.
pub(super) async fn nothing_there(resources: &Resources, presented: &Presented) -> AskError {
    match presented {
        Presented::Bearer(_) => match actor::resolve(resources, presented).await {
            Err(error) => error.into(),
            Ok(_) => GateError::NotFound.into(),
        },
        Presented::Cookies { .. } => GateError::NotFound.into(),
    }
}

/// The recording behind a link.
pub async fn by_slug<P: Permission>(
    resources: &Resources,
    viewer: &Viewer,
    slug: &Slug,
) -> Result<Allowed<P>, GateError> {
    admit(viewer, resources.store.recording_by_slug(slug).await?)
}

/// The recording of this id.
pub async fn by_id<P: Permission>(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<Allowed<P>, GateError> {
    admit(viewer, resources.store.recording(id).await?)
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
