//! The way to a recording: read, decided about, and handed out as [`Allowed`] or [`Playing`].

use std::ops::Deref;
use std::sync::Arc;

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::time::Timestamp;

use super::actor::{self, Actor, ActorError, Presented};
use crate::domain::access::{
    Action, Allowed, Facts, Permission, Refusal, Seen, Viewer, allow, decide,
};
use crate::domain::capability::{Capability, Pass};
use crate::resources::Resources;
use crate::store::watch::Asked;
use crate::store::{StoreError, Tx, mailboxes};
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

/// The recording behind a link, for whoever shows these tokens and this pass: both are asked of the database in one go.
pub async fn knock<P: Permission>(
    resources: &Resources,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> Result<Knocked<P>, AskError> {
    match resources
        .store
        .asked(slug, &presented.hashes(), resources.now())
        .await?
    {
        Some(asked) => admit_asked(resources, presented, pass, asked).await,
        None => Err(nothing_there(resources, presented).await),
    }
}

/// The same where more was read along with it: what was read is handed out only with the recording.
pub(super) async fn knock_with<P: Permission, T>(
    resources: &Resources,
    presented: &Presented,
    pass: Option<Pass>,
    found: Option<(Asked, T)>,
) -> Result<(Knocked<P>, T), AskError> {
    let Some((asked, more)) = found else {
        return Err(nothing_there(resources, presented).await);
    };
    let knocked = admit_asked(resources, presented, pass, asked).await?;
    Ok((knocked, more))
}

/// Decides about what was asked for.
pub(super) async fn admit_asked<P: Permission>(
    resources: &Resources,
    presented: &Presented,
    pass: Option<Pass>,
    asked: Asked,
) -> Result<Knocked<P>, AskError> {
    let (actor, named) = actor::known(resources, presented, asked.shown).await?;
    let pass = pass.filter(|pass| pass.recording == asked.recording.id);
    let seen = Seen {
        recording: asked.recording,
        named,
        present: true,
        password: pass.map(|pass| pass.password),
    };
    let recording = match admit(resources.now(), &actor.viewer(), Some(seen)) {
        Ok(recording) => recording,
        // Asks as often as for a recording that does not exist, so that the time of the answer tells them apart no more than its words.
        Err(GateError::Refused(Refusal::Hidden)) => {
            return Err(match nothing_there(resources, presented).await {
                AskError::Gate(GateError::NotFound) => GateError::from(Refusal::Hidden).into(),
                token => token,
            });
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Knocked {
        recording,
        actor,
        newest_event: asked.newest_event,
    })
}

/// There is no such recording. A program whose token does not count learns that first, as everywhere.
pub(super) async fn nothing_there(resources: &Resources, presented: &Presented) -> AskError {
    match presented {
        Presented::Bearer { .. } => match actor::resolve(resources, presented).await {
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
    let seen = resources
        .store
        .recording_seen_by_slug(slug, viewer.member());
    let seen = with_mailbox(resources, viewer, seen.await?).await?;
    admit(resources.now(), viewer, seen)
}

/// The recording of this id.
pub async fn by_id<P: Permission>(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<Allowed<P>, GateError> {
    admit(resources.now(), viewer, seen(resources, viewer, id).await?)
}

/// The recording of this id as the viewer stands to it: a guest is named by the mailbox that they proved to have.
pub(super) async fn seen(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<Option<Seen>, StoreError> {
    let seen = resources.store.recording_seen(id, viewer.member()).await?;
    with_mailbox(resources, viewer, seen).await
}

async fn with_mailbox(
    resources: &Resources,
    viewer: &Viewer,
    mut seen: Option<Seen>,
) -> Result<Option<Seen>, StoreError> {
    if let (Some(seen), Viewer::Guest(guest)) = (&mut seen, viewer) {
        let (store, now) = (&resources.store, resources.now());
        seen.named = store.guest_is_named(seen.recording.id, *guest, now).await?;
    }
    Ok(seen)
}

/// As [`seen`], as this transaction sees it.
pub(super) async fn seen_held(
    tx: &mut Tx,
    viewer: &Viewer,
    id: RecordingId,
    now: Timestamp,
) -> Result<Option<Seen>, StoreError> {
    let mut seen = tx.recording_seen(id, viewer.member()).await?;
    if let (Some(seen), Viewer::Guest(guest)) = (&mut seen, viewer) {
        seen.named = mailboxes::guest_is_named(tx, id, *guest, now).await?;
    }
    Ok(seen)
}

/// The recording of this id, held until the commit.
pub async fn held<P: Permission>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: RecordingId,
    now: Timestamp,
) -> Result<Allowed<P>, GateError> {
    tx.lock_recording(id).await?;
    admit(now, viewer, seen_held(tx, viewer, id, now).await?)
}

/// A recording that was admitted before, as it is now.
pub async fn again<P: Permission>(
    resources: &Resources,
    before: &Allowed<P>,
) -> Result<Allowed<P>, GateError> {
    let viewer = before.viewer();
    let mut now = seen(resources, viewer, before.id).await?;
    if let Some(now) = &mut now {
        now.password = before.password();
    }
    admit(resources.now(), viewer, now)
}

/// A recording that was admitted before, as it is now, held until the commit.
pub async fn held_again<P: Permission>(
    tx: &mut Tx,
    before: &Allowed<P>,
    now: Timestamp,
) -> Result<Allowed<P>, GateError> {
    tx.lock_recording(before.id).await?;
    let viewer = before.viewer();
    let mut seen = seen_held(tx, viewer, before.id, now).await?;
    if let Some(seen) = &mut seen {
        seen.password = before.password();
    }
    admit(now, viewer, seen)
}

fn admit<P: Permission>(
    now: Timestamp,
    viewer: &Viewer,
    seen: Option<Seen>,
) -> Result<Allowed<P>, GateError> {
    let seen = seen.ok_or(GateError::NotFound)?;
    Ok(allow(viewer, seen, now)?)
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
pub async fn playing(
    tracks: &TrackCache,
    capability: Capability,
    now: Timestamp,
) -> Result<Playing, GateError> {
    let view = tracks
        .view(capability.recording)
        .await?
        .ok_or(GateError::NotFound)?;
    let playing = Playing { capability, view };
    playing.check(Action::Watch, now)?;
    Ok(playing)
}

impl Playing {
    /// Whether the link permits this too.
    pub fn check(&self, action: Action, now: Timestamp) -> Result<(), Refusal> {
        let bearer = Viewer::Bearer {
            epoch: self.capability.epoch,
            download: self.capability.download,
        };
        let facts = Facts {
            recording: &self.view.recording,
            named: false,
            password: None,
            now,
        };
        decide(&bearer, action, &facts)
    }
}
