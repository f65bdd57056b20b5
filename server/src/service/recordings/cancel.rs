//! A take that was cancelled while it was recorded: nothing of it stays.

use aside_protocol::id::RecordingId;

use crate::domain::access::{Delete, Viewer};
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::service::key_of;
use crate::store::{StoreError, Tx, downloads, posters, tombstones};

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
///
/// What is under way meanwhile leaves nothing either: a part finds no recording and its object gets a tombstone, and so do
/// the objects of a job.
pub async fn cancel(
    resources: &Resources,
    viewer: &Viewer,
    id: RecordingId,
) -> Result<(), CancelError> {
    let now = resources.now();
    let cancelled = resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), CancelError> {
            let recording = gate::held::<Delete>(tx, viewer, id).await?;
            if recording.finished_at.is_some() {
                return Err(CancelError::Finished);
            }
            for part in tx.named_parts(id).await? {
                tombstones::add(tx, key_of(&part).path().as_ref(), now).await?;
            }
            let pictures = posters::get(tx, id).await?.paths();
            let file = downloads::get(tx, id).await?.file;
            for path in pictures.chain(file.map(|file| file.key)) {
                tombstones::add(tx, &path, now).await?;
            }
            tx.remove_recording(id).await?;
            Ok(())
        })
        .await;
    match cancelled {
        Ok(()) | Err(CancelError::Gate(GateError::NotFound)) => {}
        Err(error) => return Err(error),
    }
    resources.notify.notify(id);
    Ok(())
}
