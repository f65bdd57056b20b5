//! Rows of `translations`: the words of a recording in other languages.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, StoreError, Tx};
use crate::domain::assistant::translation::{Line, Translation};
use crate::{in_tx, on_db};

const TRANSLATIONS: Table = Table("translations");

macro_rules! select {
    () => {
        "SELECT language, state, model, why, fingerprint, asked_by, changed_at, lines FROM translations WHERE recording_id = $1"
    };
}

const ALL: &str = concat!(select!(), " ORDER BY language");
const ONE: &str = concat!(select!(), " AND language = $2");

#[derive(sqlx::FromRow)]
struct Row {
    language: String,
    state: String,
    model: String,
    why: Option<String>,
    fingerprint: String,
    asked_by: Option<Uuid>,
    changed_at: i64,
    lines: Json<Vec<Line>>,
}

fn translation(recording: RecordingId, row: Row) -> Result<Translation> {
    Ok(Translation {
        recording,
        language: row.language,
        state: TRANSLATIONS.parsed("state", row.state)?,
        model: row.model,
        why: row.why,
        fingerprint: row.fingerprint,
        asked_by: row.asked_by.map(UserId),
        changed_at: Timestamp::from_micros(row.changed_at),
        lines: row.lines.0,
    })
}

impl Store {
    /// Those of a recording, by language.
    pub async fn translations(&self, recording: RecordingId) -> Result<Vec<Translation>> {
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(ALL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        let rows = rows.into_iter();
        rows.map(|row| translation(recording, row)).collect()
    }

    pub async fn translation(
        &self,
        recording: RecordingId,
        language: &str,
    ) -> Result<Option<Translation>> {
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(ONE)
            .bind(recording.0)
            .bind(language)
            .fetch_optional(db)
            .await)?;
        row.map(|row| translation(recording, row)).transpose()
    }
}

/// The same as this transaction sees it.
pub async fn get(
    tx: &mut Tx,
    recording: RecordingId,
    language: &str,
) -> Result<Option<Translation>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(ONE)
        .bind(recording.0)
        .bind(language)
        .fetch_optional(db)
        .await)?;
    row.map(|row| translation(recording, row)).transpose()
}

pub async fn count(tx: &mut Tx, recording: RecordingId) -> Result<usize> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM translations WHERE recording_id = $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    TRANSLATIONS.unsigned("count", count)
}

/// Takes the place of what was there in this language.
pub async fn set(tx: &mut Tx, it: &Translation) -> Result<()> {
    const SQL: &str = "INSERT INTO translations (recording_id, language, state, model, why, fingerprint, asked_by, changed_at, lines) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (recording_id, language) DO UPDATE SET state = excluded.state, \
        model = excluded.model, why = excluded.why, fingerprint = excluded.fingerprint, asked_by = excluded.asked_by, \
        changed_at = excluded.changed_at, lines = excluded.lines";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(it.recording.0)
        .bind(it.language.as_str())
        .bind(it.state.as_str())
        .bind(it.model.as_str())
        .bind(it.why.as_deref())
        .bind(it.fingerprint.as_str())
        .bind(it.asked_by.map(|id| id.0))
        .bind(it.changed_at.micros())
        .bind(Json(&it.lines))
        .execute(db)
        .await
        .map(|_| ()))
    .map_err(StoreError::from)
}

/// Whether there was one.
pub async fn remove(tx: &mut Tx, recording: RecordingId, language: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM translations WHERE recording_id = $1 AND language = $2";
    let removed = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(language)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed > 0)
}

/// Those of a recording as this transaction sees them.
pub async fn all(tx: &mut Tx, recording: RecordingId) -> Result<Vec<Translation>> {
    let rows: Vec<Row> = in_tx!(tx, |db| sqlx::query_as(ALL)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let rows = rows.into_iter();
    rows.map(|row| translation(recording, row)).collect()
}
