//! Folders whose sharing counts for what lies in them. A change is one transaction with the recordings that it concerns.

use std::collections::BTreeSet;

use aside_protocol::id::{FolderId, GrantId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::people::{Named, detail};
use super::shared::{ChangeError, told};
use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::library::Folder;
use crate::domain::sharing::{
    Audience, Governor, Grant, Grantee, MAX_FOLDER_GRANTS, SharedFolder, Sharing, SharingError,
    check_folder_audience, governors,
};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{StoreError, Tx, audit, events, folder_shares, folders, groups, shares};

/// How a folder is shared, for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderShared {
    pub folder: Folder,
    /// The folder that says it where this one says nothing, and for whom that is.
    pub above: Option<(FolderId, String, Audience)>,
    pub people: Vec<Grant>,
    /// How many recordings outside of the trash it counts for.
    pub recordings: u64,
}

/// How a folder of one's own is shared.
pub async fn read_folder(
    resources: &Resources,
    member: &Member,
    id: FolderId,
) -> Result<FolderShared, ChangeError> {
    let store = &resources.store;
    let all = store.folders_of(member.user.id).await?;
    let folder = one(&all, id)?.clone();
    let above = folder.shared_by.filter(|by| *by != id);
    let above = above.and_then(|by| all.iter().find(|it| it.id == by));
    Ok(FolderShared {
        above: above.and_then(|it| Some((it.id, it.name.clone(), it.audience?))),
        people: store.folder_grants(id).await?,
        recordings: store.governed_by(id).await?,
        folder,
    })
}

fn one(all: &[Folder], id: FolderId) -> Result<&Folder, ChangeError> {
    let found = all.iter().find(|folder| folder.id == id);
    found.ok_or(ChangeError::NotFound)
}

/// For whom a folder is; none: as the folder in which it lies, or each recording as it says itself.
pub async fn change_folder(
    resources: &Resources,
    member: &Member,
    id: FolderId,
    audience: Option<Audience>,
) -> Result<FolderShared, ChangeError> {
    check_folder_audience(audience)?;
    changed(resources, member, id, async |tx: &mut Tx, folder, _| {
        if folder.audience == audience {
            return Ok(None);
        }
        let detail = json!({ "before": folder.audience, "after": audience });
        folder.audience = audience;
        folders::update(tx, folder).await?;
        Ok(Some((detail, Vec::new())))
    })
    .await
}

/// Names a person or a group for a folder that is shared already; who is named stays so.
pub async fn add_to_folder(
    resources: &Resources,
    member: &Member,
    id: FolderId,
    named: Named,
) -> Result<FolderShared, ChangeError> {
    let to = match named {
        Named::Person(user) if user == member.user.id => return Err(SharingError::Owner.into()),
        Named::Person(user) => Grantee::Person(user),
        Named::Group(group) => Grantee::Group(group),
        // A mailbox without an account opens a link to one recording.
        Named::Mail(_) => return Err(SharingError::NoSuchPerson.into()),
    };
    if let Grantee::Person(user) = &to
        && resources.store.user(*user).await?.is_none()
    {
        return Err(SharingError::NoSuchPerson.into());
    }
    let grant = GrantId::new(resources.now(), resources.id_entropy());
    changed(resources, member, id, async |tx: &mut Tx, folder, now| {
        if let Grantee::Group(group) = &to
            && groups::get(tx, *group).await?.is_none()
        {
            return Err(SharingError::NoSuchGroup.into());
        }
        if folder_shares::count_grants(tx, id).await? >= MAX_FOLDER_GRANTS {
            return Err(SharingError::TooManyForFolder.into());
        }
        if !folder_shares::add_grant(tx, id, grant, &to, now).await? {
            return Ok(None);
        }
        let mut detail = detail(&to);
        detail["added"] = true.into();
        // Whom it is shared with is said here from now on; whom the folder above is for by its audience still sees it.
        if folder.audience.is_none() {
            let all = folders::held(tx, folder.owner).await?;
            let above = all.iter().find(|it| Some(it.id) == folder.shared_by);
            let audience = above.and_then(|it| it.audience);
            folder.audience = Some(audience.unwrap_or(Audience::Owner));
            folders::update(tx, folder).await?;
        }
        Ok(Some((detail, Vec::new())))
    })
    .await
}

/// Takes a name back: what that person held open ends.
pub async fn remove_from_folder(
    resources: &Resources,
    member: &Member,
    id: FolderId,
    grant: GrantId,
) -> Result<FolderShared, ChangeError> {
    let grants = resources.store.folder_grants(id).await?;
    let to = grants.into_iter().find(|it| it.id == grant).map(|it| it.to);
    changed(resources, member, id, async |tx: &mut Tx, _, _| {
        let Some(to) = to else {
            return Err(ChangeError::NotFound);
        };
        if !folder_shares::remove_grant(tx, id, grant).await? {
            return Err(ChangeError::NotFound);
        }
        let mut detail = detail(&to);
        detail["added"] = false.into();
        Ok(Some((detail, folder_shares::end_links(tx, id).await?)))
    })
    .await
}

