//! Who watched what: told by pages, read by owners, turned off.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change, Watch};
use crate::domain::views::MAX_STRETCHES;
use crate::http::extract::{Json, Member};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::views::{self as service, Audience, Report, Switched};

/// Whether whoever asks is a browser that does not ask to be left alone (`DNT`, Global Privacy Control): programs do not watch.
pub(in crate::http::api) fn may_be_noted(presented: &Presented, headers: &HeaderMap) -> bool {
    let refuses = |name: &str| headers.get(name).is_some_and(|value| value == "1");
    matches!(presented, Presented::Cookies { .. }) && !refuses("dnt") && !refuses("sec-gpc")
}

/// What was watched since the last report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchedReport {
    /// A number that the browser made for this recording: tells people without a name apart.
    #[serde(default)]
    visitor: Option<String>,
    /// At most 100.
    stretches: Vec<WatchedStretch>,
    /// Where it is now.
    position_ms: u64,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchedStretch {
    from_ms: u64,
    to_ms: u64,
}

/// Tells what was watched
///
/// Nothing is noted of the owner, of programs, of who sends `DNT: 1` or `Sec-GPC: 1`, and where it is turned off; the answer is
/// the same.
#[utoipa::path(post, path = "/api/watch/{slug}/watched", tag = "watch", params(("slug" = String, Path)), request_body = WatchedReport,
    responses((status = 204), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"), (status = 422)))]
pub async fn report_watched(
    State(app): State<App>,
    recording: Allowed<Watch>,
    presented: Presented,
    via: Via,
    headers: HeaderMap,
    Json(told): Json<WatchedReport>,
) -> ApiResult<StatusCode> {
    if told.stretches.len() > MAX_STRETCHES {
        return Err(ApiError::invalid("stretches", "These are too many."));
    }
    if may_be_noted(&presented, &headers) {
        let stretches = told.stretches.iter().map(|it| (it.from_ms, it.to_ms));
        let report = Report {
            visitor: told.visitor,
            stretches: stretches.collect(),
            position_ms: told.position_ms,
            address: via.client,
        };
        service::note(&app, (&app.tracks, &app.limits), &recording, report).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Who watched a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct Views {
    /// Whether it is counted; turned off, the rest is empty.
    counted: bool,
    /// Members and guests who gave a name, the newest first.
    people: Vec<WatchedBy>,
    /// How many others watched.
    unknown: u64,
    /// Programs that read it with somebody's token, the newest first; they count as no views.
    agents: Vec<ReadBy>,
    /// How many people watched each step of it.
    attention: Vec<u32>,
    /// Length of a step.
    step_ms: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WatchedBy {
    name: String,
    /// Of who has an account.
    #[schema(required)]
    user_id: Option<UserId>,
    /// How much of it, each second counted once.
    percent: u8,
    last_at: Timestamp,
}

/// A program that read a recording with somebody's token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadBy {
    /// Whose token it was.
    name: String,
    user_id: UserId,
    /// Hours in which something was read.
    reads: u64,
    last_at: Timestamp,
}

impl From<Audience> for Views {
    fn from(found: Audience) -> Self {
        let Audience {
            length_ms,
            people,
            unknown,
            agents,
            attention,
        } = found;
        let agents = agents.into_iter().map(|it| ReadBy {
            name: it.name,
            user_id: it.user,
            reads: it.reads,
            last_at: it.last_at,
        });
        let people = people.into_iter().map(|view| WatchedBy {
            percent: view.watched.percent(length_ms),
            name: view.name.unwrap_or_default(),
            user_id: view.user,
            last_at: view.last_at,
        });
        Self {
            counted: true,
            people: people.collect(),
            unknown,
            agents: agents.collect(),
            attention: attention.people,
            step_ms: attention.step_ms,
        }
    }
}

/// Who watched a recording, and how much of it; for its owner
#[utoipa::path(get, path = "/api/recordings/{id}/views", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = Views)))]
pub async fn get_views(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<Json<Views>> {
    let found = service::audience(&app, &app.tracks, &recording).await?;
    Ok(Json(found.map_or_else(
        || Views {
            counted: false,
            people: Vec::new(),
            unknown: 0,
            agents: Vec::new(),
            attention: Vec::new(),
            step_ms: 1000,
        },
        Views::from,
    )))
}

/// Whether watching is noted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewSwitches {
    /// What one watches oneself, and who watches what one recorded.
    own: bool,
    /// For everybody; off turns off all.
    server: bool,
}

impl From<Switched> for ViewSwitches {
    fn from(found: Switched) -> Self {
        Self {
            own: found.own,
            server: found.server,
        }
    }
}

/// Whether watching is noted
#[utoipa::path(get, path = "/api/me/views", tag = "account", responses((status = 200, body = ViewSwitches)))]
pub async fn get_view_switches(
    State(app): State<App>,
    member: Member,
) -> ApiResult<Json<ViewSwitches>> {
    Ok(Json(service::switches(&app, &member.user).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchOwnViews {
    own: bool,
}

/// Turns it on or off for oneself: what one watches, and who watches what one recorded. Turned off, what one watched is forgotten
#[utoipa::path(put, path = "/api/me/views", tag = "account", request_body = SwitchOwnViews,
    responses((status = 200, body = ViewSwitches)))]
pub async fn set_own_views(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<SwitchOwnViews>,
) -> ApiResult<Json<ViewSwitches>> {
    service::set_own(&app, &member.user, wanted.own).await?;
    Ok(Json(service::switches(&app, &member.user).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchServerViews {
    server: bool,
}

/// Turns it on or off for everybody; for owners and admins of the server
#[utoipa::path(put, path = "/api/server/views", tag = "account", request_body = SwitchServerViews,
    responses((status = 200, body = ViewSwitches), (status = 403)))]
pub async fn set_server_views(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<SwitchServerViews>,
) -> ApiResult<Json<ViewSwitches>> {
    if !service::set_server(&app, &member.user, wanted.server).await? {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may say this for everybody."));
    }
    Ok(Json(service::switches(&app, &member.user).await?.into()))
}
