//! Title and audience of a recording. What is not given stays as it is *now*.

use aside_protocol::id::RecordingId;

use crate::domain::access::{self, Viewer};
use crate::domain::recording::Recording;
use crate::domain::sharing::Audience;
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::service::publish::recording_changed;
use crate::store::{StoreError, Tx};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Gate(#[from] GateError),
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
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
    version: Option<i64>,
    change: &Change,
) -> Result<Recording, ChangeError> {
    let now = resources.now();
    let changed = resources
        .store
        .write(async |tx: &mut Tx| {
            let before = gate::held::<access::Change>(tx, viewer, id).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            tx.change_recording(id, change.title.as_deref(), change.audience)
                .await?;
            let after = tx.recording(id).await?.ok_or(GateError::NotFound)?;
            recording_changed(tx, id, now).await?;
            Ok(after)
        })
        .await?;
    resources.notify.notify(id);
    Ok(changed)
}
