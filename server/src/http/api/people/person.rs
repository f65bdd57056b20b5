//! One person: role, state, recordings, deletion.

use aside_protocol::id::UserId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PersonView;
use crate::app::App;
use crate::domain::account::Role;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::people::{self as service, Leaving};

/// One of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePerson {
    role: Option<Role>,
    /// False signs them out everywhere and ends their tokens and media links; true lets them sign in again.
    active: Option<bool>,
}

/// Changes somebody's role, deactivates them or brings them back
///
/// With `If-Match`, only if they are still at that version. The last owner stays one.
#[utoipa::path(patch, path = "/api/server/people/{id}", tag = "people",
    params(("id" = UserId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = ChangePerson, responses((status = 200, body = PersonView), (status = 403), (status = 404), (status = 412, description = "version_conflict"),
        (status = 422, description = "invalid, with the field: the last owner, oneself")))]
pub async fn change_person(
    State(app): State<App>,
    member: Member,
    Path(id): Path<UserId>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<ChangePerson>,
) -> ApiResult<Json<PersonView>> {
    let person = match (wanted.role, wanted.active) {
        (Some(role), None) => service::change_role(&app, &member, id, role, version).await?,
        (None, Some(active)) => service::set_active(&app, &member, id, active, version).await?,
        _ => {
            return Err(ApiError::invalid(
                "role",
                "Say either a role or whether they are active.",
            ));
        }
    };
    Ok(Json(person.into()))
}

/// Who gets them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    to: UserId,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HandedOver {
    recordings: usize,
}

/// Gives all recordings of somebody to somebody else, those in the trash too; their folders are left behind
#[utoipa::path(post, path = "/api/server/people/{id}/hand-over", tag = "people", params(("id" = UserId, Path,)),
    request_body = HandOver, responses((status = 200, body = HandedOver), (status = 403), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn hand_over(
    State(app): State<App>,
    member: Member,
    Path(id): Path<UserId>,
    Json(wanted): Json<HandOver>,
) -> ApiResult<Json<HandedOver>> {
    let recordings = service::hand_over(&app, &member, id, wanted.to).await?;
    Ok(Json(HandedOver { recordings }))
}

/// What becomes of what they leave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletePerson {
    /// Who gets their recordings; null: they are removed for good, whether in the trash or not.
    #[schema(required)]
    recordings_to: Option<UserId>,
    /// True: what they wrote is deleted. False: it stays, as written by a former member.
    with_comments: bool,
}

/// Deletes somebody's account and traces; what is in the log of changes stays
#[utoipa::path(post, path = "/api/server/people/{id}/delete", tag = "people",
    params(("id" = UserId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was seen, such as `\"3\"`")),
    request_body = DeletePerson, responses((status = 204), (status = 403), (status = 404), (status = 412, description = "version_conflict"),
        (status = 422, description = "invalid, with the field: the last owner, oneself")))]
pub async fn delete_person(
    State(app): State<App>,
    member: Member,
    Path(id): Path<UserId>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<DeletePerson>,
) -> ApiResult<StatusCode> {
    let leaving = Leaving {
        recordings_to: wanted.recordings_to,
        with_comments: wanted.with_comments,
    };
    service::remove(&app, &member, id, leaving, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
