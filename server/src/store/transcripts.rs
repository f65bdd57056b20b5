//! Rows of `transcripts` and `words`.
//!
//! `transcripts.words` counts the published words and fences them: whoever writes says how many it believes there
//! are, and a second worker with an older belief is refused.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde_json::json;
use sqlx::types::Json;

use super::cell::{Table, signed};
use super::transcript_read::{WordRow, select_words, word};
use super::{Result, Tx, expect_one};
use crate::domain::transcript::{Correction, Stretch, TranscriptState, Word};

use crate::in_tx;

const TRANSCRIPTS: Table = Table("transcripts");

/// How far the worker has come, as it wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// First audio part that was not decoded for good.
    pub next_part: u32,
    /// Everything before is published.
    pub done_ms: u64,
    /// So many words never change.
    pub settled: u64,
    /// ISO 639-1, once it is known.
    pub language: Option<String>,
    /// Sound before `done_ms` that could not be transcribed.
    pub missing: Vec<Stretch>,
    /// The worker's own.
    pub cursor: serde_json::Value,
}

/// A row of `transcripts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptRow {
    pub state: TranscriptState,
    pub progress: Progress,
    /// How many words are published.
    pub words: u64,
}

/// Makes the row where there is none.
pub async fn begin(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO transcripts (recording_id, state, next_part, done_ms, words, cursor, updated_at) \
        VALUES ($1, $2, 0, 0, 0, $3, $4) ON CONFLICT (recording_id) DO NOTHING";
    in_tx!(tx, |db| sqlx::query(SQL)
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
    let text: Option<String> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    text.map_or(Ok(TranscriptState::None), |text| {
        TRANSCRIPTS.parsed("state", text)
    })
}

/// The whole row; `None` when there is no sound, or no recording any more.
pub async fn row(tx: &mut Tx, recording: RecordingId) -> Result<Option<TranscriptRow>> {
    type Row = (
        String,
        i64,
        i64,
        i64,
        i64,
        Option<String>,
        Option<Json<Vec<Stretch>>>,
        Json<serde_json::Value>,
    );
    const SQL: &str = "SELECT state, next_part, done_ms, words, settled, language, missing, cursor \
        FROM transcripts WHERE recording_id = $1";
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(
        |(state, next_part, done_ms, words, settled, language, missing, Json(cursor))| {
            Ok(TranscriptRow {
                state: TRANSCRIPTS.parsed("state", state)?,
                progress: Progress {
                    next_part: TRANSCRIPTS.unsigned("next_part", next_part)?,
                    done_ms: TRANSCRIPTS.unsigned("done_ms", done_ms)?,
                    settled: TRANSCRIPTS.unsigned("settled", settled)?,
                    language,
                    missing: missing.map(|Json(m)| m).unwrap_or_default(),
                    cursor,
                },
                words: TRANSCRIPTS.unsigned("words", words)?,
            })
        },
    )
    .transpose()
}

/// The published words from number `from` on.
pub async fn words_from(tx: &mut Tx, recording: RecordingId, from: u64) -> Result<Vec<Word>> {
    const SQL: &str = concat!(
        select_words!(),
        "WHERE recording_id = $1 AND n >= $2 ORDER BY n"
    );
    let rows: Vec<WordRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .bind(signed(from))
        .fetch_all(db)
        .await)?;
    rows.into_iter().map(word).collect()
}

/// Changes the state; answers whether it was another.
pub async fn set_state(
    tx: &mut Tx,
    recording: RecordingId,
    state: TranscriptState,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE transcripts SET state = $2, updated_at = $3 WHERE recording_id = $1 AND state <> $2";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(state.as_str())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Writes the progress down and corrects the words, of which `published` must be there.
pub async fn write(
    tx: &mut Tx,
    recording: RecordingId,
    published: u64,
    correction: Option<&Correction>,
    progress: &Progress,
    now: Timestamp,
) -> Result<()> {
    const MOVE: &str = "UPDATE transcripts SET next_part = $3, done_ms = $4, words = $5, settled = $6, language = $7, \
        missing = $8, cursor = $9, updated_at = $10 WHERE recording_id = $1 AND words = $2";
    let after = correction.map_or(published, |c| c.from + c.words.len() as u64);
    let rows = in_tx!(tx, |db| sqlx::query(MOVE)
        .bind(recording.0)
        .bind(signed(published))
        .bind(i64::from(progress.next_part))
        .bind(signed(progress.done_ms))
        .bind(signed(after))
        .bind(signed(progress.settled))
        .bind(progress.language.as_deref())
        .bind(Json(&progress.missing))
        .bind(Json(&progress.cursor))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)?;
    let Some(correction) = correction else {
        return Ok(());
    };
    if correction.from < published {
        const DELETE: &str = "DELETE FROM words WHERE recording_id = $1 AND n >= $2";
        in_tx!(tx, |db| sqlx::query(DELETE)
            .bind(recording.0)
            .bind(signed(correction.from))
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    insert_words(tx, recording, &correction.words).await
}

/// Words of one statement.
const WORDS_PER_STATEMENT: usize = 5_000;

macro_rules! insert_words {
    ($rows:literal) => {
        concat!(
            "INSERT INTO words (recording_id, n, start_ms, end_ms, text, gap, joined) SELECT $1, CAST(value ->> 0 AS BIGINT), \
             CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), value ->> 3, CAST(value ->> 4 AS BOOLEAN), CAST(value ->> 5 AS BOOLEAN) FROM ",
            $rows
        )
    };
}

/// Adds words with the numbers that they have, many at once: they travel as JSON, which both databases read.
pub(super) async fn insert_words(
    tx: &mut Tx,
    recording: RecordingId,
    words: &[Word],
) -> Result<()> {
    const SQLITE: &str = insert_words!("json_each($2)");
    const POSTGRES: &str = insert_words!("json_array_elements(CAST($2 AS json))");
    let sql = match tx {
        Tx::Sqlite(_) => SQLITE,
        Tx::Postgres(_) => POSTGRES,
    };
    for some in words.chunks(WORDS_PER_STATEMENT) {
        let cells = some
            .iter()
            .map(|it| json!([it.n, it.start_ms, it.end_ms, it.text, it.gap, it.joined]));
        let rows = serde_json::Value::from_iter(cells).to_string();
        in_tx!(&mut *tx, |db| sqlx::query(sql)
            .bind(recording.0)
            .bind(rows.as_str())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Forgets how far the worker has come; the words stay, and are corrected.
pub async fn reset(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE transcripts SET next_part = 0, done_ms = 0, settled = 0, missing = NULL, cursor = $2, updated_at = $3 \
        WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(Json(serde_json::Value::Null))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
