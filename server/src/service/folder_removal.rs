//! Folders that are removed, and come back for a minute as they were.

use std::time::Duration;

use aside_protocol::id::FolderId;
use serde_json::json;

use super::folders::ChangeError;
use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::library::{Folder, LibraryError, MAX_FOLDERS, may_lie_in};
use crate::domain::sharing::{Audience, governors};
use crate::resources::Resources;
use crate::service::sharing::settle_all;
use crate::store::{StoreError, Tx, audit, folder_shares, folders, removed_folders};

/// So long a folder that was removed can come back.
pub const BACK_WITHIN: Duration = Duration::from_secs(60);

/// Removes a folder in which nothing lies.
pub async fn remove_folder(
    resources: &Resources,
    user: &User,
    id: FolderId,
) -> Result<(), ChangeError> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), ChangeError> {
            let all = folders::held(tx, user.id).await?;
            let found = all.iter().find(|folder| folder.id == id);
            let folder = found.ok_or(ChangeError::NotFound)?;
            // First: what somebody takes out of the trash meanwhile is seen below.
            folder_shares::hold_all(tx, &[id]).await?;
            let has_folders = all.iter().any(|folder| folder.parent == Some(id));
            if has_folders || folders::holds_recordings(tx, id).await? {
                return Err(LibraryError::NotEmpty.into());
            }
            removed_folders::note(tx, folder, now.plus(BACK_WITHIN)).await?;
            // What is in the trash lies in no folder then, and is shared as it says itself.
            let after: Vec<Folder> = all.iter().filter(|it| it.id != id).cloned().collect();
            let concerned = settle_all(tx, &all, &after, now).await?;
            if folder.audience.is_some() {
                let entry = shared(user, folder, folder.audience, None, concerned.len());
                audit::add(tx, &entry, now).await?;
            }
            Ok(folders::remove(tx, id).await?)
        })
        .await
}

/// Brings a folder back that was removed a moment ago, to where it lay: with whom it was shared with and what it said, as far as these
/// people are there, and with what lay in it and was not laid elsewhere, given away or opened otherwise meanwhile.
pub async fn restore_folder(
    resources: &Resources,
    user: &User,
    id: FolderId,
) -> Result<Folder, ChangeError> {
    let now = resources.now();
    let (folder, concerned) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let all = folders::held(tx, user.id).await?;
            let found = removed_folders::get(tx, id, user.id, now).await?;
            let removed = found.ok_or(ChangeError::NotFound)?;
            if all.len() >= MAX_FOLDERS {
                return Err(LibraryError::TooManyFolders.into());
            }
            let mut folder = removed.folder.clone();
            may_lie_in(&all, None, folder.parent)?;
            folders::insert(tx, &folder).await.map_err(is_there)?;
            removed_folders::give_back(tx, &removed).await?;
            let mut after = all.clone();
            after.push(folder.clone());
            let concerned = settle_all(tx, &all, &after, now).await?;
            if folder.audience.is_some() {
                let entry = shared(user, &folder, None, folder.audience, concerned.len());
                audit::add(tx, &entry, now).await?;
            }
            let governors = governors(after.iter().map(Folder::word));
            folder.shared_by = governors.get(&id).map(|it| it.folder);
            Ok((folder, concerned))
        })
        .await?;
    for recording in concerned {
        resources.notify.notify(recording);
    }
    Ok(folder)
}

/// It came back from an export: it was not removed then.
fn is_there(error: StoreError) -> ChangeError {
    if error.is_duplicate() {
        return ChangeError::NotFound;
    }
    error.into()
}

/// What the log says of a folder that was shared.
fn shared(
    user: &User,
    folder: &Folder,
    before: Option<Audience>,
    after: Option<Audience>,
    recordings: usize,
) -> Entry {
    let detail = json!({
        "before": before,
        "after": after,
        "folder": { "id": folder.id, "name": folder.name },
        "recordings": recordings,
    });
    Entry::by(user, AuditAction::FolderShared, None, detail)
}
