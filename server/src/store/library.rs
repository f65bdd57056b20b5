//! Lists of one's own recordings, sorted and filtered; tags; the oldest of the trash.

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::recordings::{RecordingRow, recording_columns, select};
use super::{Result, Store, Tx, expect_one};
use crate::domain::library::{Facts, Filter, Order, Place, StateFilter, TagCount};
use crate::domain::recording::{INTERRUPTED_AFTER, Recording};
use crate::{in_tx, on_db};

const RECORDINGS: Table = Table("recordings");

/// A page of a list: `$1` owner, `$2` the recording after which it begins, `$3` how many, `$4` `$5` where a list begins without one,
/// `$6` to `$15` the filter. The key's order and that of the ids are the same, so that a page begins where the last one ended.
macro_rules! page {
    ($key:literal, $before:literal, $order:literal) => {
        concat!(
            select!(),
            "WHERE owner_id = $1 AND deleted_at IS NULL AND (",
            $key,
            ", id) ",
            $before,
            " (COALESCE((SELECT ",
            $key,
            " FROM recordings WHERE id = $2), $4), COALESCE($2, $5)) \
             AND ($6 = 'everywhere' OR ($6 = 'top' AND folder_id IS NULL) OR folder_id = $7) \
             AND ($8 = '' OR EXISTS (SELECT 1 FROM recording_tags t WHERE t.recording_id = r.id AND t.tag = $8)) \
             AND created_at >= $9 AND created_at < $10 \
             AND COALESCE(length_ms, 0) >= $11 AND COALESCE(length_ms, 0) <= $12 \
             AND ($13 = '' OR ($13 = 'finished' AND finished_at IS NOT NULL) \
               OR ($13 = 'live' AND finished_at IS NULL AND (last_part_at > $14 OR last_seen_at > $14)) \
               OR ($13 = 'interrupted' AND finished_at IS NULL AND last_part_at <= $14 AND COALESCE(last_seen_at, 0) <= $14)) \
             ORDER BY ",
            $key,
            " ",
            $order,
            ", id ",
            $order,
            " LIMIT $3"
        )
    };
}

const NEWEST: &str = page!("created_at", "<", "DESC");
const OLDEST: &str = page!("created_at", ">", "ASC");
const TITLE: &str = page!("LOWER(title)", ">", "ASC");
const LONGEST: &str = page!("COALESCE(length_ms, 0)", "<", "DESC");
const SHORTEST: &str = page!("COALESCE(length_ms, 0)", ">", "ASC");

impl Store {
    /// What a person recorded, without the trash: at most `limit`, behind `after` in the order that is asked for.
    pub async fn library_page(
        &self,
        owner: UserId,
        filter: &Filter,
        after: Option<RecordingId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Recording>> {
        let (place, folder) = match filter.place {
            Place::Everywhere => ("everywhere", None),
            Place::Top => ("top", None),
            Place::Folder(id) => ("folder", Some(id.0)),
        };
        let state = match filter.state {
            None => "",
            Some(StateFilter::Live) => "live",
            Some(StateFilter::Interrupted) => "interrupted",
            Some(StateFilter::Finished) => "finished",
        };
        let silent = now.minus(INTERRUPTED_AFTER).micros();
        macro_rules! rows {
            ($sql:expr, $first:expr, $first_id:expr) => {
                on_db!(self, |db| sqlx::query_as::<_, RecordingRow>($sql)
                    .bind(owner.0)
                    .bind(after.map(|id| id.0))
                    .bind(i64::from(limit))
                    .bind($first)
                    .bind($first_id)
                    .bind(place)
                    .bind(folder)
                    .bind(filter.tag.as_deref().unwrap_or_default())
                    .bind(filter.since.map_or(i64::MIN, Timestamp::micros))
                    .bind(filter.until.map_or(i64::MAX, Timestamp::micros))
                    .bind(filter.min_ms.map_or(0, signed))
                    .bind(filter.max_ms.map_or(i64::MAX, signed))
                    .bind(state)
                    .bind(silent)
                    .fetch_all(db)
                    .await)?
            };
        }
        let rows = match filter.order {
            Order::Newest => rows!(NEWEST, i64::MAX, Uuid::max()),
            Order::Oldest => rows!(OLDEST, i64::MIN, Uuid::nil()),
            Order::Title => rows!(TITLE, "", Uuid::nil()),
            Order::Longest => rows!(LONGEST, i64::MAX, Uuid::max()),
            Order::Shortest => rows!(SHORTEST, i64::MIN, Uuid::nil()),
        };
        rows.into_iter().map(Recording::try_from).collect()
    }

    /// What a card says of a recording beside its row.
    pub async fn library_facts(&self, id: RecordingId) -> Result<Facts> {
        const SQL: &str = "SELECT folder_id, length_ms, CAST((SELECT COUNT(*) FROM comments c \
             WHERE c.recording_id = recordings.id AND c.deleted_at IS NULL) AS BIGINT) FROM recordings WHERE id = $1";
        let row: Option<(Option<Uuid>, Option<i64>, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        let Some((folder, length, comments)) = row else {
            return Ok(Facts::default());
        };
        let tags = on_db!(self, |db| sqlx::query_scalar(TAGS)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        Ok(Facts {
            folder: folder.map(FolderId),
            length_ms: length
                .map(|n| RECORDINGS.unsigned("length_ms", n))
                .transpose()?,
            comments: RECORDINGS.unsigned("comments", comments)?,
            tags,
        })
    }

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

/// Lays a recording into a folder, or out of all.
pub async fn set_folder(tx: &mut Tx, id: RecordingId, folder: Option<FolderId>) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET folder_id = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(folder.map(|id| id.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
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
