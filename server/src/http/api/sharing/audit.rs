//! `GET /api/audit`: who changed what, for admins.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::audit::Wanted;
use crate::domain::audit_export;
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
    /// Such as `sharing_changed`.
    action: Option<String>,
    /// A person's id: what they did.
    actor: Option<UserId>,
    /// Microseconds since 1970: not older.
    since: Option<i64>,
    /// Microseconds since 1970: older.
    until: Option<i64>,
}

/// What is not said is not filtered.
fn filter(
    action: Option<&str>,
    actor: Option<UserId>,
    since: Option<i64>,
    until: Option<i64>,
) -> ApiResult<Wanted> {
    let action = action.map(str::parse).transpose();
    Ok(Wanted {
        action: action.map_err(|e| ApiError::invalid("action", e))?,
        actor,
        since: since.map(Timestamp::from_micros),
        until: until.map(Timestamp::from_micros),
    })
}

fn refused() -> ApiError {
    ApiError::new(ProblemCode::Forbidden)
        .detail("Only an owner or an admin of this server may read this.")
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
    let wanted = filter(page.action.as_deref(), page.actor, page.since, page.until)?;
    let found = service::page(&app, &member.user, &wanted, page.before, limit).await?;
    let Page { entries, more } = found.ok_or_else(refused)?;
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

/// As what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// Comma-separated values with a head.
    Csv,
    /// One JSON object a line.
    Json,
}

/// What is to be exported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditExport {
    #[param(inline)]
    format: AuditFormat,
    /// Such as `sharing_changed`.
    action: Option<String>,
    /// A person's id: what they did.
    actor: Option<UserId>,
    /// Microseconds since 1970: not older.
    since: Option<i64>,
    /// Microseconds since 1970: older.
    until: Option<i64>,
}

/// All of it as a file, the newest first; for owners and admins of the server
#[utoipa::path(get, path = "/api/audit/export", tag = "sharing", params(AuditExport),
    responses((status = 200, content((String = "text/csv"), (String = "application/jsonl"))), (status = 403)))]
pub async fn export_audit(
    State(app): State<App>,
    member: Member,
    Query(export): Query<AuditExport>,
) -> ApiResult<impl IntoResponse> {
    let wanted = filter(
        export.action.as_deref(),
        export.actor,
        export.since,
        export.until,
    )?;
    // Said before the file begins.
    service::page(&app, &member.user, &wanted, None, 1)
        .await?
        .ok_or_else(refused)?;
    let (kind, name, head) = match export.format {
        AuditFormat::Csv => ("text/csv; charset=utf-8", "audit.csv", audit_export::HEAD),
        AuditFormat::Json => ("application/jsonl", "audit.jsonl", ""),
    };
    let line = match export.format {
        AuditFormat::Csv => audit_export::csv_line,
        AuditFormat::Json => audit_export::json_line,
    };
    let pages = service::lines(&app, member.user, wanted, line);
    let body = stream::once(async move { Ok(head.to_owned()) }).chain(pages);
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok((
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(body),
    ))
}
