//! `/api/destinations/{id}/deliveries`

use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::outbound::{DeliveryId, DeliveryState, DestinationId, EventId, EventKind};
use crate::http::ApiResult;
use crate::http::extract::{Json, Member, Path, Query};
use crate::service::outbound::delivered::{self as service, Attempt, Logged, Replay};

const DEFAULT: u32 = 30;
const MAX_PAGE: u32 = 100;

/// Which page of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogPage {
    /// In this state only.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// `next` of the page before.
    before: Option<DeliveryId>,
    /// 1 to 100; 30 when it is not said.
    limit: Option<u32>,
}

/// An event on its way to a destination.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryView {
    id: DeliveryId,
    /// The id of the message holds it: the same at every attempt.
    event_id: EventId,
    event: EventKind,
    /// None of a test, and where its person may not see it (any more).
    #[schema(required)]
    recording: Option<DeliveredRecording>,
    state: DeliveryState,
    created_at: Timestamp,
    /// When it is tried next, while it waits.
    #[schema(required)]
    due_at: Option<Timestamp>,
    attempts: u32,
    /// The newest.
    #[schema(required)]
    last: Option<AttemptView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveredRecording {
    /// Empty: not named yet.
    title: String,
    slug: String,
}

/// One time that something was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
pub(super) struct AttemptView {
    at: Timestamp,
    /// Of the answer; none: there was no answer.
    #[schema(required)]
    status: Option<u16>,
    /// Why it was not taken; none: it was.
    #[schema(required)]
    reason: Option<String>,
    took_ms: u64,
    /// The beginning of the answer.
    excerpt: String,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at,
            status: attempt.status,
            reason: attempt.reason,
            took_ms: attempt.took_ms,
            excerpt: attempt.excerpt,
        }
    }
}

impl From<Logged> for DeliveryView {
    fn from(Logged { line, recording }: Logged) -> Self {
        let waits = line.state == DeliveryState::Waiting;
        Self {
            id: line.id,
            event_id: line.event,
            event: line.kind,
            recording: recording.map(|(title, slug)| DeliveredRecording { title, slug }),
            state: line.state,
            created_at: line.created_at,
            due_at: Some(line.due_at).filter(|_| waits),
            attempts: line.attempts,
            last: line.last.map(AttemptView::from),
        }
    }
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    /// The newest first.
    deliveries: Vec<DeliveryView>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<DeliveryId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptList {
    /// In order.
    attempts: Vec<AttemptView>,
}

/// What is to be sent once more: one of the two.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayOf)]
pub enum ReplayView {
    /// This one, whatever became of it.
    Delivery(DeliveryId),
    /// All that failed and were queued since then.
    FailedSince(Timestamp),
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// So many are sent again.
    deliveries: u64,
}

/// What became of each delivery
#[utoipa::path(get, path = "/api/destinations/{id}/deliveries", tag = "integrations",
    params(("id" = DestinationId, Path), LogPage), responses((status = 200, body = DeliveryList), (status = 404)))]
pub async fn list_deliveries(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
    Query(page): Query<LogPage>,
) -> ApiResult<Json<DeliveryList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MAX_PAGE);
    let mut found = service::log(&app, &member, id, page.state, page.before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|it| it.line.id);
    Ok(Json(DeliveryList {
        deliveries: found.into_iter().map(DeliveryView::from).collect(),
        next,
    }))
}

/// All attempts of one delivery
#[utoipa::path(get, path = "/api/destinations/{id}/deliveries/{delivery}", tag = "integrations",
    params(("id" = DestinationId, Path), ("delivery" = DeliveryId, Path)),
    responses((status = 200, body = AttemptList), (status = 404)))]
pub async fn delivery_attempts(
    State(app): State<App>,
    member: Member,
    Path((id, delivery)): Path<(DestinationId, DeliveryId)>,
) -> ApiResult<Json<AttemptList>> {
    let found = service::attempts(&app, &member, id, delivery).await?;
    Ok(Json(AttemptList {
        attempts: found.into_iter().map(AttemptView::from).collect(),
    }))
}

/// Sends one delivery once more, or all that failed
#[utoipa::path(post, path = "/api/destinations/{id}/replay", tag = "integrations", params(("id" = DestinationId, Path)),
    request_body = ReplayView, responses((status = 202, body = Replayed), (status = 404)))]
pub async fn replay_deliveries(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
    Json(which): Json<ReplayView>,
) -> ApiResult<(axum::http::StatusCode, Json<Replayed>)> {
    let which = match which {
        ReplayView::Delivery(id) => Replay::One(id),
        ReplayView::FailedSince(at) => Replay::FailedSince(at),
    };
    let deliveries = service::replay(&app, &member, id, which).await?;
    Ok((
        axum::http::StatusCode::ACCEPTED,
        Json(Replayed { deliveries }),
    ))
}
