//! Rows of `events`: what changed, by its id, written in the transaction of its cause. They hold no text.
//!
//! Who reads the events of a recording reads "everything after the last number I saw", so a number must never become
//! visible after a larger one of the same recording. SQLite has one writer; on PostgreSQL appending holds a lock of the
//! recording's events until the commit, therefore append last. Between recordings PostgreSQL keeps no order.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx, dialect};
use crate::domain::event::{Change, Event, EventKind};
use crate::{in_tx, on_db};

type Row = (i64, Uuid, String, Json<Value>);

fn event((seq, recording, kind, Json(data)): Row) -> Result<Event> {
    let kind: EventKind = Table("events").parsed("kind", kind)?;
    Ok(Event {
        seq,
        recording: RecordingId(recording),
        change: Change::read(kind, &data),
    })
}

/// Tells the pages that have `recording` open. Answers the number of the event.
pub async fn append(
    tx: &mut Tx,
    recording: RecordingId,
    change: Change,
    now: Timestamp,
) -> Result<i64> {
    if let Tx::Postgres(pg) = tx {
        sqlx::query(dialect::EVENT_LOCK_POSTGRES)
            .bind(recording.0)
            .execute(&mut **pg)
            .await?;
    }
    const SQL: &str = "INSERT INTO events (recording_id, kind, data, created_at) VALUES ($1, $2, $3, $4) RETURNING seq";
    Ok(in_tx!(tx, |db| {
        sqlx::query_scalar(SQL)
            .bind(recording.0)
            .bind(change.kind().as_str())
            .bind(Json(change.data()))
            .bind(now.micros())
            .fetch_one(db)
            .await
    })?)
}

/// Forgets events that were written before `before`; the newest stays, as its number tells how far events are.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM events WHERE seq < (SELECT MAX(seq) FROM events) \
        AND seq <= (SELECT MAX(seq) FROM events WHERE created_at < $1)";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

impl Store {
    /// Number of the newest event of any recording; 0 when there is none.
    pub async fn newest_event(&self) -> Result<i64> {
        const SQL: &str = "SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM events";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .fetch_one(db)
            .await)?)
    }

    /// Number and recording of at most `limit` events after number `after`, in order.
    pub async fn recordings_with_events_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, RecordingId)>> {
        const SQL: &str =
            "SELECT seq, recording_id FROM events WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows: Vec<(i64, Uuid)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|(seq, id)| (seq, RecordingId(id)))
            .collect())
    }

    /// Number of the oldest event that is kept, of any recording; none when there is none.
    pub async fn oldest_event(&self) -> Result<Option<i64>> {
        const SQL: &str = "SELECT MIN(seq) FROM events";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .fetch_one(db)
            .await)?)
    }

    /// How many events of one recording follow number `after`, counted up to `limit`.
    pub async fn count_recording_events_after(
        &self,
        recording: RecordingId,
        after: i64,
        limit: u32,
    ) -> Result<i64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM events WHERE recording_id = $1 AND seq > $2 LIMIT $3) AS missed";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_one(db)
            .await)?)
    }

    /// At most `limit` events of one recording after number `after`, in order.
    pub async fn recording_events_after(
        &self,
        recording: RecordingId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        const SQL: &str = "SELECT seq, recording_id, kind, data FROM events WHERE recording_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(event).collect()
    }
}
