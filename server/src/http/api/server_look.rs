//! The name and the colour of the server.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::server_look::{Accent, LookError, ServerLook, Shades};
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};

/// What a server is called, and its colour.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookOfServer {
    /// None: Aside.
    #[schema(required)]
    name: Option<String>,
    /// As it was chosen, such as `#0f766e`; none: the program's own.
    #[schema(required)]
    accent: Option<String>,
    /// What is shown of the colour on light pages, so that words can be read; none where none was chosen.
    #[schema(required)]
    light: Option<String>,
    /// The same on dark pages.
    #[schema(required)]
    dark: Option<String>,
}

/// Both are said anew; `null` takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedLook {
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    accent: Option<String>,
}

impl From<&ServerLook> for LookOfServer {
    fn from(look: &ServerLook) -> Self {
        let shown = |on: fn(Accent) -> Shades| look.accent().map(|it| on(it).accent);
        Self {
            name: look.own_name().map(str::to_owned),
            accent: look.accent().map(|it| it.to_string()),
            light: shown(Accent::on_light),
            dark: shown(Accent::on_dark),
        }
    }
}

/// The name and the colour of the server
#[utoipa::path(get, path = "/api/server/look", tag = "account", responses((status = 200, body = LookOfServer)))]
pub async fn get_server_look(
    State(app): State<App>,
    _member: Member,
) -> ApiResult<Json<LookOfServer>> {
    Ok(Json(LookOfServer::from(&*app.look.get(&app).await)))
}

/// Says the name and the colour of the server; for its owners and admins
#[utoipa::path(put, path = "/api/server/look", tag = "account", request_body = WantedLook,
    responses((status = 200, body = LookOfServer), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn set_server_look(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<WantedLook>,
) -> ApiResult<Json<LookOfServer>> {
    let look = ServerLook::chosen(wanted.name.as_deref(), wanted.accent.as_deref())?;
    let answer = LookOfServer::from(&look);
    if !app.look.set(&app, &member.user, look).await? {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may say this for everybody."));
    }
    Ok(Json(answer))
}

impl From<LookError> for ApiError {
    fn from(error: LookError) -> Self {
        Self::invalid(error.field(), error)
    }
}
