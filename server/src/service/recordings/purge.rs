//! Removing a recording for good: its rows at once, its objects by their tombstones.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::library::TRASH_KEPT_FOR;
use crate::resources::Resources;
use crate::service::key_of;
use crate::store::{Result, Tx, attachments, downloads, posters, previews, sprites, tombstones};

/// Removes a recording and everything derived from it. The caller holds it.
///
/// What is under way meanwhile leaves nothing either: a part finds no recording and its object gets a tombstone, and so do
/// the objects of a job.
pub(super) async fn remove_for_good(tx: &mut Tx, id: RecordingId, now: Timestamp) -> Result<()> {
    for part in tx.named_parts(id).await? {
        tombstones::add(tx, key_of(&part).path().as_ref(), now).await?;
    }
    let pictures = posters::get(tx, id).await?.paths();
    let file = downloads::get(tx, id).await?.file;
    let sprite = sprites::get(tx, id).await?.map(|sprite| sprite.key);
    let preview = previews::get(tx, id).await?.map(|preview| preview.key);
    let attached = attachments::keys(tx, id).await?;
    let made = pictures.chain(file.map(|file| file.key));
    let made = made.chain(sprite).chain(preview);
    for path in made.chain(attached) {
        tombstones::add(tx, &path, now).await?;
    }
    tx.remove_recording(id).await
}

/// Removes up to `most` of those that have been in the trash for [`TRASH_KEPT_FOR`]; says how many. Each is looked at again when it
/// is held: it may have been restored meanwhile.
pub async fn empty_trash(resources: &Resources, most: u32) -> Result<u32> {
    let now = resources.now();
    let before = now.minus(TRASH_KEPT_FOR);
    let mut removed = 0;
    for id in resources.store.trashed_before(before, most).await? {
        let gone = resources.store.write(async |tx: &mut Tx| -> Result<bool> {
            tx.lock_recording(id).await?;
            let found = tx.recording(id).await?;
            let is_due = found.is_some_and(|r| r.deleted_at.is_some_and(|at| at < before));
            if is_due {
                remove_for_good(tx, id, now).await?;
            }
            Ok(is_due)
        });
        if gone.await? {
            removed += 1;
            resources.notify.notify(id);
        }
    }
    Ok(removed)
}

/// Removes every recording of a person for good, whether it is in the trash or not; says how many.
pub async fn remove_all_of(resources: &Resources, owner: UserId) -> Result<u32> {
    let now = resources.now();
    let mut removed = 0;
    for id in resources.store.recordings_owned_by(owner).await? {
        let gone = resources.store.write(async |tx: &mut Tx| -> Result<bool> {
            tx.lock_recording(id).await?;
            // It may have been handed over meanwhile.
            let theirs = tx.recording(id).await?.is_some_and(|r| r.owner == owner);
            if theirs {
                remove_for_good(tx, id, now).await?;
            }
            Ok(theirs)
        });
        if gone.await? {
            removed += 1;
            resources.notify.notify(id);
        }
    }
    Ok(removed)
}
