//! The delivery log as its reader sees it.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::deliveries::Attempt;
use crate::domain::outbound::{DeliveryId, DeliveryState, DestinationId, EventId, EventKind};
use crate::on_db;
use crate::store::cell::Table;
use crate::store::{Result, Store};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: DeliveryId,
    pub event: EventId,
    pub kind: EventKind,
    pub recording: Option<RecordingId>,
    pub state: DeliveryState,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub attempts: u32,
    /// The newest.
    pub last: Option<Attempt>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: Uuid,
    event_id: Uuid,
    kind: String,
    recording_id: Option<Uuid>,
    state: String,
    created_at: i64,
    due_at: i64,
    attempts: i64,
    tried_at: Option<i64>,
    status: Option<i64>,
    reason: Option<String>,
    took_ms: Option<i64>,
    excerpt: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    at: i64,
    status: Option<i64>,
    reason: Option<String>,
    took_ms: i64,
    excerpt: String,
}

impl AttemptRow {
    fn read(self) -> Result<Attempt> {
        let table = Table("delivery_attempts");
        let status = self.status.map(|it| table.unsigned("status", it));
        Ok(Attempt {
            at: Timestamp::from_micros(self.at),
            status: status.transpose()?,
            reason: self.reason,
            took_ms: table.unsigned("took_ms", self.took_ms)?,
            excerpt: self.excerpt,
        })
    }
}

impl LineRow {
    fn read(self) -> Result<Line> {
        let table = Table("deliveries");
        let last = self.tried_at.map(|at| AttemptRow {
            at,
            status: self.status,
            reason: self.reason,
            took_ms: self.took_ms.unwrap_or(0),
            excerpt: self.excerpt.unwrap_or_default(),
        });
        Ok(Line {
            id: DeliveryId(self.id),
            event: EventId(self.event_id),
            kind: Table("outbound_events").parsed("kind", self.kind)?,
            recording: self.recording_id.map(RecordingId),
            state: table.parsed("state", self.state)?,
            created_at: Timestamp::from_micros(self.created_at),
            due_at: Timestamp::from_micros(self.due_at),
            attempts: table.unsigned("attempts", self.attempts)?,
            last: last.map(AttemptRow::read).transpose()?,
        })
    }
}

impl Store {
    /// Deliveries of a destination, the newest first: at most `limit`, older than `before`, in one state where one is named.
    pub async fn delivery_log(
        &self,
        of: DestinationId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Line>> {
        const SQL: &str = "SELECT v.id, v.event_id, e.kind, e.recording_id, v.state, v.created_at, v.due_at, v.attempts, \
             t.at AS tried_at, t.status, t.reason, t.took_ms, t.excerpt \
             FROM deliveries v JOIN outbound_events e ON e.id = v.event_id \
             LEFT JOIN delivery_attempts t ON t.delivery_id = v.id AND t.number = v.attempts \
             WHERE v.destination_id = $1 AND ($2 = '' OR v.state = $2) AND v.id < $3 ORDER BY v.id DESC LIMIT $4";
        let rows: Vec<LineRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(of.0)
            .bind(state.map_or("", DeliveryState::as_str))
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(LineRow::read).collect()
    }

    /// How many deliveries of a destination wait.
    pub async fn waiting_deliveries(&self, of: DestinationId) -> Result<u64> {
        const SQL: &str =
            "SELECT COUNT(*) FROM deliveries WHERE destination_id = $1 AND state = 'waiting'";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(of.0)
            .fetch_one(db)
            .await)?;
        Table("deliveries").unsigned("count", count)
    }

    /// All attempts of a delivery, in order.
    pub async fn delivery_attempts(
        &self,
        of: DestinationId,
        delivery: DeliveryId,
    ) -> Result<Vec<Attempt>> {
        const SQL: &str = "SELECT t.at, t.status, t.reason, t.took_ms, t.excerpt FROM delivery_attempts t \
             JOIN deliveries v ON v.id = t.delivery_id WHERE v.destination_id = $1 AND v.id = $2 ORDER BY t.number";
        let rows: Vec<AttemptRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(of.0)
            .bind(delivery.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(AttemptRow::read).collect()
    }
}
