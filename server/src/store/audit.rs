//! Rows of `audit`: only ever added; triggers refuse anything else.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{Result, Store, StoreError, Tx};
use crate::domain::audit::{AuditAction, Entry, Logged, Wanted};
use crate::{in_tx, on_db};

const INSERT: &str = "INSERT INTO audit (at, actor_id, actor_name, action, recording_id, detail) VALUES ($1, $2, $3, $4, $5, $6)";

/// Adds a row, in the transaction of what it tells.
pub async fn add(tx: &mut Tx, entry: &Entry, now: Timestamp) -> Result<()> {
    in_tx!(tx, |db| sqlx::query(INSERT)
        .bind(now.micros())
        .bind(entry.actor.map(|id| id.0))
        .bind(&entry.actor_name)
        .bind(entry.action.as_str())
        .bind(entry.recording.map(|id| id.0))
        .bind(entry.detail.to_string())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Adds a row of another server, as it was told there and when; its number is one of ours.
pub async fn add_from_elsewhere(tx: &mut Tx, row: &Logged) -> Result<()> {
    in_tx!(tx, |db| sqlx::query(INSERT)
        .bind(row.at.micros())
        .bind(row.actor.map(|id| id.0))
        .bind(&row.actor_name)
        .bind(&row.action)
        .bind(row.recording.map(|id| id.0))
        .bind(row.detail.to_string())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

type Row = (i64, i64, Option<Uuid>, String, String, Option<Uuid>, String);

fn logged((seq, at, actor, name, action, recording, detail): Row) -> Result<Logged> {
    let detail: Value = serde_json::from_str(&detail)
        .map_err(|_| StoreError::inconsistent("audit", "detail", detail))?;
    Ok(Logged {
        seq,
        at: Timestamp::from_micros(at),
        actor: actor.map(UserId),
        actor_name: name,
        action,
        recording: recording.map(RecordingId),
        detail,
    })
}

impl Store {
    /// At most `limit` of the wanted rows before number `before`, the newest first.
    pub async fn audit(
        &self,
        wanted: &Wanted,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Logged>> {
        const SQL: &str = "SELECT seq, at, actor_id, actor_name, action, recording_id, detail FROM audit \
            WHERE seq < $1 AND ($3 = '' OR action = $3) AND ($4 OR actor_id = $5) AND at >= $6 AND at < $7 ORDER BY seq DESC LIMIT $2";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .bind(wanted.action.map_or("", AuditAction::as_str))
            .bind(wanted.actor.is_none())
            .bind(wanted.actor.map(|id| id.0))
            .bind(wanted.since.map_or(i64::MIN, Timestamp::micros))
            .bind(wanted.until.map_or(i64::MAX, Timestamp::micros))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(logged).collect()
    }
}
