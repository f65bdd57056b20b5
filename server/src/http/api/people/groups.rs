//! Groups, for who runs the server.

use aside_protocol::id::{GroupId, UserId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::GroupView;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::service::groups as service;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameGroup {
    name: String,
}

/// Makes a group
#[utoipa::path(post, path = "/api/server/groups", tag = "people", request_body = NameGroup,
    responses((status = 201, body = GroupView), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn make_group(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<NameGroup>,
) -> ApiResult<(StatusCode, Json<GroupView>)> {
    let group = service::make(&app, &member, &wanted.name).await?;
    Ok((StatusCode::CREATED, Json(group.into())))
}

/// Gives a group another name
#[utoipa::path(patch, path = "/api/server/groups/{id}", tag = "people",
    params(("id" = GroupId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = NameGroup, responses((status = 200, body = GroupView), (status = 403), (status = 404), (status = 412, description = "version_conflict"),
        (status = 422, description = "invalid, with the field")))]
pub async fn rename_group(
    State(app): State<App>,
    member: Member,
    Path(id): Path<GroupId>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<NameGroup>,
) -> ApiResult<Json<GroupView>> {
    let group = service::rename(&app, &member, id, &wanted.name, version).await?;
    Ok(Json(group.into()))
}

/// Deletes a group; what was shared with it is shared with its members no more
#[utoipa::path(delete, path = "/api/server/groups/{id}", tag = "people", params(("id" = GroupId, Path,)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn remove_group(
    State(app): State<App>,
    member: Member,
    Path(id): Path<GroupId>,
) -> ApiResult<StatusCode> {
    service::remove(&app, &member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct OfMember {
    id: GroupId,
    user: UserId,
}

/// Puts somebody into a group
#[utoipa::path(put, path = "/api/server/groups/{id}/members/{user}", tag = "people",
    params(("id" = GroupId, Path,), ("user" = UserId, Path,)),
    responses((status = 200, body = GroupView), (status = 403), (status = 404), (status = 422, description = "invalid: there is no such person")))]
pub async fn join_group(
    State(app): State<App>,
    member: Member,
    Path(OfMember { id, user }): Path<OfMember>,
) -> ApiResult<Json<GroupView>> {
    let group = service::add_member(&app, &member, id, user).await?;
    Ok(Json(group.into()))
}

/// Takes somebody out of a group; what they held open by it ends
#[utoipa::path(delete, path = "/api/server/groups/{id}/members/{user}", tag = "people",
    params(("id" = GroupId, Path,), ("user" = UserId, Path,)),
    responses((status = 200, body = GroupView), (status = 403), (status = 404)))]
pub async fn leave_group(
    State(app): State<App>,
    member: Member,
    Path(OfMember { id, user }): Path<OfMember>,
) -> ApiResult<Json<GroupView>> {
    let group = service::remove_member(&app, &member, id, user).await?;
    Ok(Json(group.into()))
}
