//! Groups of people. Each change is one transaction with its row of `audit`; who leaves a group loses at once what was shared with it.

use aside_protocol::id::{GroupId, UserId};
use serde_json::{Value, json};

use super::actor::Member;
use super::people::{ChangeError, acting, note, tell};
use crate::domain::audit::AuditAction;
use crate::domain::group::{Group, GroupError, MAX_GROUPS, group_name};
use crate::domain::people::PeopleError;
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::store::{StoreError, Tx, groups, people};

/// Names of all groups, for lists to choose from.
pub async fn names(resources: &Resources) -> Result<Vec<(GroupId, String)>, StoreError> {
    resources.store.group_names().await
}

/// Makes a group without members.
pub async fn make(
    resources: &Resources,
    member: &Member,
    name: &str,
) -> Result<Group, ChangeError> {
    let now = resources.now();
    let group = Group {
        id: GroupId::new(now, resources.id_entropy()),
        name: group_name(name)?,
        version: 1,
        members: Vec::new(),
    };
    let made = resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), ChangeError> {
            admit(tx, member).await?;
            if groups::count(tx).await? >= MAX_GROUPS {
                return Err(GroupError::TooMany.into());
            }
            groups::insert(tx, &group, now).await?;
            let detail = told(&group);
            Ok(note(tx, resources, member, AuditAction::GroupMade, detail).await?)
        })
        .await;
    made.map_err(taken)?;
    Ok(group)
}

/// Gives a group another name. With `version`, only if that is still its own.
pub async fn rename(
    resources: &Resources,
    member: &Member,
    id: GroupId,
    name: &str,
    version: Option<i64>,
) -> Result<Group, ChangeError> {
    let name = group_name(name)?;
    let renamed = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Group, ChangeError> {
            let before = held(tx, member, id).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            if name == before.name {
                return Ok(before);
            }
            groups::rename(tx, id, &name).await?;
            let detail = json!({ "group": id, "before": before.name, "after": name });
            note(tx, resources, member, AuditAction::GroupRenamed, detail).await?;
            groups::get(tx, id).await?.ok_or(ChangeError::NotFound)
        })
        .await;
    renamed.map_err(taken)
}

/// Deletes a group; what was shared with it is shared with its members no more.
pub async fn remove(
    resources: &Resources,
    member: &Member,
    id: GroupId,
) -> Result<(), ChangeError> {
    let ended = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let before = held(tx, member, id).await?;
            let ended = people::end_links_of_group(tx, id).await?;
            groups::remove(tx, id).await?;
            let detail = told(&before);
            note(tx, resources, member, AuditAction::GroupDeleted, detail).await?;
            Ok(ended)
        })
        .await?;
    tell(resources, &ended);
    Ok(())
}

/// Puts somebody into a group; who is in it stays.
pub async fn add_member(
    resources: &Resources,
    member: &Member,
    id: GroupId,
    user: UserId,
) -> Result<Group, ChangeError> {
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<Group, ChangeError> {
            let before = held(tx, member, id).await?;
            let person = people::held(tx, user).await?;
            let person = person.ok_or(GroupError::NoSuchPerson)?;
            if !groups::add_member(tx, id, user).await? {
                return Ok(before);
            }
            let mut detail = told(&before);
            detail["person"] = json!({ "id": user, "name": person.name });
            note(tx, resources, member, AuditAction::GroupJoined, detail).await?;
            groups::get(tx, id).await?.ok_or(ChangeError::NotFound)
        })
        .await
}

/// Takes somebody out of a group: what they held open by it ends.
pub async fn remove_member(
    resources: &Resources,
    member: &Member,
    id: GroupId,
    user: UserId,
) -> Result<Group, ChangeError> {
    let (group, ended) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let before = held(tx, member, id).await?;
            if !groups::remove_member(tx, id, user).await? {
                return Ok((before, Vec::new()));
            }
            let ended = people::end_links_of_group(tx, id).await?;
            let mut detail = told(&before);
            let name = people::held(tx, user).await?.map(|person| person.name);
            detail["person"] = json!({ "id": user, "name": name });
            note(tx, resources, member, AuditAction::GroupLeft, detail).await?;
            let group = groups::get(tx, id).await?.ok_or(ChangeError::NotFound)?;
            Ok((group, ended))
        })
        .await?;
    tell(resources, &ended);
    Ok(group)
}

async fn admit(tx: &mut Tx, member: &Member) -> Result<(), ChangeError> {
    if may(acting(tx, member).await?, Act::ManageGroups) {
        Ok(())
    } else {
        Err(PeopleError::AdminsOnly.into())
    }
}

async fn held(tx: &mut Tx, member: &Member, id: GroupId) -> Result<Group, ChangeError> {
    admit(tx, member).await?;
    groups::get(tx, id).await?.ok_or(ChangeError::NotFound)
}

fn told(group: &Group) -> Value {
    json!({ "group": group.id, "name": group.name })
}

fn taken(error: ChangeError) -> ChangeError {
    match error {
        ChangeError::Store(cause) if cause.is_duplicate() => GroupError::NameTaken.into(),
        other => other,
    }
}
