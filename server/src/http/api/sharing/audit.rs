//! `GET /api/audit`: who changed what, for admins.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::http::extract::{Json, Member, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::audit::{self as service, Page};

const DEFAULT: u32 = 100;
const MAX: u32 = 1000;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditPage {
    /// `next` of the page before.
    before: Option<i64>,
    /// 1 to 1000; 100 when it is not said.
    limit: Option<u32>,
}

/// Something that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    seq: i64,
    at: Timestamp,
    #[schema(required)]
    actor_id: Option<UserId>,
    actor_name: String,
    action: String,
    #[schema(required)]
    recording_id: Option<RecordingId>,
    #[schema(value_type = Value)]
    detail: Value,
}

/// The newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    entries: Vec<AuditEntry>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<i64>,
}

/// Who changed what, the newest first; for owners and admins of the server
#[utoipa::path(get, path = "/api/audit", tag = "sharing", params(AuditPage),
    responses((status = 200, body = AuditList), (status = 403)))]
pub async fn get_audit(
    State(app): State<App>,
    member: Member,
    Query(page): Query<AuditPage>,
) -> ApiResult<Json<AuditList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MAX);
    let Some(Page { entries, more }) =
        service::page(&app, &member.user, page.before, limit).await?
    else {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may read this."));
    };
    let next = entries.last().filter(|_| more).map(|entry| entry.seq);
    let entries = entries.into_iter().map(|entry| AuditEntry {
        seq: entry.seq,
        at: entry.at,
        actor_id: entry.actor,
        actor_name: entry.actor_name,
        action: entry.action,
        recording_id: entry.recording,
        detail: entry.detail,
    });
    Ok(Json(AuditList {
        entries: entries.collect(),
        next,
    }))
}
