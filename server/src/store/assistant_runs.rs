//! Rows of `assistant_runs`: how far a model is with a recording.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx};
use crate::domain::assistant::run::Run;
use crate::{in_tx, on_db};

const RUNS: Table = Table("assistant_runs");
const READ: &str = "SELECT state, model, why, fingerprint, asked, parts, changed_at FROM assistant_runs WHERE recording_id = $1";

type Row = (String, String, Option<String>, String, i64, i64, i64);

fn run(
    recording: RecordingId,
    (state, model, why, fingerprint, asked, parts, changed_at): Row,
) -> Result<Run> {
    Ok(Run {
        recording,
        state: RUNS.parsed("state", state)?,
        model,
        why,
        fingerprint,
        asked: RUNS.unsigned("asked", asked)?,
        parts: RUNS.unsigned("parts", parts)?,
        changed_at: Timestamp::from_micros(changed_at),
    })
}

impl Store {
    /// How far a model is; none where none was asked.
    pub async fn assistant_run(&self, recording: RecordingId) -> Result<Option<Run>> {
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(|row| run(recording, row)).transpose()
    }
}

/// The same as this transaction sees it.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Option<Run>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(|row| run(recording, row)).transpose()
}

/// Takes the place of what was there.
pub async fn set(tx: &mut Tx, run: &Run) -> Result<()> {
    const SQL: &str = "INSERT INTO assistant_runs (recording_id, state, model, why, fingerprint, asked, parts, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (recording_id) DO UPDATE SET state = excluded.state, \
        model = excluded.model, why = excluded.why, fingerprint = excluded.fingerprint, asked = excluded.asked, \
        parts = excluded.parts, changed_at = excluded.changed_at";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(run.recording.0)
        .bind(run.state.as_str())
        .bind(run.model.as_str())
        .bind(run.why.as_deref())
        .bind(run.fingerprint.as_str())
        .bind(signed(run.asked))
        .bind(signed(run.parts))
        .bind(run.changed_at.micros())
        .execute(db)
        .await
        .map(|_| ()))
    .map_err(StoreError::from)
}
