//! Rows of `events`: what open pages are told, written in the transaction of its cause.
//!
//! Who reads events reads "everything after the last number I saw", so a number must never become
//! visible after a larger one. SQLite has one writer; on PostgreSQL appending holds a lock until the
//! commit, therefore append last.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Result, Store, StoreError, Tx, dialect};
use crate::domain::event::EventKind;
use crate::{in_tx, on_db};

/// An event as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Ascending over all recordings, in the order of commits.
    pub seq: i64,
    pub recording: RecordingId,
    pub kind: EventKind,
    pub data: Value,
}

type Row = (i64, Uuid, String, Json<Value>);

fn event((seq, recording, kind, Json(data)): Row) -> Result<Event> {
    let kind = kind
        .parse()
        .map_err(|_| StoreError::inconsistent("events", "kind", kind))?;
    Ok(Event {
        seq,
        recording: RecordingId(recording),
        kind,
        data,
    })
}

/// Tells the pages that have `recording` open. Answers the number of the event.
pub async fn append(
    tx: &mut Tx,
    recording: RecordingId,
    kind: EventKind,
    data: &(impl Serialize + Sync),
    now: Timestamp,
) -> Result<i64> {
    if let Tx::Postgres(pg) = tx {
        sqlx::query(dialect::EVENT_LOCK_POSTGRES)
            .execute(&mut **pg)
            .await?;
    }
    const SQL: &str = "INSERT INTO events (recording_id, kind, data, created_at) VALUES ($1, $2, $3, $4) RETURNING seq";
    Ok(in_tx!(tx, db => {
        sqlx::query_scalar(SQL).bind(recording.0).bind(kind.as_str()).bind(Json(data)).bind(now.micros()).fetch_one(db).await
    })?)
}

impl Store {
    /// Number of the newest event of any recording; 0 when there is none.
    pub async fn newest_event(&self) -> Result<i64> {
        const SQL: &str = "SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM events";
        Ok(on_db!(self, db => sqlx::query_scalar(SQL).fetch_one(db).await)?)
    }

    /// At most `limit` events of any recording after number `after`, in order.
    pub async fn events_after(&self, after: i64, limit: u32) -> Result<Vec<Event>> {
        const SQL: &str =
            "SELECT seq, recording_id, kind, data FROM events WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows: Vec<Row> = on_db!(self, db => sqlx::query_as(SQL).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(event).collect()
    }

    /// At most `limit` events of one recording after number `after`, in order.
    pub async fn recording_events_after(
        &self,
        recording: RecordingId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        const SQL: &str = "SELECT seq, recording_id, kind, data FROM events WHERE recording_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let rows: Vec<Row> = on_db!(self, db => sqlx::query_as(SQL).bind(recording.0).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(event).collect()
    }
}
