//! People who may see a recording whatever its audience.

use aside_protocol::id::{GrantId, GroupId, RecordingId, UserId};
use serde_json::json;

use super::shared::{ChangeError, Effect, Shared, changed};
use crate::domain::access;
use crate::domain::account::Email;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::recording::Recording;
use crate::domain::sharing::{Grantee, MAX_GRANTS, MAX_SHARED_AT_ONCE, SharingError};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate;
use crate::service::notices::{Cause, Told, tell};
use crate::store::{Tx, audit, events, groups, shares};

/// Who is to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Person(UserId),
    /// As it was typed.
    Mail(String),
    Group(GroupId),
}

/// Whom a recording of `member` can be shared with.
async fn grantee(
    resources: &Resources,
    member: &Member,
    named: Named,
) -> Result<Grantee, ChangeError> {
    let to = match named {
        Named::Person(user) => Grantee::Person(user),
        Named::Mail(typed) => Grantee::Mail(typed.parse::<Email>()?),
        Named::Group(group) => Grantee::Group(group),
    };
    let own = match &to {
        Grantee::Person(user) => *user == member.user.id,
        Grantee::Mail(email) => *email == member.user.email,
        Grantee::Group(_) => false,
    };
    if own {
        return Err(SharingError::Owner.into());
    }
    if let Grantee::Person(user) = &to
        && resources.store.user(*user).await?.is_none()
    {
        return Err(SharingError::NoSuchPerson.into());
    }
    Ok(to)
}

/// Names somebody; who is named already stays so.
pub async fn add(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    named: Named,
) -> Result<Shared, ChangeError> {
    let to = grantee(resources, member, named).await?;
    let grant = GrantId::new(resources.now(), resources.id_entropy());
    changed(
        resources,
        member,
        id,
        None,
        async |tx: &mut Tx, _: &Recording, now| {
            if shares::count_grants(tx, id).await? >= MAX_GRANTS {
                return Err(SharingError::TooMany.into());
            }
            if let Grantee::Group(group) = &to
                && groups::get(tx, *group).await?.is_none()
            {
                return Err(SharingError::NoSuchGroup.into());
            }
            if !shares::add_grant(tx, id, grant, &to, now).await? {
                return Ok(None);
            }
            shares::touch(tx, id, false).await?;
            let cause = Cause::Shared {
                recording: id,
                with: &to,
            };
            let told = tell(tx, resources, Some(member.user.id), cause).await?;
            Ok(Some(Effect {
                action: AuditAction::PersonAdded,
                detail: detail(&to),
                told,
            }))
        },
    )
    .await
}

/// Takes a name back: what that person held open ends.
pub async fn remove(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    grant: GrantId,
) -> Result<Shared, ChangeError> {
    let grants = resources.store.grants(id).await?;
    let to = grants.into_iter().find(|it| it.id == grant).map(|it| it.to);
    changed(
        resources,
        member,
        id,
        None,
        async |tx: &mut Tx, _: &Recording, _| {
            let Some(to) = to else {
                return Err(ChangeError::NotFound);
            };
            if !shares::remove_grant(tx, id, grant).await? {
                return Err(ChangeError::NotFound);
            }
            shares::touch(tx, id, true).await?;
            Ok(Some(Effect {
                action: AuditAction::PersonRemoved,
                detail: detail(&to),
                told: Told::default(),
            }))
        },
    )
    .await
}

pub(super) fn detail(to: &Grantee) -> serde_json::Value {
    match to {
        Grantee::Person(user) => json!({ "person": user }),
        Grantee::Mail(email) => json!({ "mail": email.as_str() }),
        Grantee::Group(group) => json!({ "group": group }),
    }
}

/// Names somebody for several recordings, or takes the name back: for all of them, or none. Answers for which something changed.
pub async fn share_many(
    resources: &Resources,
    member: &Member,
    mut ids: Vec<RecordingId>,
    named: Named,
    remove: bool,
) -> Result<Vec<RecordingId>, ChangeError> {
    if ids.len() > MAX_SHARED_AT_ONCE {
        return Err(SharingError::TooManyAtOnce.into());
    }
    ids.sort_unstable();
    ids.dedup();
    let to = grantee(resources, member, named).await?;
    let (viewer, now) = (member.viewer(), resources.now());
    let (changed, told) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let (mut changed, mut told) = (Vec::new(), Told::default());
            if let Grantee::Group(group) = &to
                && groups::get(tx, *group).await?.is_none()
            {
                return Err(SharingError::NoSuchGroup.into());
            }
            for &id in &ids {
                gate::held::<access::Change>(tx, &viewer, id, now).await?;
                let done = if remove {
                    shares::remove_grants_of(tx, id, &to).await?
                } else {
                    if shares::count_grants(tx, id).await? >= MAX_GRANTS {
                        return Err(SharingError::TooMany.into());
                    }
                    let grant = GrantId::new(now, resources.id_entropy());
                    shares::add_grant(tx, id, grant, &to, now).await?
                };
                if !done {
                    continue;
                }
                shares::touch(tx, id, remove).await?;
                let action = if remove {
                    AuditAction::PersonRemoved
                } else {
                    let cause = Cause::Shared {
                        recording: id,
                        with: &to,
                    };
                    told.add(tell(tx, resources, Some(member.user.id), cause).await?);
                    AuditAction::PersonAdded
                };
                let entry = Entry::by(&member.user, action, Some(id), detail(&to));
                audit::add(tx, &entry, now).await?;
                events::append(tx, id, Event::Sharing, now).await?;
                changed.push(id);
            }
            Ok((changed, told))
        })
        .await?;
    for &id in &changed {
        resources.notify.notify(id);
    }
    told.wake(resources);
    Ok(changed)
}
