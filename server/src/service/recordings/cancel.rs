//! A take that was cancelled while it was recorded: nothing of it stays.

use aside_protocol::id::RecordingId;

use super::purge::remove_for_good;
use crate::domain::access::{Delete, Refusal, Viewer};
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::store::{StoreError, Tx};

/// Why a take was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    #[error("This recording is finished. Move it to the trash instead.")]
    Finished,
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Removes an unfinished recording for good, with everything derived from it; its objects follow by their tombstones.
/// One that is not there (any more) is fine.
pub async fn cancel(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<(), CancelError> {
    let now = resources.now();
    let cancelled = resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), CancelError> {
            let recording = gate::held::<Delete>(tx, viewer, id, now).await?;
            if recording.finished_at.is_some() {
                return Err(CancelError::Finished);
            }
            Ok(remove_for_good(tx, id, now).await?)
        })
        .await;
    match cancelled {
        // One that is hidden is answered like one that is not there.
        Ok(())
        | Err(CancelError::Gate(GateError::NotFound | GateError::Refused(Refusal::Hidden))) => {}
        Err(error) => return Err(error),
    }
    resources.notify.notify(id);
    Ok(())
}
