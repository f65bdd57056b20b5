//! Title and audience of a recording. What is not given stays as it is *now*.

use aside_protocol::id::RecordingId;

use crate::domain::access;
use crate::domain::recording::Recording;
use crate::domain::sharing::{Audience, SharingError};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::service::publish::recording_changed;
use crate::service::sharing::{AudienceError, change_audience};
use crate::store::{StoreError, Tx};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Sharing(#[from] SharingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AudienceError> for ChangeError {
    fn from(error: AudienceError) -> Self {
        match error {
            AudienceError::Sharing(cause) => cause.into(),
            AudienceError::Store(cause) => cause.into(),
        }
    }
}

/// What is to be changed; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub title: Option<String>,
    pub audience: Option<Audience>,
}

/// Changes what is given and tells open pages. With `version`, only if that is still the version.
pub async fn change(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    version: Option<i64>,
    change: &Change,
) -> Result<Recording, ChangeError> {
    let now = resources.now();
    let viewer = member.viewer();
    let changed = resources
        .store
        .write(async |tx: &mut Tx| {
            let before = gate::held::<access::Change>(tx, &viewer, id, now).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            if let Some(title) = &change.title {
                tx.rename_recording(id, title).await?;
            }
            if let Some(audience) = change.audience {
                change_audience(tx, member, &before, Some(audience), now).await?;
            }
            let after = tx.recording(id).await?.ok_or(GateError::NotFound)?;
            recording_changed(tx, id, now).await?;
            Ok(after)
        })
        .await?;
    resources.notify.notify(id);
    Ok(changed)
}
