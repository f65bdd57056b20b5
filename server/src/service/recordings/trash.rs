//! Into the trash and out of it. Both may be repeated.

use aside_protocol::id::RecordingId;

use crate::domain::access::{Delete, Viewer};
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::store::Tx;

/// Into the trash: nobody can open it, nothing is lost.
pub async fn delete(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<(), GateError> {
    set_trashed(resources, viewer, id, true).await
}

/// Out of the trash.
pub async fn restore(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<(), GateError> {
    set_trashed(resources, viewer, id, false).await
}

async fn set_trashed(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
    trashed: bool,
) -> Result<(), GateError> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), GateError> {
            let before = gate::held::<Delete>(tx, viewer, id, now).await?;
            if before.deleted_at.is_some() != trashed {
                tx.set_trashed(id, trashed, now).await?;
            }
            Ok(())
        })
        .await?;
    resources.notify.notify(id);
    Ok(())
}
