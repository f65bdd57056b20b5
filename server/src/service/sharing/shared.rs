//! What all changes of sharing have in common.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::auth::password::PasswordError;
use crate::domain::access::{self, Allowed};
use crate::domain::account::AccountError;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::recording::Recording;
use crate::domain::sharing::{AccessRequest, GoverningFolder, Grant, Sharing, SharingError};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::service::notices::Told;
use crate::store::{StoreError, Tx, audit, events};

/// How a recording is shared, for its owner.
#[derive(Debug, Clone)]
pub struct Shared {
    pub recording: Recording,
    pub people: Vec<Grant>,
    /// Oldest first.
    pub requests: Vec<AccessRequest>,
    /// The shared folder in which it lies.
    pub folder: Option<GoverningFolder>,
}

/// Why sharing was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error("there is no such person or question")]
    NotFound,
    #[error(transparent)]
    Sharing(#[from] SharingError),
    #[error(transparent)]
    BadPassword(#[from] AccountError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a recording is shared.
pub async fn read(
    resources: &Resources,
    recording: Allowed<access::Change>,
) -> Result<Shared, StoreError> {
    let store = &resources.store;
    let people = store.grants(recording.id).await?;
    let requests = store.access_requests(recording.id).await?;
    let folder = store.governing_folder(recording.id).await?;
    Ok(Shared {
        folder,
        recording: recording.into_recording(),
        people,
        requests,
    })
}

/// What a change does to what is known of it.
pub(super) struct Effect {
    pub(super) action: AuditAction,
    pub(super) detail: Value,
    /// Whose open pages are woken.
    pub(super) told: Told,
}

/// Changes the sharing of a recording of `member` by `work`, which answers none where nothing is to be changed: with
/// `version`, only if that is still the version. Open pages are told, the change is written down.
pub(super) async fn changed(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    version: Option<i64>,
    work: impl AsyncFnOnce(&mut Tx, &Recording, Timestamp) -> Result<Option<Effect>, ChangeError>,
) -> Result<Shared, ChangeError> {
    let now = resources.now();
    let viewer = member.viewer();
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Told, ChangeError> {
            let before = gate::held::<access::Change>(tx, &viewer, id, now).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            let effect = work(tx, &before, now).await?;
            let mut woken = Told::default();
            if let Some(Effect {
                action,
                detail,
                told,
            }) = effect
            {
                let entry = Entry::by(&member.user, action, Some(id), detail);
                audit::add(tx, &entry, now).await?;
                events::append(tx, id, Event::Sharing, now).await?;
                woken = told;
            }
            Ok(woken)
        })
        .await?;
    resources.notify.notify(id);
    told.wake(resources);
    let recording = gate::by_id(resources, &viewer, id).await?;
    Ok(read(resources, recording).await?)
}

/// Without secrets, for `audit`.
pub(super) fn told(sharing: &Sharing) -> Value {
    json!({
        "audience": sharing.audience,
        "folder": sharing.from_folder.folder,
        "ends_at": sharing.ends_at.map(Timestamp::micros),
        "password": sharing.password.is_some(),
        "comments": sharing.comments,
        "download": sharing.download,
        "embed": sharing.embed,
    })
}
