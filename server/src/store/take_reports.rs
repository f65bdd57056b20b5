//! Rows of `take_reports`: how a take went, as its recorder says.

use aside_protocol::id::RecordingId;
use serde_json::Value;
use sqlx::types::Json;

use super::{Result, Store, Tx};
use crate::{in_tx, on_db};

impl Store {
    /// None where the recorder told nothing.
    pub async fn take_report(&self, recording: RecordingId) -> Result<Option<Value>> {
        const SQL: &str = "SELECT report FROM take_reports WHERE recording_id = $1";
        let found: Option<Json<Value>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        Ok(found.map(|Json(report)| report))
    }
}

/// The last one told holds.
pub async fn set(tx: &mut Tx, recording: RecordingId, report: &Value) -> Result<()> {
    const SQL: &str = "INSERT INTO take_reports (recording_id, report) VALUES ($1, $2) \
        ON CONFLICT (recording_id) DO UPDATE SET report = excluded.report";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(Json(report))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
