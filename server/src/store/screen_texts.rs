//! Rows of `screen_texts`.

use aside_protocol::id::RecordingId;
use sqlx::types::Json;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, Tx};
use crate::domain::screen_text::{ScreenLine, ScreenText};
use crate::{in_tx, on_db};

const SCREEN_TEXTS: Table = Table("screen_texts");
const READ: &str = "SELECT state, until_ms, lines FROM screen_texts WHERE recording_id = $1";

type Row = (String, i64, Json<Vec<ScreenLine>>);

fn screen_text((state, until_ms, Json(lines)): Row) -> Result<ScreenText> {
    Ok(ScreenText {
        state: SCREEN_TEXTS.parsed("state", state)?,
        until_ms: SCREEN_TEXTS.unsigned("until_ms", until_ms)?,
        lines,
    })
}

impl Store {
    /// What was read of a recording; none where nobody began to.
    pub async fn screen_text(&self, recording: RecordingId) -> Result<Option<ScreenText>> {
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(screen_text).transpose()
    }

    /// Recordings whose pictures are known and of which nothing was read, the newest first; behind them those that are not read
    /// to their end: a worker reads them, or gave up.
    pub async fn unread_screens(&self, most: u32) -> Result<Vec<RecordingId>> {
        const SQL: &str = "SELECT s.recording_id FROM sprites s LEFT JOIN screen_texts t ON t.recording_id = s.recording_id \
            WHERE t.recording_id IS NULL OR t.state = 'reading' \
            ORDER BY CASE WHEN t.recording_id IS NULL THEN 0 ELSE 1 END, s.recording_id DESC LIMIT $1";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(i64::from(most))
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }
}

/// The same as this transaction sees it.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Option<ScreenText>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(screen_text).transpose()
}

/// Takes the place of what was there.
pub async fn set(tx: &mut Tx, recording: RecordingId, it: &ScreenText) -> Result<()> {
    const SQL: &str = "INSERT INTO screen_texts (recording_id, state, until_ms, lines) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (recording_id) DO UPDATE SET state = excluded.state, until_ms = excluded.until_ms, lines = excluded.lines";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(it.state.as_str())
        .bind(signed(it.until_ms))
        .bind(Json(&it.lines))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets that there was anything.
pub async fn remove(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    const SQL: &str = "DELETE FROM screen_texts WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
