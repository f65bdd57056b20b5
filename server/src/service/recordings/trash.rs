//! Into the trash and out of it. Both may be repeated.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

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
    set_deleted(resources, viewer, id, Some(resources.now())).await
}

/// Out of the trash.
pub async fn restore(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<(), GateError> {
    set_deleted(resources, viewer, id, None).await
}

async fn set_deleted(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
    deleted_at: Option<Timestamp>,
) -> Result<(), GateError> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), GateError> {
            let before = gate::held::<Delete>(tx, viewer, id, now).await?;
            if before.deleted_at.is_some() != deleted_at.is_some() {
                tx.set_deleted(id, deleted_at).await?;
            }
            Ok(())
        })
        .await?;
    resources.notify.notify(id);
    Ok(())
}
