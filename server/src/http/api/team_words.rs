//! Names and terms of the team.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::team_words::TeamWords;
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::team_words as service;

/// Names and terms that the speech model is told, and that take the place of what it hears instead.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamWordList {
    /// One a line: `Kubernetes`, or `Kubernetes: cooper nets, kuber netties` with what is heard instead. At most 300.
    words: String,
}

/// The names and terms of the team
#[utoipa::path(get, path = "/api/server/team-words", tag = "library", responses((status = 200, body = TeamWordList)))]
pub async fn get_team_words(
    State(app): State<App>,
    _member: Member,
) -> ApiResult<Json<TeamWordList>> {
    let words = service::read(&app).await?.text();
    Ok(Json(TeamWordList { words }))
}

/// Says the names and terms of the team, for transcripts from now on; for owners and admins of the server
#[utoipa::path(put, path = "/api/server/team-words", tag = "library", request_body = TeamWordList,
    responses((status = 200, body = TeamWordList), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn set_team_words(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<TeamWordList>,
) -> ApiResult<Json<TeamWordList>> {
    let words =
        TeamWords::read(&wanted.words).map_err(|error| ApiError::invalid("words", error))?;
    if !service::set(&app, &member.user, &words).await? {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may say this for everybody."));
    }
    Ok(Json(TeamWordList {
        words: words.text(),
    }))
}
