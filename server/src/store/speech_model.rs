//! The row of `speech_model`: what the worker that looked last found.

use aside_protocol::time::Timestamp;

use super::cell::Table;
use super::{Result, Store, Tx};
use crate::domain::speech_model::ModelStatus;
use crate::{in_tx, on_db};

impl Store {
    /// None before a worker with a model has run.
    pub async fn speech_model(&self) -> Result<Option<ModelStatus>> {
        const SQL: &str = "SELECT state, name, percent FROM speech_model WHERE id = 1";
        let row: Option<(String, String, Option<i64>)> =
            on_db!(self, |db| sqlx::query_as(SQL).fetch_optional(db).await)?;
        row.map(|(state, name, percent)| {
            Ok(ModelStatus {
                phase: Table("speech_model").parsed("state", state)?,
                name,
                percent: percent.and_then(|p| u8::try_from(p).ok()),
            })
        })
        .transpose()
    }
}

/// Writes it down.
pub async fn set(tx: &mut Tx, status: &ModelStatus, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO speech_model (id, state, name, percent, updated_at) VALUES (1, $1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET state = $1, name = $2, percent = $3, updated_at = $4";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(status.phase.as_str())
        .bind(status.name.as_str())
        .bind(status.percent.map(i64::from))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
