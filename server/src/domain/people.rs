//! People as who runs the server sees them, and invitations. Pure.

use std::time::Duration;

use aside_protocol::id::{GroupId, InvitationId, UserId};
use aside_protocol::time::Timestamp;
use serde::Serialize;

use super::account::{Email, Role};
use super::names::names;
use super::roles::{Act, may, may_manage};

/// What stays of the name of somebody who was deleted, at comments that were kept.
pub const FORMER_MEMBER: &str = "A former member";
/// Days in which an invitation can be accepted.
pub const DEFAULT_DAYS: u32 = 7;
pub const MAX_DAYS: u32 = 30;
/// Invitations that can be open at once.
pub const MAX_OPEN: usize = 500;

/// Somebody with an account, for who runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub email: Email,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// To the hour; none: never since this is kept.
    pub last_seen_at: Option<Timestamp>,
    /// From then on no token of theirs counts.
    pub deactivated_at: Option<Timestamp>,
    /// Their own, those in the trash too.
    pub recordings: u64,
    /// Counts changes of role and state.
    pub version: i64,
}

/// Why somebody's role or state was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    #[error("Only an owner or an admin of this server may do this.")]
    AdminsOnly,
    #[error("Only an owner may do this with owners.")]
    OwnersOnly,
    #[error("Nobody else is an owner here. Make somebody an owner first.")]
    LastOwner,
    #[error("This is your own account. Somebody else has to do this.")]
    Oneself,
    #[error("Name somebody who may record, is not deactivated, and is not the same person.")]
    Receiver,
    #[error("An invitation can be accepted for 1 to {MAX_DAYS} days.")]
    Days,
    #[error("{MAX_OPEN} invitations are open. Revoke some first.")]
    TooManyOpen,
    #[error("There is no such group.")]
    Group,
    #[error("Somebody has an account with this address here already.")]
    HasAccount,
}

impl PeopleError {
    /// The field that is to blame; none where it is a matter of rights.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::AdminsOnly | Self::OwnersOnly => None,
            Self::LastOwner => Some("role"),
            Self::Oneself => Some("id"),
            Self::Receiver => Some("to"),
            Self::Days => Some("days"),
            Self::TooManyOpen => Some("invitations"),
            Self::Group => Some("groups"),
            Self::HasAccount => Some("email"),
        }
    }
}

/// Whether somebody with the role `actor` may invite to, give, take or end a role.
pub fn check_manage(actor: Role, other: Role) -> Result<(), PeopleError> {
    if may_manage(actor, other) {
        Ok(())
    } else if may(actor, Act::ManagePeople) {
        Err(PeopleError::OwnersOnly)
    } else {
        Err(PeopleError::AdminsOnly)
    }
}

/// Whether somebody with the role `actor` may make `person` have another role; `owners` are active.
pub fn check_role(actor: Role, person: &Person, to: Role, owners: u64) -> Result<(), PeopleError> {
    check_manage(actor, person.role)?;
    check_manage(actor, to)?;
    if to == Role::Owner {
        return Ok(());
    }
    check_last_owner(person, owners)
}

/// Whether `actor`, who has the role, may deactivate or delete `person`; `owners` are active.
pub fn check_leave(
    (actor, role): (UserId, Role),
    person: &Person,
    owners: u64,
) -> Result<(), PeopleError> {
    check_manage(role, person.role)?;
    check_last_owner(person, owners)?;
    // Who runs the server does not lock themselves out by a wrong line of a list.
    if actor == person.id {
        return Err(PeopleError::Oneself);
    }
    Ok(())
}

fn check_last_owner(person: &Person, owners: u64) -> Result<(), PeopleError> {
    let is_active_owner = person.role == Role::Owner && person.deactivated_at.is_none();
    if is_active_owner && owners <= 1 {
        return Err(PeopleError::LastOwner);
    }
    Ok(())
}

/// A row of `invitations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// Whose account it will be; none: whoever has the link says one.
    pub email: Option<Email>,
    pub role: Role,
    pub groups: Vec<GroupId>,
    /// Who invited, by the name of today.
    pub inviter: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// What becomes of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Open,
    Used,
    Revoked,
    Expired,
}

