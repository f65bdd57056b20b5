//! Recordings that their owner gives to somebody else, and takes back.

use std::time::Duration;

use aside_protocol::id::{GrantId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::json;

use super::gate::{self, GateError};
use super::notices::{Cause, Told, settle, tell};
use super::sharing::{governor_of, settle_moved};
use crate::domain::access::Delete;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::notice::Key;
use crate::domain::people::PeopleError;
use crate::domain::roles::{Act, may};
use crate::domain::sharing::Grantee;
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::handovers::{self, Handover};
use crate::store::{StoreError, Tx, audit, events, folders, people, shares};

/// Why nothing changes hands.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// So long what was given can be taken back.
pub const TAKEN_BACK_WITHIN: Duration = Duration::from_secs(60);

/// Gives a recording of `member` to `to`, in a transaction that holds nothing else of it.
pub(super) async fn give(
    tx: &mut Tx,
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    to: UserId,
    now: Timestamp,
) -> Result<Told, HandOverError> {
    let recording = gate::held::<Delete>(tx, &member.viewer(), id, now).await?;
    let receiver = people::held(tx, to)
        .await?
        .filter(|it| it.deactivated_at.is_none() && may(it.role, Act::Record))
        .filter(|it| it.id != member.user.id)
        .ok_or(PeopleError::Receiver)?;
    let mut kept = recording.sharing.clone();
    let handover = Handover {
        from: member.user.id,
        to,
        folder: handovers::folder_of(tx, id).await?,
        named: handovers::remove_names(tx, id, to).await?,
        own: kept.keep_narrower(),
    };
    handovers::set_owner(tx, id, to, None).await?;
    settle_moved(tx, &member.user, id, &kept, now).await?;
    handovers::note(tx, id, &handover, now.plus(TAKEN_BACK_WITHIN)).await?;
    let detail = json!({ "to": { "id": to, "name": receiver.name } });
    let entry = Entry::by(&member.user, AuditAction::RecordingGiven, Some(id), detail);
    audit::add(tx, &entry, now).await?;
    events::append(tx, id, Event::Sharing, now).await?;
    let cause = Cause::Given { recording: id, to };
    Ok(tell(tx, resources, Some(member.user.id), cause).await?)
}

/// Takes back what was given a moment ago: all of them, or none. Whoever has it now may have changed it; that stays.
pub async fn take_back(
    resources: &Resources,
    member: &Member,
    mut ids: Vec<RecordingId>,
) -> Result<(), HandOverError> {
    ids.sort_unstable();
    ids.dedup();
    let (owner, now) = (member.user.id, resources.now());
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Told, HandOverError> {
            let mut told = Told::default();
            // Before the recordings, as everybody does: what a folder says stays so until the commit.
            folders::held(tx, owner).await?;
            for &id in &ids {
                tx.lock_recording(id).await?;
                let found = handovers::take(tx, id, owner, now).await?;
                let before = tx.recording(id).await?;
                let (Some(handover), Some(before)) = (found, before) else {
                    return Err(GateError::NotFound.into());
                };
                // It may have gone on to somebody else.
                if before.owner != handover.to {
                    return Err(GateError::NotFound.into());
                }
                handovers::set_owner(tx, id, owner, handover.folder).await?;
                if handover.named {
                    let grant = GrantId::new(now, resources.id_entropy());
                    shares::add_grant(tx, id, grant, &Grantee::Person(handover.to), now).await?;
                }
                let mut kept = before.sharing.clone();
                if let Some(own) = handover.own {
                    kept.choice_back(own, governor_of(tx, id).await?);
                    shares::set(tx, id, &kept, false).await?;
                }
                settle_moved(tx, &member.user, id, &kept, now).await?;
                told.add(settle(tx, Key::Given(id, handover.to), now).await?);
                let detail =
                    json!({ "to": { "id": owner, "name": member.user.name }, "back": true });
                let action = AuditAction::RecordingGiven;
                let entry = Entry::by(&member.user, action, Some(id), detail);
                audit::add(tx, &entry, now).await?;
                events::append(tx, id, Event::Sharing, now).await?;
            }
            Ok(told)
        })
        .await?;
    for id in ids {
        resources.notify.notify(id);
    }
    told.wake(resources);
    Ok(())
}
