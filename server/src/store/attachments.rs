//! Rows of `attachments`: files of comments.

use aside_protocol::id::{AttachmentId, CommentId, RecordingId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx};
use crate::domain::attachment::Attachment;
use crate::{in_tx, on_db};

const ATTACHMENTS: Table = Table("attachments");

/// As `dialect` writes it.
#[derive(serde::Deserialize, sqlx::FromRow)]
pub(super) struct AttachmentRow {
    id: Uuid,
    name: String,
    size: i64,
    content_type: String,
    width: Option<i64>,
    height: Option<i64>,
}

impl TryFrom<AttachmentRow> for Attachment {
    type Error = StoreError;
    fn try_from(row: AttachmentRow) -> Result<Self> {
        let side = |name, n: Option<i64>| n.map(|n| ATTACHMENTS.unsigned(name, n)).transpose();
        let (width, height) = (side("width", row.width)?, side("height", row.height)?);
        Ok(Self {
            id: AttachmentId(row.id),
            name: row.name,
            size: ATTACHMENTS.unsigned("size", row.size)?,
            content_type: row.content_type,
            picture: width.zip(height),
        })
    }
}

/// A file of a comment, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttachment {
    pub attachment: Attachment,
    pub comment: CommentId,
    /// Object path.
    pub key: String,
}

