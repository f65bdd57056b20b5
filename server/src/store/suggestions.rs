//! Rows of `suggestions`.

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::assignment::day;
use crate::domain::suggest::row::Suggestion;
use crate::{in_tx, on_db};

const SUGGESTIONS: Table = Table("suggestions");

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    recording_id: Uuid,
    kind: String,
    at_ms: i64,
    end_ms: i64,
    text: String,
    state: String,
    found: String,
    version: i64,
    model: Option<String>,
    who: Option<String>,
    until_day: Option<String>,
}

impl TryFrom<Row> for Suggestion {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            recording: RecordingId(row.recording_id),
            kind: SUGGESTIONS.parsed("kind", row.kind)?,
            at_ms: SUGGESTIONS.unsigned("at_ms", row.at_ms)?,
            end_ms: SUGGESTIONS.unsigned("end_ms", row.end_ms)?,
            text: row.text,
            state: SUGGESTIONS.parsed("state", row.state)?,
            found: row.found,
            version: row.version,
            model: row.model,
            who: row.who,
            until: match row.until_day {
                Some(text) => Some(
                    day(&text)
                        .map_err(|_| StoreError::inconsistent("suggestions", "until_day", text))?,
                ),
                None => None,
            },
        })
    }
}

macro_rules! select {
    () => {
        "SELECT id, recording_id, kind, at_ms, end_ms, text, state, found, version, model, who, until_day FROM suggestions "
    };
}

const OF_RECORDING: &str = concat!(
    select!(),
    "WHERE recording_id = $1 ORDER BY at_ms, kind, id"
);
const BY_ID: &str = concat!(select!(), "WHERE id = $1 AND recording_id = $2");

impl Store {
    /// Every suggestion of a recording, by moment.
    pub async fn suggestions(&self, recording: RecordingId) -> Result<Vec<Suggestion>> {
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(OF_RECORDING)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Suggestion::try_from).collect()
    }
}

/// The same as this transaction sees them.
pub async fn all(tx: &mut Tx, recording: RecordingId) -> Result<Vec<Suggestion>> {
    let rows: Vec<Row> = in_tx!(tx, |db| sqlx::query_as(OF_RECORDING)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    rows.into_iter().map(Suggestion::try_from).collect()
}

pub async fn get(tx: &mut Tx, recording: RecordingId, id: Uuid) -> Result<Option<Suggestion>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(BY_ID)
        .bind(id)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(Suggestion::try_from).transpose()
}

pub async fn insert(tx: &mut Tx, it: &Suggestion) -> Result<()> {
    const SQL: &str = "INSERT INTO suggestions (id, recording_id, kind, at_ms, end_ms, text, state, found, version, model, who, until_day) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(it.id)
        .bind(it.recording.0)
        .bind(it.kind.as_str())
        .bind(signed(it.at_ms))
        .bind(signed(it.end_ms))
        .bind(it.text.as_str())
        .bind(it.state.as_str())
        .bind(it.found.as_str())
        .bind(it.version)
        .bind(it.model.as_deref())
        .bind(it.who.as_deref())
        .bind(it.until.map(|it| it.to_string()))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Text, state and version.
pub async fn update(tx: &mut Tx, it: &Suggestion) -> Result<()> {
    const SQL: &str = "UPDATE suggestions SET text = $2, state = $3, version = $4 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(it.id)
        .bind(it.text.as_str())
        .bind(it.state.as_str())
        .bind(it.version)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<()> {
    const SQL: &str = "DELETE FROM suggestions WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
