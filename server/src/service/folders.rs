//! Folders of a person's library, and changes to several recordings at once. Rights and change are one transaction.

use aside_protocol::id::{FolderId, UserId};
use serde_json::json;

use crate::domain::access::{self, Delete};
use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::library::{
    ChangeMany, Folder, LibraryError, MAX_FOLDERS, MAX_TAGS, folder_name, may_lie_in,
};
use crate::domain::people::PeopleError;
use crate::domain::retention::Word;
use crate::domain::sharing::{SharingError, governors};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::service::hand_over::{HandOverError, give};
use crate::service::notices::Told;
use crate::service::sharing::{AudienceError, change_audience, settle_all, settle_moved};
use crate::store::{StoreError, Tx, audit, folders, library, people, retention};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such folder")]
    NotFound,
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Sharing(#[from] SharingError),
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HandOverError> for ChangeError {
    fn from(error: HandOverError) -> Self {
        match error {
            HandOverError::Gate(cause) => cause.into(),
            HandOverError::People(cause) => cause.into(),
            HandOverError::Store(cause) => cause.into(),
        }
    }
}

impl From<AudienceError> for ChangeError {
    fn from(error: AudienceError) -> Self {
        match error {
            AudienceError::Sharing(cause) => cause.into(),
            AudienceError::Store(cause) => cause.into(),
        }
    }
}

/// Makes a folder.
pub async fn make_folder(
    resources: &Resources,
    owner: UserId,
    name: &str,
    parent: Option<FolderId>,
) -> Result<Folder, ChangeError> {
    let now = resources.now();
    let mut folder = Folder {
        id: FolderId::new(now, resources.id_entropy()),
        owner,
        parent,
        name: folder_name(name)?,
        created_at: now,
        retention: None,
        audience: None,
        shared_by: None,
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), ChangeError> {
            let all = folders::held(tx, owner).await?;
            if all.len() >= MAX_FOLDERS {
                return Err(LibraryError::TooManyFolders.into());
            }
            may_lie_in(&all, None, parent)?;
            let governors = governors(all.iter().map(Folder::word));
            let above = parent.and_then(|parent| governors.get(&parent));
            folder.shared_by = above.map(|it| it.folder);
            Ok(folders::insert(tx, &folder).await?)
        })
        .await?;
    Ok(folder)
}

/// What is to be changed of a folder; none: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderChange {
    pub name: Option<String>,
    /// Where it is to lie; `Some(None)`: at the top.
    pub parent: Option<Option<FolderId>>,
    /// `Some(None)`: as the folder that it lies in, or the server, says.
    pub retention: Option<Option<Word>>,
}

/// Renames a folder, moves it, or says how long what lies in it stays.
pub async fn change_folder(
    resources: &Resources,
    user: &User,
    id: FolderId,
    change: &FolderChange,
) -> Result<Folder, ChangeError> {
    let name = change.name.as_deref().map(folder_name).transpose()?;
    let (owner, now) = (user.id, resources.now());
    let (folder, concerned) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let all = folders::held(tx, owner).await?;
            let found = all.iter().find(|folder| folder.id == id);
            let mut folder = found.cloned().ok_or(ChangeError::NotFound)?;
            if let Some(parent) = change.parent {
                may_lie_in(&all, Some(id), parent)?;
                folder.parent = parent;
            }
            if let Some(name) = name {
                folder.name = name;
            }
            if let Some(word) = change.retention
                && word != folder.retention
            {
                let text = |word: Option<Word>| word.map(|word| word.to_string());
                let detail = json!({ "folder": folder.name, "before": text(folder.retention), "after": text(word) });
                let entry = Entry::by(user, AuditAction::RetentionChanged, None, detail);
                audit::add(tx, &entry, now).await?;
                folder.retention = word;
            }
            folders::update(tx, &folder).await?;
            let after: Vec<Folder> = all
                .iter()
                .map(|it| if it.id == id { &folder } else { it })
                .cloned()
                .collect();
            let concerned = settle_all(tx, &all, &after, now).await?;
            folder.shared_by = governors(after.iter().map(Folder::word)).get(&id).map(|it| it.folder);
            Ok((folder, concerned))
        })
        .await?;
    for recording in concerned {
        resources.notify.notify(recording);
    }
    Ok(folder)
}

/// Changes all of them, or none: one that may not be changed, or is not there any more, stops it.
pub async fn change_many(
    resources: &Resources,
    member: &Member,
    change: ChangeMany,
) -> Result<(), ChangeError> {
    let change = change.checked()?;
    let (viewer, owner, now) = (member.viewer(), member.user.id, resources.now());
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Told, ChangeError> {
            let mut told = Told::default();
            if change.hand_over_to.is_some() {
                // Before the recordings, as whoever changes people takes it.
                people::lock(tx).await?;
            }
            if let Some(Some(folder)) = change.folder {
                let all = folders::held(tx, owner).await?;
                if all.iter().all(|it| it.id != folder) {
                    return Err(LibraryError::NoSuchFolder.into());
                }
            }
            for &id in &change.ids {
                let before = gate::held::<Delete>(tx, &viewer, id, now).await?;
                if let Some(folder) = change.folder {
                    library::set_folder(tx, id, folder, now).await?;
                    settle_moved(tx, &member.user, id, &before.sharing, now).await?;
                }
                if change.audience.is_some() || change.as_folder {
                    // Not of what is in the trash.
                    let before = gate::held::<access::Change>(tx, &viewer, id, now).await?;
                    let wanted = change.audience.filter(|_| !change.as_folder);
                    change_audience(tx, member, &before, wanted, now).await?;
                }
                for tag in &change.remove_tags {
                    library::remove_tag(tx, id, tag).await?;
                }
                for tag in &change.add_tags {
                    library::add_tag(tx, id, tag).await?;
                }
                if !change.add_tags.is_empty() && library::tags(tx, id).await?.len() > MAX_TAGS {
                    return Err(LibraryError::TooManyTags.into());
                }
                if let Some(trashed) = change.trashed
                    && before.deleted_at.is_some() != trashed
                {
                    tx.set_trashed(id, trashed, now).await?;
                }
                if let Some(pinned) = change.pinned
                    && retention::set_pinned(tx, id, pinned).await?
                {
                    let action = if pinned {
                        AuditAction::RecordingPinned
                    } else {
                        AuditAction::RecordingUnpinned
                    };
                    let entry = Entry::by(&member.user, action, Some(id), json!({}));
                    audit::add(tx, &entry, now).await?;
                }
                if let Some(to) = change.hand_over_to {
                    told.add(give(tx, resources, member, id, to, now).await?);
                }
            }
            Ok(told)
        })
        .await?;
    for &id in &change.ids {
        resources.notify.notify(id);
    }
    told.wake(resources);
    Ok(())
}
