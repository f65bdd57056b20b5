//! Recordings that go to somebody else, and people who are deleted.

use aside_protocol::id::{RecordingId, UserId};
use serde_json::json;

use super::change::deactivate;
use super::{ChangeError, acting, note, person, tell, told};
use crate::domain::account::Role;
use crate::domain::audit::AuditAction;
use crate::domain::event::Change as Event;
use crate::domain::people::{PeopleError, Person, check_manage};
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::recordings::remove_all_of;
use crate::store::{Tx, events, people};

/// Gives all recordings of one person to another, those in the trash too; says how many.
pub async fn hand_over(
    resources: &Resources,
    member: &Member,
    from: UserId,
    to: UserId,
) -> Result<usize, ChangeError> {
    let given = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let actor = acting(tx, member).await?;
            give(tx, resources, (member, actor), from, to).await
        })
        .await?;
    tell(resources, &given);
    Ok(given.len())
}

async fn give(
    tx: &mut Tx,
    resources: &Resources,
    (member, actor): (&Member, Role),
    from: UserId,
    to: UserId,
) -> Result<Vec<RecordingId>, ChangeError> {
    let giver = person(tx, from, None).await?;
    check_manage(actor, giver.role)?;
    let receiver = people::held(tx, to)
        .await?
        .filter(|it| it.deactivated_at.is_none() && may(it.role, Act::Record) && it.id != giver.id);
    let receiver = receiver.ok_or(PeopleError::Receiver)?;
    let given = people::hand_over(tx, from, to).await?;
    let detail = json!({ "from": told(&giver), "to": told(&receiver), "recordings": given.len() });
    let action = AuditAction::RecordingsHandedOver;
    note(tx, resources, member, action, detail).await?;
    Ok(given)
}

/// What becomes of what a person leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// Who gets their recordings; none: they are removed for good.
    pub recordings_to: Option<UserId>,
    /// Whether what they wrote goes too; else it stays, without their name.
    pub with_comments: bool,
}

/// Deletes a person: signs them out, gives away or removes their recordings, takes their name off what stays, removes the account.
/// Where this is cut off, they are deactivated and can be deleted again.
pub async fn remove(
    resources: &Resources,
    member: &Member,
    id: UserId,
    leaving: Leaving,
    version: Option<i64>,
) -> Result<(), ChangeError> {
    let ended = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let actor = acting(tx, member).await?;
            let before = person(tx, id, version).await?;
            let mut ended = deactivate(tx, resources, (member, actor), &before).await?;
            if let Some(to) = leaving.recordings_to {
                ended.extend(give(tx, resources, (member, actor), id, to).await?);
            }
            Ok(ended)
        })
        .await?;
    tell(resources, &ended);
    loop {
        remove_all_of(resources, id).await?;
        let changed = resources
            .store
            .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
                // Before the person, as whoever writes about a recording holds it before anything else. What can be searched for refers
                // to comments: whoever makes it and whoever removes these would wait for each other.
                let held = people::commented(tx, id).await?;
                for recording in &held {
                    tx.lock_recording(*recording).await?;
                }
                let person = person(tx, id, None).await?;
                let more = people::commented(tx, id).await? != held;
                if person.recordings > 0 || more {
                    return Ok(None);
                }
                let changed = take_out(tx, resources, member, &person, leaving).await?;
                Ok(Some(changed))
            })
            .await?;
        if let Some(changed) = changed {
            tell(resources, &changed);
            return Ok(());
        }
    }
}

/// Takes a person without recordings out of everything; answers in which recordings their comments changed.
async fn take_out(
    tx: &mut Tx,
    resources: &Resources,
    member: &Member,
    person: &Person,
    leaving: Leaving,
) -> Result<Vec<RecordingId>, ChangeError> {
    let now = resources.now();
    let mut comments = people::leave_comments(tx, person, leaving.with_comments, now).await?;
    people::remove(tx, person).await?;
    let mut detail = told(person);
    detail["with_comments"] = json!(leaving.with_comments);
    note(tx, resources, member, AuditAction::PersonDeleted, detail).await?;
    comments.sort_unstable();
    for &(recording, comment) in &comments {
        events::append(tx, recording, Event::Comment(comment), now).await?;
    }
    let mut recordings: Vec<RecordingId> = comments.into_iter().map(|(id, _)| id).collect();
    recordings.dedup();
    Ok(recordings)
}
