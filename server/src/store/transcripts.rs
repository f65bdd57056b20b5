//! Rows of `transcripts` and `words`.
//!
//! Surprise: `words` counts the published ones and fences them. Who appends says how many it
//! believes there are; a second worker that believes the same is refused.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use sqlx::types::Json;

use super::{Result, StoreError, Tx, expect_one};
use crate::domain::transcript::{TranscriptState, Word};

use crate::in_tx;

/// How far the listening has come, as the worker wrote it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listened {
    /// First audio part that was not decoded for good.
    pub next_part: u32,
    /// Everything before is published.
    pub done_ms: u64,
    /// The worker's own.
    pub cursor: serde_json::Value,
}

/// A row of `transcripts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptRow {
    pub state: TranscriptState,
    pub listened: Listened,
    /// How many words are published.
    pub words: u64,
}

/// Makes the row where there is none.
pub async fn begin(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO transcripts (recording_id, state, next_part, done_ms, words, cursor, updated_at) \
        VALUES ($1, $2, 0, 0, 0, $3, $4) ON CONFLICT (recording_id) DO NOTHING";
    in_tx!(tx, db => sqlx::query(SQL)
        .bind(recording.0)
        .bind(TranscriptState::Waiting.as_str())
        .bind(Json(serde_json::Value::Null))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The state inside a transaction.
pub async fn state(tx: &mut Tx, recording: RecordingId) -> Result<TranscriptState> {
    const SQL: &str = "SELECT state FROM transcripts WHERE recording_id = $1";
    let text: Option<String> =
        in_tx!(tx, db => sqlx::query_scalar(SQL).bind(recording.0).fetch_optional(db).await)?;
    text.map_or(Ok(TranscriptState::None), |t| parse(&t))
}

/// The whole row; `None` when there is no sound, or no recording any more.
pub async fn row(tx: &mut Tx, recording: RecordingId) -> Result<Option<TranscriptRow>> {
    type Row = (String, i64, i64, i64, Json<serde_json::Value>);
    const SQL: &str =
        "SELECT state, next_part, done_ms, words, cursor FROM transcripts WHERE recording_id = $1";
    let row: Option<Row> =
        in_tx!(tx, db => sqlx::query_as(SQL).bind(recording.0).fetch_optional(db).await)?;
    row.map(|(state, next_part, done_ms, words, Json(cursor))| {
        let next_part = u32::try_from(next_part).map_err(|_| {
            StoreError::inconsistent("transcripts", "next_part", next_part.to_string())
        })?;
        let done_ms = positive("done_ms", done_ms)?;
        Ok(TranscriptRow {
            state: parse(&state)?,
            listened: Listened {
                next_part,
                done_ms,
                cursor,
            },
            words: positive("words", words)?,
        })
    })
    .transpose()
}

/// Changes the state; answers whether it was another.
pub async fn set_state(
    tx: &mut Tx,
    recording: RecordingId,
    state: TranscriptState,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE transcripts SET state = $2, updated_at = $3 WHERE recording_id = $1 AND state <> $2";
    let rows = in_tx!(tx, db => sqlx::query(SQL)
        .bind(recording.0)
        .bind(state.as_str())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Moves the cursor and appends `words`, of which the first must be number `published`.
pub async fn append(
    tx: &mut Tx,
    recording: RecordingId,
    published: u64,
    words: &[Word],
    listened: &Listened,
    now: Timestamp,
) -> Result<()> {
    const MOVE: &str = "UPDATE transcripts SET next_part = $3, done_ms = $4, words = $5, cursor = $6, updated_at = $7 \
        WHERE recording_id = $1 AND words = $2";
    let after = words.len() as u64 + published;
    let rows = in_tx!(tx, db => sqlx::query(MOVE)
        .bind(recording.0)
        .bind(signed(published))
        .bind(i64::from(listened.next_part))
        .bind(signed(listened.done_ms))
        .bind(signed(after))
        .bind(Json(&listened.cursor))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)?;
    const WORD: &str = "INSERT INTO words (recording_id, n, start_ms, end_ms, text, gap) VALUES ($1, $2, $3, $4, $5, $6)";
    for word in words {
        in_tx!(tx, db => sqlx::query(WORD)
            .bind(recording.0)
            .bind(signed(word.n))
            .bind(signed(word.start_ms))
            .bind(signed(word.end_ms))
            .bind(word.text.as_str())
            .bind(word.gap)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

fn parse(state: &str) -> Result<TranscriptState> {
    state
        .parse()
        .map_err(|_| StoreError::inconsistent("transcripts", "state", state))
}

fn positive(column: &'static str, value: i64) -> Result<u64> {
    u64::try_from(value)
        .map_err(|_| StoreError::inconsistent("transcripts", column, value.to_string()))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
