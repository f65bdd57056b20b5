//! Roles, and who is deactivated.

use aside_protocol::id::{RecordingId, UserId};
use serde_json::json;

use super::{ChangeError, acting, note, person, tell, told};
use crate::domain::account::Role;
use crate::domain::audit::AuditAction;
use crate::domain::people::{Person, check_leave, check_manage, check_role};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{Tx, invitations, people};

/// Gives somebody another role. With `version`, only if that is still theirs.
pub async fn change_role(
    resources: &Resources,
    member: &Member,
    id: UserId,
    role: Role,
    version: Option<i64>,
) -> Result<Person, ChangeError> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<Person, ChangeError> {
            let actor = acting(tx, member).await?;
            let before = person(tx, id, version).await?;
            check_role(actor, &before, role, people::count_owners(tx).await?)?;
            if role == before.role {
                return Ok(before);
            }
            people::set_role(tx, id, role).await?;
            if role < before.role {
                // Nobody goes on giving what they have not any more.
                invitations::revoke_by(tx, id, now).await?;
            }
            let mut detail = told(&before);
            detail["before"] = json!(before.role);
            detail["after"] = json!(role);
            note(tx, resources, member, AuditAction::RoleChanged, detail).await?;
            person(tx, id, None).await
        })
        .await
}

/// Deactivates somebody, or brings them back. With `version`, only if that is still theirs.
pub async fn set_active(
    resources: &Resources,
    member: &Member,
    id: UserId,
    active: bool,
    version: Option<i64>,
) -> Result<Person, ChangeError> {
    let (after, ended) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let actor = acting(tx, member).await?;
            let before = person(tx, id, version).await?;
            if active == before.deactivated_at.is_none() {
                return Ok((before, Vec::new()));
            }
            if active {
                check_manage(actor, before.role)?;
                people::set_deactivated(tx, id, None).await?;
                let action = AuditAction::PersonReactivated;
                note(tx, resources, member, action, told(&before)).await?;
                return Ok((person(tx, id, None).await?, Vec::new()));
            }
            let ended = deactivate(tx, resources, (member, actor), &before).await?;
            Ok((person(tx, id, None).await?, ended))
        })
        .await?;
    tell(resources, &ended);
    Ok(after)
}

/// Signs a person out everywhere, and ends the media links they may hold; answers of which recordings.
pub(super) async fn deactivate(
    tx: &mut Tx,
    resources: &Resources,
    (member, actor): (&Member, Role),
    person: &Person,
) -> Result<Vec<RecordingId>, ChangeError> {
    let owners = people::count_owners(tx).await?;
    check_leave((member.user.id, actor), person, owners)?;
    let (id, now) = (person.id, resources.now());
    people::set_deactivated(tx, id, Some(now)).await?;
    people::end_tokens(tx, id).await?;
    invitations::revoke_by(tx, id, now).await?;
    let ended = people::end_links(tx, id).await?;
    let action = AuditAction::PersonDeactivated;
    note(tx, resources, member, action, told(person)).await?;
    Ok(ended)
}
