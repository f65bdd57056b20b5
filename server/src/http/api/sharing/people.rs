//! People with whom a recording is shared by name.

use aside_protocol::id::{GrantId, GroupId, RecordingId, UserId};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Sharing;
use crate::app::App;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::sharing::{self as service, Named};
use crate::service::{account, groups};

/// One of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPerson {
    #[serde(default)]
    user_id: Option<UserId>,
    /// An address; counts for who has or gets an account with it.
    #[serde(default)]
    mail: Option<String>,
    /// Counts for who is in it at any time.
    #[serde(default)]
    group_id: Option<GroupId>,
}

/// Who is meant: one of the three.
pub(in crate::http::api) fn named(
    user: Option<UserId>,
    mail: Option<String>,
    group: Option<GroupId>,
) -> ApiResult<Named> {
    match (user, mail, group) {
        (Some(user), None, None) => Ok(Named::Person(user)),
        (None, Some(mail), None) => Ok(Named::Mail(mail)),
        (None, None, Some(group)) => Ok(Named::Group(group)),
        _ => Err(ApiError::invalid(
            "person",
            "Name a person, a group or a mail address.",
        )),
    }
}

/// Shares a recording with somebody by name
#[utoipa::path(post, path = "/api/recordings/{id}/people", tag = "sharing", params(("id" = RecordingId, Path,)),
    request_body = AddPerson, responses((status = 200, body = Sharing)))]
pub async fn add_person(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    Json(wanted): Json<AddPerson>,
) -> ApiResult<Json<Sharing>> {
    let named = named(wanted.user_id, wanted.mail, wanted.group_id)?;
    let shared = service::add(&app, &member, id, named).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

#[derive(Deserialize)]
pub struct OfGrant {
    id: RecordingId,
    grant: GrantId,
}

/// Shares a recording with somebody no more
#[utoipa::path(delete, path = "/api/recordings/{id}/people/{grant}", tag = "sharing",
    params(("id" = RecordingId, Path,), ("grant" = GrantId, Path,)), responses((status = 200, body = Sharing)))]
pub async fn remove_person(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(OfGrant { id, grant }): Path<OfGrant>,
) -> ApiResult<Json<Sharing>> {
    let shared = service::remove(&app, &member, id, grant).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

/// Somebody with an account, for lists to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonName {
    id: UserId,
    name: String,
}

/// A group, for lists to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    id: GroupId,
    name: String,
}

/// Whom recordings can be shared with.
#[derive(Debug, Serialize, ToSchema)]
pub struct People {
    /// Everybody with an account that is not deactivated.
    people: Vec<PersonName>,
    groups: Vec<GroupName>,
}

/// Who has an account here, and which groups there are, by name
#[utoipa::path(get, path = "/api/people", tag = "sharing", responses((status = 200, body = People)))]
pub async fn list_people(State(app): State<App>, _: Member) -> ApiResult<Json<People>> {
    let people = account::people(&app).await?.into_iter();
    let people = people.map(|user| PersonName {
        id: user.id,
        name: user.name,
    });
    let groups = groups::names(&app).await?.into_iter();
    let groups = groups.map(|(id, name)| GroupName { id, name });
    Ok(Json(People {
        people: people.collect(),
        groups: groups.collect(),
    }))
}
