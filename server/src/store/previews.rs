//! Rows of `previews`.

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, Tx};
use crate::domain::preview::Preview;
use crate::{in_tx, on_db};

const PREVIEWS: Table = Table("previews");
const READ: &str =
    "SELECT key, size, start_ms, width, height FROM previews WHERE recording_id = $1";

type Row = (String, i64, i64, i64, i64);

fn preview((key, size, start_ms, width, height): Row) -> Result<Preview> {
    Ok(Preview {
        key,
        size: PREVIEWS.unsigned("size", size)?,
        start_ms: PREVIEWS.unsigned("start_ms", start_ms)?,
        width: PREVIEWS.unsigned("width", width)?,
        height: PREVIEWS.unsigned("height", height)?,
    })
}

/// What recordings get after their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Sprite,
    Preview,
    Suggestions,
}

impl Store {
    /// The preview of a recording; none where it was not made (yet).
    pub async fn preview(&self, recording: RecordingId) -> Result<Option<Preview>> {
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(preview).transpose()
    }

    /// At most `limit` finished recordings behind `after` that lack this and could have it.
    pub async fn recordings_without(
        &self,
        made: Made,
        after: RecordingId,
        limit: u32,
    ) -> Result<Vec<RecordingId>> {
        const SPRITE: &str = "SELECT r.id FROM recordings r WHERE r.id > $1 AND r.finished_at IS NOT NULL AND r.deleted_at IS NULL \
             AND EXISTS (SELECT 1 FROM tracks t WHERE t.recording_id = r.id AND t.name = 'video') \
             AND NOT EXISTS (SELECT 1 FROM sprites s WHERE s.recording_id = r.id) ORDER BY r.id LIMIT $2";
        const PREVIEW: &str = "SELECT r.id FROM recordings r WHERE r.id > $1 AND r.finished_at IS NOT NULL AND r.deleted_at IS NULL \
             AND EXISTS (SELECT 1 FROM tracks t WHERE t.recording_id = r.id AND t.name = 'video') \
             AND NOT EXISTS (SELECT 1 FROM previews p WHERE p.recording_id = r.id) ORDER BY r.id LIMIT $2";
        const SUGGESTIONS: &str = "SELECT r.id FROM recordings r WHERE r.id > $1 AND r.finished_at IS NOT NULL AND r.deleted_at IS NULL \
             AND EXISTS (SELECT 1 FROM transcripts t WHERE t.recording_id = r.id AND t.state = 'done' AND t.words > 0) \
             AND NOT EXISTS (SELECT 1 FROM suggestions s WHERE s.recording_id = r.id) ORDER BY r.id LIMIT $2";
        let sql = match made {
            Made::Sprite => SPRITE,
            Made::Preview => PREVIEW,
            Made::Suggestions => SUGGESTIONS,
        };
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(sql)
            .bind(after.0)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }
}

/// The same as this transaction sees it.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Option<Preview>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(preview).transpose()
}

/// Takes the place of what was there.
pub async fn set(tx: &mut Tx, recording: RecordingId, preview: &Preview) -> Result<()> {
    const SQL: &str = "INSERT INTO previews (recording_id, key, size, start_ms, width, height) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (recording_id) DO UPDATE SET key = excluded.key, size = excluded.size, \
        start_ms = excluded.start_ms, width = excluded.width, height = excluded.height";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(preview.key.as_str())
        .bind(signed(preview.size))
        .bind(signed(preview.start_ms))
        .bind(i64::from(preview.width))
        .bind(i64::from(preview.height))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Whether the recording's preview lies at this path.
pub async fn names(tx: &mut Tx, recording: RecordingId, path: &str) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM previews WHERE recording_id = $1 AND key = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(path)
        .fetch_one(db)
        .await)?)
}

/// The recording has no preview any more. Its file needs a tombstone.
pub async fn forget(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    const SQL: &str = "DELETE FROM previews WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
