//! Who is meant where a recording is begun without a word about it.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::sharing::Audience;
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::sharing::{self as service, defaults};

/// Who new recordings are for.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingDefaults {
    /// One's own; none: as the server says.
    #[schema(required)]
    own: Option<Audience>,
    /// For everybody who has said nothing else.
    server: Audience,
}

impl From<service::Defaults> for SharingDefaults {
    fn from(defaults: service::Defaults) -> Self {
        Self {
            own: defaults.own,
            server: defaults.server,
        }
    }
}

/// Who one's new recordings are for
#[utoipa::path(get, path = "/api/me/sharing", tag = "sharing", responses((status = 200, body = SharingDefaults)))]
pub async fn get_sharing_defaults(
    State(app): State<App>,
    member: Member,
) -> ApiResult<Json<SharingDefaults>> {
    Ok(Json(defaults(&app, &member.user).await?.into()))
}

/// For whom; `null`: as the server says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOwnDefault {
    own: Option<Audience>,
}

/// Says who one's new recordings are for
#[utoipa::path(put, path = "/api/me/sharing", tag = "sharing", request_body = ChangeOwnDefault,
    responses((status = 200, body = SharingDefaults)))]
pub async fn set_own_sharing_default(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ChangeOwnDefault>,
) -> ApiResult<Json<SharingDefaults>> {
    service::set_own_default(&app, &member.user, wanted.own).await?;
    Ok(Json(defaults(&app, &member.user).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeServerDefault {
    server: Audience,
}

/// Says who new recordings on this server are for; for its owners and admins
#[utoipa::path(put, path = "/api/server/sharing", tag = "sharing", request_body = ChangeServerDefault,
    responses((status = 200, body = SharingDefaults), (status = 403)))]
pub async fn set_server_sharing_default(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ChangeServerDefault>,
) -> ApiResult<Json<SharingDefaults>> {
    if !service::set_server_default(&app, &member.user, wanted.server).await? {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may say this for everybody."));
    }
    Ok(Json(defaults(&app, &member.user).await?.into()))
}
