//! People who use this server: their roles, who is deactivated, whose recordings go to whom, and who is deleted. Each change is one
//! transaction with its row of `audit`, but for a deletion, which can be begun again where it was cut off.

mod change;
mod leave;

use aside_protocol::id::{RecordingId, UserId};
use serde_json::{Value, json};

use crate::auth::password::PasswordError;
use crate::domain::account::{AccountError, Role};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::group::{Group, GroupError};
use crate::domain::people::{Invitation, PeopleError, Person};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{self, StoreError, Tx, audit};

pub use change::{change_role, set_active};
pub use leave::{Leaving, hand_over, remove};

/// Everybody and everything that who runs the server looks after.
#[derive(Debug, Clone)]
pub struct Roster {
    /// By name.
    pub people: Vec<Person>,
    /// Newest first.
    pub invitations: Vec<Invitation>,
    /// By name.
    pub groups: Vec<Group>,
}

/// Why people, groups or invitations were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such person, group or invitation")]
    NotFound,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    /// It was used, so there is nothing left to change.
    #[error("This invitation was accepted meanwhile.")]
    Accepted,
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everybody with an account, open invitations, groups.
pub async fn roster(resources: &Resources) -> Result<Roster, StoreError> {
    let store = &resources.store;
    Ok(Roster {
        people: store.roster().await?,
        invitations: store.pending_invitations().await?,
        groups: store.groups().await?,
    })
}

/// The role that whoever acts has now: it may have been taken since the request was let in.
pub(super) async fn acting(tx: &mut Tx, member: &Member) -> Result<Role, ChangeError> {
    let me = store::people::held(tx, member.user.id).await?;
    let me = me.filter(|me| me.deactivated_at.is_none());
    Ok(me.ok_or(PeopleError::AdminsOnly)?.role)
}

/// A person; with `version`, only if that is still the version.
async fn person(tx: &mut Tx, id: UserId, version: Option<i64>) -> Result<Person, ChangeError> {
    let person = store::people::held(tx, id).await?;
    let person = person.ok_or(ChangeError::NotFound)?;
    match version {
        Some(version) if version != person.version => {
            Err(ChangeError::OtherVersion(person.version))
        }
        _ => Ok(person),
    }
}

/// Writes down what was done.
pub(super) async fn note(
    tx: &mut Tx,
    resources: &Resources,
    member: &Member,
    action: AuditAction,
    detail: Value,
) -> Result<(), StoreError> {
    let entry = Entry::by(&member.user, action, None, detail);
    audit::add(tx, &entry, resources.now()).await
}

/// How somebody is told in `audit`.
fn told(person: &Person) -> Value {
    json!({ "person": person.id, "name": person.name })
}

/// More are found by who looks: track caches and event streams read rights anew each second.
const TOLD_AT_ONCE: usize = 500;

/// Says that rights on these recordings changed.
pub(super) fn tell(resources: &Resources, recordings: &[RecordingId]) {
    if recordings.len() <= TOLD_AT_ONCE {
        for &id in recordings {
            resources.notify.notify(id);
        }
    }
}