names!(InvitationState, "state of an invitation", {
    Open: "open",
    Used: "used",
    Revoked: "revoked",
    Expired: "expired",
});

impl Invitation {
    pub fn state(&self, now: Timestamp) -> InvitationState {
        if self.used_at.is_some() {
            InvitationState::Used
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if self.expires_at <= now {
            InvitationState::Expired
        } else {
            InvitationState::Open
        }
    }
}

/// Where an invitation is accepted. The secret stands behind a `#`, which browsers send to nobody.
pub fn invitation_path(secret: &str) -> String {
    format!("/invitation#{secret}")
}

/// How long an invitation can be accepted.
pub fn lifetime(days: Option<u32>) -> Result<Duration, PeopleError> {
    match days.unwrap_or(DEFAULT_DAYS) {
        days @ 1..=MAX_DAYS => Ok(Duration::from_secs(u64::from(days) * 24 * 3600)),
        _ => Err(PeopleError::Days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Role) -> Person {
        let at = Timestamp::from_micros(1);
        Person {
            id: UserId::new(at, [7; 10]),
            email: "a@example.org".parse().unwrap(),
            name: "Ana".to_owned(),
            role,
            created_at: at,
            last_seen_at: None,
            deactivated_at: None,
            recordings: 0,
            version: 0,
        }
    }

    fn other() -> UserId {
        UserId::new(Timestamp::from_micros(1), [8; 10])
    }

    #[test]
    fn the_last_owner_stays_one() {
        use Role::{Admin, Owner};
        let owner = person(Owner);
        assert_eq!(
            check_role(Owner, &owner, Admin, 1),
            Err(PeopleError::LastOwner)
        );
        assert_eq!(check_role(Owner, &owner, Admin, 2), Ok(()));
        assert_eq!(check_role(Owner, &owner, Owner, 1), Ok(()));
        let leave = |owners| check_leave((other(), Owner), &owner, owners);
        assert_eq!((leave(1), leave(2)), (Err(PeopleError::LastOwner), Ok(())));
        let mut gone = person(Owner);
        gone.deactivated_at = Some(Timestamp::from_micros(2));
        assert_eq!(check_role(Owner, &gone, Admin, 1), Ok(()));
    }

    #[test]
    fn an_admin_makes_and_ends_no_owner() {
        use Role::{Admin, Member, Owner};
        for (from, to) in [(Owner, Member), (Member, Owner)] {
            let told = check_role(Admin, &person(from), to, 2);
            assert_eq!(told, Err(PeopleError::OwnersOnly));
        }
        assert_eq!(check_role(Admin, &person(Member), Admin, 1), Ok(()));
        let told = check_leave((other(), Admin), &person(Owner), 2);
        assert_eq!(told, Err(PeopleError::OwnersOnly));
    }

    #[test]
    fn nobody_ends_their_own_account_here() {
        let me = person(Role::Admin);
        let told = check_leave((me.id, Role::Admin), &me, 1);
        assert_eq!(told, Err(PeopleError::Oneself));
    }

    #[test]
    fn an_invitation_ends_by_use_by_word_and_by_time() {
        let at = Timestamp::from_micros;
        let open = Invitation {
            id: InvitationId::new(at(1), [1; 10]),
            email: None,
            role: Role::Member,
            groups: Vec::new(),
            inviter: None,
            created_at: at(1),
            expires_at: at(10),
            used_at: None,
            revoked_at: None,
        };
        assert_eq!(open.state(at(9)), InvitationState::Open);
        assert_eq!(open.state(at(10)), InvitationState::Expired);
        let mut revoked = open;
        revoked.revoked_at = Some(at(2));
        assert_eq!(revoked.state(at(20)), InvitationState::Revoked);
        revoked.used_at = Some(at(2));
        assert_eq!(revoked.state(at(3)), InvitationState::Used);
    }

    #[test]
    fn an_invitation_is_open_for_a_month_at_most() {
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(lifetime(None), Ok(day * DEFAULT_DAYS));
        assert_eq!(lifetime(Some(30)), Ok(day * 30));
        for days in [0, 31, u32::MAX] {
            assert_eq!(lifetime(Some(days)), Err(PeopleError::Days));
        }
    }
}
