//! People, invitations and groups: `/api/server/people` and what belongs to it, for who runs the server; `/api/invitation` for who
//! is invited.

mod accept;
mod groups;
mod invitations;
mod person;

use aside_protocol::id::{GroupId, InvitationId, UserId};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::account::{Email, Role};
use crate::domain::group::Group;
use crate::domain::people::{Invitation, InvitationState, Person};
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::people::{self as service, ChangeError};

pub use accept::*;
pub use groups::*;
pub use invitations::*;
pub use person::*;

/// Somebody with an account, for who runs the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerPerson)]
pub struct PersonView {
    id: UserId,
    name: String,
    email: String,
    role: Role,
    created_at: Timestamp,
    /// To the hour; null: never since this is kept.
    #[schema(required)]
    last_seen_at: Option<Timestamp>,
    /// From then on they cannot sign in, and no token of theirs counts.
    #[schema(required)]
    deactivated_at: Option<Timestamp>,
    /// How many recordings are theirs, those in the trash too.
    recordings: u64,
    /// Counts up with each change of role and state; for `If-Match`.
    version: i64,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            name: person.name,
            email: person.email.as_str().to_owned(),
            role: person.role,
            created_at: person.created_at,
            last_seen_at: person.last_seen_at,
            deactivated_at: person.deactivated_at,
            recordings: person.recordings,
            version: person.version,
        }
    }
}

/// An invitation that nobody used. Its link is shown when it is made, and never again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    id: InvitationId,
    /// Whose account it will be; null: whoever has the link says one.
    #[schema(required)]
    email: Option<String>,
    role: Role,
    groups: Vec<GroupId>,
    /// Who invited; null: the command line, or somebody who is gone.
    #[schema(required)]
    invited_by: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    state: InvitationState,
}

impl InvitationView {
    fn of(invitation: Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id,
            state: invitation.state(now),
            email: invitation
                .email
                .as_ref()
                .map(Email::as_str)
                .map(str::to_owned),
            role: invitation.role,
            groups: invitation.groups,
            invited_by: invitation.inviter,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

/// Some people, under one name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
pub struct GroupView {
    id: GroupId,
    name: String,
    members: Vec<UserId>,
    /// Counts up with each change of the name; for `If-Match`.
    version: i64,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            members: group.members,
            version: group.version,
        }
    }
}

/// Everybody and everything that who runs the server looks after.
#[derive(Debug, Serialize, ToSchema)]
pub struct Roster {
    /// By name.
    people: Vec<PersonView>,
    /// Newest first; those that ran out too.
    invitations: Vec<InvitationView>,
    /// By name.
    groups: Vec<GroupView>,
}

/// Everybody with an account, open invitations, groups; for owners and admins of the server
#[utoipa::path(get, path = "/api/server/people", tag = "people", responses((status = 200, body = Roster), (status = 403)))]
pub async fn get_roster(State(app): State<App>) -> ApiResult<Json<Roster>> {
    let service::Roster {
        people,
        invitations,
        groups,
    } = service::roster(&app).await?;
    let now = app.now();
    let invitations = invitations.into_iter();
    Ok(Json(Roster {
        people: people.into_iter().map(PersonView::from).collect(),
        invitations: invitations.map(|it| InvitationView::of(it, now)).collect(),
        groups: groups.into_iter().map(GroupView::from).collect(),
    }))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Accepted => Self::new(ProblemCode::Gone).detail(error),
            ChangeError::People(cause) => match cause.field() {
                Some(field) => Self::invalid(field, cause),
                None => Self::new(ProblemCode::Forbidden).detail(cause),
            },
            ChangeError::Group(cause) => Self::invalid(cause.field(), cause),
            ChangeError::Account(cause) => cause.into(),
            ChangeError::Password(cause) => Self::internal(cause),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