/// Files of a recording that no comment names.
pub async fn count_unnamed(tx: &mut Tx, recording: RecordingId) -> Result<u64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM attachments WHERE recording_id = $1 AND comment_id IS NULL";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Writes the row of a file whose object is not there yet.
pub async fn insert(
    tx: &mut Tx,
    recording: RecordingId,
    attachment: &Attachment,
    key: &str,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO attachments (id, recording_id, key, name, size, content_type, width, height, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (width, height) = attachment.picture.unzip();
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(attachment.id.0)
        .bind(recording.0)
        .bind(key)
        .bind(attachment.name.as_str())
        .bind(signed(attachment.size))
        .bind(attachment.content_type.as_str())
        .bind(width.map(i64::from))
        .bind(height.map(i64::from))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Remembers that the object is whole; says whether the row is still there.
pub async fn stored(tx: &mut Tx, id: AttachmentId, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE attachments SET stored_at = $2 WHERE id = $1";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Makes a file that no comment names the `n`th of this one; says whether there was such a file.
pub async fn name(
    tx: &mut Tx,
    recording: RecordingId,
    comment: CommentId,
    id: AttachmentId,
    n: usize,
) -> Result<bool> {
    const SQL: &str = "UPDATE attachments SET comment_id = $2, n = $3 \
         WHERE id = $1 AND recording_id = $4 AND comment_id IS NULL AND stored_at IS NOT NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(comment.0)
        .bind(i64::try_from(n).unwrap_or(i64::MAX))
        .bind(recording.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Takes a file away from a comment for good, and writes down what it was called; answers the path of its object.
pub async fn remove(
    tx: &mut Tx,
    comment: CommentId,
    file: &Attachment,
    now: Timestamp,
) -> Result<Option<String>> {
    const SQL: &str = "DELETE FROM attachments WHERE id = $1 AND comment_id = $2 RETURNING key";
    const WRITE: &str = "INSERT INTO comment_removed_files (comment_id, n, name, removed_at) \
         SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3 FROM comment_removed_files WHERE comment_id = $1";
    let key: Option<String> = in_tx!(&mut *tx, |db| sqlx::query_scalar(SQL)
        .bind(file.id.0)
        .bind(comment.0)
        .fetch_optional(db)
        .await)?;
    if key.is_some() {
        in_tx!(tx, |db| sqlx::query(WRITE)
            .bind(comment.0)
            .bind(file.name.as_str())
            .bind(now.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(key)
}

/// Keeps the small picture of a file, or that there can be none.
pub async fn set_thumbnail(tx: &mut Tx, id: AttachmentId, jpeg: Option<&[u8]>) -> Result<()> {
    // The file may be gone meanwhile.
    const SQL: &str = "INSERT INTO attachment_thumbnails (attachment_id, jpeg) \
         SELECT f.id, $2 FROM attachments f WHERE f.id = $1 ON CONFLICT (attachment_id) DO NOTHING";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(jpeg)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Whether a row of the recording names this object.
pub async fn names(tx: &mut Tx, recording: RecordingId, key: &str) -> Result<bool> {
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE recording_id = $1 AND key = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(key)
        .fetch_one(db)
        .await)?)
}

/// Object paths of all files of a recording, as this transaction sees them.
pub async fn keys(tx: &mut Tx, recording: RecordingId) -> Result<Vec<String>> {
    const SQL: &str = "SELECT key FROM attachments WHERE recording_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_all(db)
        .await)?)
}

/// Forgets up to `most` files that no comment has named since `unnamed`, or whose comments were deleted before `deleted`.
/// Answers the paths of their objects.
pub async fn forget(
    tx: &mut Tx,
    unnamed: Timestamp,
    deleted: Timestamp,
    most: u32,
) -> Result<Vec<String>> {
    // What a comment names meanwhile is looked at again by the outer condition.
    const UNNAMED: &str = "DELETE FROM attachments WHERE comment_id IS NULL AND id IN \
         (SELECT id FROM attachments WHERE comment_id IS NULL AND created_at < $1 LIMIT $2) RETURNING key";
    const DELETED: &str = "DELETE FROM attachments WHERE id IN \
         (SELECT f.id FROM attachments f JOIN comments c ON c.id = f.comment_id WHERE c.deleted_at < $1 LIMIT $2) RETURNING key";
    let mut keys = Vec::new();
    for (sql, before) in [(UNNAMED, unnamed), (DELETED, deleted)] {
        let found: Vec<String> = in_tx!(&mut *tx, |db| sqlx::query_scalar(sql)
            .bind(before.micros())
            .bind(i64::from(most))
            .fetch_all(db)
            .await)?;
        keys.extend(found);
    }
    Ok(keys)
}

impl Store {
    /// A file of a comment that was not deleted, of this recording.
    pub async fn attachment(
        &self,
        recording: RecordingId,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>> {
        const SQL: &str = "SELECT f.id, f.name, f.size, f.content_type, f.width, f.height, f.comment_id, f.key \
             FROM attachments f JOIN comments c ON c.id = f.comment_id \
             WHERE f.id = $1 AND f.recording_id = $2 AND c.recording_id = $2 AND c.deleted_at IS NULL";
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            attachment: AttachmentRow,
            comment_id: Uuid,
            key: String,
        }
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        let stored = row.map(|row| -> Result<_> {
            Ok(StoredAttachment {
                attachment: row.attachment.try_into()?,
                comment: CommentId(row.comment_id),
                key: row.key,
            })
        });
        stored.transpose()
    }

    /// Pictures of the comments of a recording that nobody tried to make small yet, with the paths of their objects: at most `most`.
    pub async fn large_pictures(
        &self,
        recording: RecordingId,
        most: u32,
    ) -> Result<Vec<(AttachmentId, String)>> {
        const SQL: &str = "SELECT f.id, f.key FROM attachments f WHERE f.recording_id = $1 AND f.comment_id IS NOT NULL \
             AND f.stored_at IS NOT NULL AND f.width IS NOT NULL AND f.content_type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp') \
             AND NOT EXISTS (SELECT 1 FROM attachment_thumbnails t WHERE t.attachment_id = f.id) ORDER BY f.id LIMIT $2";
        let rows: Vec<(Uuid, String)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(i64::from(most))
            .fetch_all(db)
            .await)?;
        let named = rows.into_iter().map(|(id, key)| (AttachmentId(id), key));
        Ok(named.collect())
    }

    /// The small picture of a file, a JPEG, where there is one.
    pub async fn attachment_thumbnail(&self, id: AttachmentId) -> Result<Option<Vec<u8>>> {
        const SQL: &str =
            "SELECT jpeg FROM attachment_thumbnails WHERE attachment_id = $1 AND jpeg IS NOT NULL";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?)
    }

    /// Files that were taken out of a comment, the first first: what they were called, and when.
    pub async fn removed_files(&self, comment: CommentId) -> Result<Vec<(String, Timestamp)>> {
        const SQL: &str =
            "SELECT name, removed_at FROM comment_removed_files WHERE comment_id = $1 ORDER BY n";
        let rows: Vec<(String, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(comment.0)
            .fetch_all(db)
            .await)?;
        let read = |(name, at)| (name, Timestamp::from_micros(at));
        Ok(rows.into_iter().map(read).collect())
    }

    /// Object paths of the files of a recording; `whole`: only of those whose objects are whole and that a comment names.
    pub async fn attachment_keys(
        &self,
        recording: RecordingId,
        whole: bool,
    ) -> Result<Vec<String>> {
        const ALL: &str = "SELECT key FROM attachments WHERE recording_id = $1 ORDER BY id";
        const WHOLE: &str = "SELECT key FROM attachments WHERE recording_id = $1 AND comment_id IS NOT NULL \
             AND stored_at IS NOT NULL ORDER BY id";
        let sql = if whole { WHOLE } else { ALL };
        Ok(on_db!(self, |db| sqlx::query_scalar(sql)
            .bind(recording.0)
            .fetch_all(db)
            .await)?)
    }
}
