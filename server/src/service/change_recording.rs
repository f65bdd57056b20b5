//! Title, audience and trash of a recording. What is not given stays as it is *now*: rights, version and change are one
//! transaction.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

use crate::domain::access::{Action, Refusal, Viewer, decide};
use crate::domain::recording::{Audience, Recording};
use crate::domain::upload::news;
use crate::store::{Store, StoreError, Tx};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such recording")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to be changed; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub title: Option<String>,
    pub audience: Option<Audience>,
}

/// Changes what is given and tells open pages. With `version`, only if that is still the version.
pub async fn change(
    store: &Store,
    viewer: &Viewer,
    id: RecordingId,
    version: Option<i64>,
    change: &Change,
    now: Timestamp,
) -> Result<Recording, ChangeError> {
    store
        .write(async |tx: &mut Tx| {
            let before = held(tx, viewer, id, Action::Change).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            tx.change_recording(id, change.title.as_deref(), change.audience)
                .await?;
            let after = tx.recording(id).await?.ok_or(ChangeError::NotFound)?;
            news(tx, id, now).await?;
            Ok(after)
        })
        .await
}

/// Into the trash (`deleted_at`), or out of it. Repeating it changes nothing.
pub async fn set_deleted(
    store: &Store,
    viewer: &Viewer,
    id: RecordingId,
    deleted_at: Option<Timestamp>,
) -> Result<(), ChangeError> {
    store
        .write(async |tx: &mut Tx| {
            let before = held(tx, viewer, id, Action::Delete).await?;
            if before.deleted_at.is_some() != deleted_at.is_some() {
                tx.set_deleted(id, deleted_at).await?;
            }
            Ok(())
        })
        .await
}

/// The recording, held until the commit, if the rules let `viewer` do this with it.
async fn held(
    tx: &mut Tx,
    viewer: &Viewer,
    id: RecordingId,
    action: Action,
) -> Result<Recording, ChangeError> {
    tx.lock_recording(id).await?;
    let found = tx.recording(id).await?.ok_or(ChangeError::NotFound)?;
    decide(viewer, action, &found.facts())?;
    Ok(found)
}
