//! `/api/folders/{id}/sharing` and `/api/folders/{id}/people`: who may see what lies in a folder.

use aside_protocol::id::{FolderId, GrantId, GroupId, UserId};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::sharing::Audience;
use crate::http::ApiResult;
use crate::http::api::sharing::{SharedWith, named};
use crate::http::extract::{Json, Member, Path};
use crate::service::sharing::{self as service, FolderShared};

/// How a folder is shared.
#[derive(Debug, Serialize, ToSchema)]
pub struct FolderSharing {
    id: FolderId,
    name: String,
    /// Null: it says nothing itself.
    #[schema(required)]
    audience: Option<Audience>,
    /// The folder above that says it, where this one says nothing; null: then each recording is shared as it says itself.
    #[schema(required)]
    above: Option<FolderAbove>,
    /// Who may see what lies in it whatever the audience.
    people: Vec<SharedWith>,
    /// How many recordings outside of the trash it counts for.
    recordings: u64,
}

/// A folder in which another lies.
#[derive(Debug, Serialize, ToSchema)]
pub struct FolderAbove {
    id: FolderId,
    name: String,
    audience: Audience,
}

impl From<FolderShared> for FolderSharing {
    fn from(shared: FolderShared) -> Self {
        Self {
            id: shared.folder.id,
            name: shared.folder.name,
            audience: shared.folder.audience,
            above: shared
                .above
                .map(|(id, name, audience)| FolderAbove { id, name, audience }),
            people: shared.people.into_iter().map(SharedWith::from).collect(),
            recordings: shared.recordings,
        }
    }
}

/// Who may see what lies in a folder; for its owner
#[utoipa::path(get, path = "/api/folders/{id}/sharing", tag = "sharing", params(("id" = Uuid, Path)),
    responses((status = 200, body = FolderSharing), (status = 404)))]
pub async fn get_folder_sharing(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
) -> ApiResult<Json<FolderSharing>> {
    Ok(Json(service::read_folder(&app, &member, id).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFolderSharing {
    /// `owner`: for its owner, and for people who are named for it. `members`: for everyone here. Null: as the folder that it lies
    /// in, or each recording as it says itself.
    // Null has to be said: nothing at all would be taken for it.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    audience: Option<Audience>,
}

/// Says for whom a folder is
///
/// It counts at once for every recording in it and in folders inside of it that say nothing themselves, but for recordings that were
/// narrowed. What was open by rights that are gone ends.
#[utoipa::path(patch, path = "/api/folders/{id}/sharing", tag = "sharing", params(("id" = Uuid, Path)),
    request_body = ChangeFolderSharing, responses((status = 200, body = FolderSharing), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn change_folder_sharing(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
    Json(wanted): Json<ChangeFolderSharing>,
) -> ApiResult<Json<FolderSharing>> {
    let shared = service::change_folder(&app, &member, id, wanted.audience).await?;
    Ok(Json(shared.into()))
}

/// One of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFolderPerson {
    #[serde(default)]
    user_id: Option<UserId>,
    /// Counts for who is in it at any time.
    #[serde(default)]
    group_id: Option<GroupId>,
}

/// Shares a folder with a person or a group by name
#[utoipa::path(post, path = "/api/folders/{id}/people", tag = "sharing", params(("id" = Uuid, Path)),
    request_body = AddFolderPerson, responses((status = 200, body = FolderSharing), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn add_folder_person(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
    Json(wanted): Json<AddFolderPerson>,
) -> ApiResult<Json<FolderSharing>> {
    let named = named(wanted.user_id, None, wanted.group_id)?;
    let shared = service::add_to_folder(&app, &member, id, named).await?;
    Ok(Json(shared.into()))
}

#[derive(Deserialize)]
pub struct OfFolderGrant {
    id: FolderId,
    grant: GrantId,
}

/// Shares a folder with somebody no more
#[utoipa::path(delete, path = "/api/folders/{id}/people/{grant}", tag = "sharing",
    params(("id" = Uuid, Path), ("grant" = Uuid, Path)), responses((status = 200, body = FolderSharing), (status = 404)))]
pub async fn remove_folder_person(
    State(app): State<App>,
    member: Member,
    Path(OfFolderGrant { id, grant }): Path<OfFolderGrant>,
) -> ApiResult<Json<FolderSharing>> {
    let shared = service::remove_from_folder(&app, &member, id, grant).await?;
    Ok(Json(shared.into()))
}