/// Changes a folder of `member` by `work`, which answers what is written down and which recordings it concerned already; none where
/// nothing is to be changed.
async fn changed(
    resources: &Resources,
    member: &Member,
    id: FolderId,
    work: impl AsyncFnOnce(
        &mut Tx,
        &mut Folder,
        Timestamp,
    ) -> Result<Option<(Value, Vec<RecordingId>)>, ChangeError>,
) -> Result<FolderShared, ChangeError> {
    let now = resources.now();
    let owner = member.user.id;
    let concerned = resources
        .store
        .write(
            async |tx: &mut Tx| -> Result<BTreeSet<RecordingId>, ChangeError> {
                let before = folders::held(tx, owner).await?;
                let mut folder = one(&before, id)?.clone();
                let Some((mut detail, ended)) = work(tx, &mut folder, now).await? else {
                    return Ok(BTreeSet::new());
                };
                let after: Vec<Folder> = before
                    .iter()
                    .map(|it| if it.id == id { &folder } else { it })
                    .cloned()
                    .collect();
                let mut concerned = settle_all(tx, &before, &after, now).await?;
                for recording in ended {
                    if concerned.insert(recording) {
                        events::append(tx, recording, Event::Sharing, now).await?;
                    }
                }
                detail["folder"] = json!({ "id": id, "name": folder.name });
                detail["recordings"] = concerned.len().into();
                let entry = Entry::by(&member.user, AuditAction::FolderShared, None, detail);
                audit::add(tx, &entry, now).await?;
                Ok(concerned)
            },
        )
        .await?;
    for recording in concerned {
        resources.notify.notify(recording);
    }
    read_folder(resources, member, id).await
}

/// Carries a change of folders into what lies in them; answers the recordings for which something else counts now.
pub(in crate::service) async fn settle_all(
    tx: &mut Tx,
    before: &[Folder],
    after: &[Folder],
    now: Timestamp,
) -> Result<BTreeSet<RecordingId>, StoreError> {
    let of = |all: &[Folder]| governors(all.iter().map(Folder::word));
    let (was, is) = (of(before), of(after));
    let mut concerned = BTreeSet::new();
    let ids: BTreeSet<FolderId> = after.iter().chain(before).map(|it| it.id).collect();
    let changed: Vec<FolderId> = ids
        .into_iter()
        .filter(|id| was.get(id) != is.get(id))
        .collect();
    // Folder by folder they would be locked in another order than by whoever changes several recordings.
    folder_shares::hold_all(tx, &changed).await?;
    for id in changed {
        let governor = is.get(&id).copied();
        if after.iter().any(|it| it.id == id) {
            let by = governor.map(|it| it.folder);
            folder_shares::set_governor(tx, id, by).await?;
        }
        concerned.extend(settle_in(tx, id, governor, now).await?);
    }
    Ok(concerned)
}

/// Every choice that a recording can have made for itself.
const CHOICES: [(Audience, bool); 6] = [
    (Audience::Owner, false),
    (Audience::Owner, true),
    (Audience::Members, false),
    (Audience::Members, true),
    (Audience::Link, false),
    (Audience::Link, true),
];

async fn settle_in(
    tx: &mut Tx,
    folder: FolderId,
    governor: Option<Governor>,
    now: Timestamp,
) -> Result<Vec<RecordingId>, StoreError> {
    let held = folder_shares::held_in(tx, folder).await?;
    if held.is_empty() {
        return Ok(held);
    }
    for (own, narrowed) in CHOICES {
        let mut sharing = Sharing::with(own);
        sharing.from_folder.narrowed = narrowed;
        sharing.settle(governor);
        folder_shares::settle(tx, folder, (own, narrowed), &sharing).await?;
    }
    for &recording in &held {
        events::append(tx, recording, Event::Sharing, now).await?;
    }
    Ok(held)
}

/// What counts for a recording that lies elsewhere since.
pub(in crate::service) async fn settle_moved(
    tx: &mut Tx,
    user: &User,
    recording: RecordingId,
    before: &Sharing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let governor = governor_of(tx, recording).await?;
    let mut after = before.clone();
    after.settle(governor);
    if after == *before {
        return Ok(());
    }
    let ends_links = after.differs_for_viewers(before);
    shares::set(tx, recording, &after, ends_links).await?;
    if !ends_links {
        return Ok(());
    }
    let detail = json!({ "before": told(before), "after": told(&after), "moved": true });
    let action = AuditAction::SharingChanged;
    let entry = Entry::by(user, action, Some(recording), detail);
    audit::add(tx, &entry, now).await?;
    events::append(tx, recording, Event::Sharing, now).await?;
    Ok(())
}

/// The folder that says how a recording is shared.
pub(in crate::service) async fn governor_of(
    tx: &mut Tx,
    recording: RecordingId,
) -> Result<Option<Governor>, StoreError> {
    let found = folder_shares::governing_folder(tx, recording).await?;
    Ok(found.map(|it| Governor {
        folder: it.id,
        audience: it.audience,
    }))
}

/// Notes anew which folder says how each of a person's is shared, because some came from another server.
pub async fn settle_imported_folders(tx: &mut Tx, owner: UserId) -> Result<(), StoreError> {
    let all = folders::held(tx, owner).await?;
    let governors = governors(all.iter().map(Folder::word));
    for folder in &all {
        let by = governors.get(&folder.id).map(|it| it.folder);
        if by != folder.shared_by {
            folder_shares::set_governor(tx, folder.id, by).await?;
        }
    }
    Ok(())
}

/// What lay in folders of another server is as the folders here say.
pub async fn settle_imported(tx: &mut Tx, recording: RecordingId) -> Result<(), StoreError> {
    let Some(found) = tx.recording(recording).await? else {
        return Ok(());
    };
    let mut after = found.sharing.clone();
    after.settle(governor_of(tx, recording).await?);
    if after != found.sharing {
        shares::set(tx, recording, &after, true).await?;
    }
    Ok(())
}

/// The folders of others that somebody may look into.
pub async fn folders_shared_with(
    resources: &Resources,
    member: &Member,
) -> Result<Vec<SharedFolder>, StoreError> {
    resources.store.folders_shared_with(member.user.id).await
}
