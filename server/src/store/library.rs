//! Folders, tags and lengths of recordings; the oldest of the trash.

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, Tx, expect_one};
use crate::domain::library::TagCount;
use crate::{in_tx, on_db};

const RECORDINGS: Table = Table("recordings");

impl Store {
    /// The tags of a person's recordings outside of the trash, by name.
    pub async fn tags_of(&self, owner: UserId) -> Result<Vec<TagCount>> {
        const SQL: &str = "SELECT t.tag, CAST(COUNT(*) AS BIGINT) FROM recording_tags t JOIN recordings r ON r.id = t.recording_id \
             WHERE r.owner_id = $1 AND r.deleted_at IS NULL GROUP BY t.tag ORDER BY t.tag";
        let rows: Vec<(String, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(owner.0)
            .fetch_all(db)
            .await)?;
        let tags = rows.into_iter().map(|(tag, n)| {
            let recordings = RECORDINGS.unsigned("count", n)?;
            Ok(TagCount { tag, recordings })
        });
        tags.collect()
    }

    /// Recordings that were moved to the trash before `before`, the oldest first.
    pub async fn trashed_before(&self, before: Timestamp, limit: u32) -> Result<Vec<RecordingId>> {
        const SQL: &str =
            "SELECT id FROM recordings WHERE deleted_at < $1 ORDER BY deleted_at, id LIMIT $2";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(before.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }
}

const TAGS: &str = "SELECT tag FROM recording_tags WHERE recording_id = $1 ORDER BY tag";

/// Lays a recording into a folder, or out of all. It does not come back with a folder in which it lay before.
pub async fn set_folder(
    tx: &mut Tx,
    id: RecordingId,
    folder: Option<FolderId>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET folder_id = $2 WHERE id = $1";
    // Those that are about to be forgotten are left to whoever does that, in whatever order.
    const STAYS: &str = "DELETE FROM removed_folder_recordings WHERE recording_id = $1 \
         AND folder_id IN (SELECT id FROM removed_folders WHERE until > $2)";
    expect_one(in_tx!(&mut *tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(folder.map(|id| id.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)?;
    in_tx!(tx, |db| sqlx::query(STAYS)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Notes how long a recording is that has just been finished.
pub async fn set_length(tx: &mut Tx, id: RecordingId, length_ms: u64) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET length_ms = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(signed(length_ms))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Its tags as this transaction sees them.
pub async fn tags(tx: &mut Tx, id: RecordingId) -> Result<Vec<String>> {
    Ok(in_tx!(tx, |db| sqlx::query_scalar(TAGS)
        .bind(id.0)
        .fetch_all(db)
        .await)?)
}

pub async fn add_tag(tx: &mut Tx, id: RecordingId, tag: &str) -> Result<()> {
    const SQL: &str =
        "INSERT INTO recording_tags (recording_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(tag)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

pub async fn remove_tag(tx: &mut Tx, id: RecordingId, tag: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM recording_tags WHERE recording_id = $1 AND tag = $2";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(tag)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
