//! Rows of `comments`.

use aside_protocol::id::{CommentId, RecordingId, TokenId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::comment::{Author, Comment, Deleter};
use crate::{in_tx, on_db};

/// As rows of a statement, and as `dialect` writes it.
#[derive(sqlx::FromRow, serde::Deserialize)]
pub(super) struct CommentRow {
    id: Uuid,
    recording_id: Uuid,
    parent_id: Option<Uuid>,
    user_id: Option<Uuid>,
    guest_id: Option<Uuid>,
    author_name: String,
    at_ms: i64,
    end_ms: Option<i64>,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    resolved_at: Option<i64>,
    resolved_by: Option<String>,
    deleted_at: Option<i64>,
    deleted_by: Option<String>,
    version: i64,
}

impl TryFrom<CommentRow> for Comment {
    type Error = StoreError;
    fn try_from(row: CommentRow) -> Result<Self> {
        let author = match (row.user_id, row.guest_id) {
            (Some(user), _) => Author::Member(UserId(user)),
            (None, Some(guest)) => Author::Guest(TokenId(guest)),
            (None, None) => Author::Nobody,
        };
        Ok(Self {
            id: CommentId(row.id),
            recording: RecordingId(row.recording_id),
            parent: row.parent_id.map(CommentId),
            author,
            author_name: row.author_name,
            at_ms: COMMENTS.unsigned("at_ms", row.at_ms)?,
            end_ms: row
                .end_ms
                .map(|ms| COMMENTS.unsigned("end_ms", ms))
                .transpose()?,
            body: row.body,
            created_at: Timestamp::from_micros(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_micros),
            resolved_at: row.resolved_at.map(Timestamp::from_micros),
            resolved_by: row.resolved_by,
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
            deleted_by: row
                .deleted_by
                .map(|by| COMMENTS.parsed("deleted_by", by))
                .transpose()?,
            version: row.version,
        })
    }
}

const COMMENTS: Table = Table("comments");

macro_rules! select {
    () => {
        "SELECT id, recording_id, parent_id, user_id, guest_id, author_name, at_ms, end_ms, body, created_at, \
         edited_at, resolved_at, resolved_by, deleted_at, deleted_by, version FROM comments "
    };
}

const BY_ID: &str = concat!(select!(), "WHERE id = $1");

impl Store {
    /// Every comment of a recording, deleted ones too, in no order.
    pub async fn comments(&self, recording: RecordingId) -> Result<Vec<Comment>> {
        const SQL: &str = concat!(select!(), "WHERE recording_id = $1");
        let rows = on_db!(self, |db| sqlx::query_as::<_, CommentRow>(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Comment::try_from).collect()
    }

    /// How many comments of a recording are not deleted, replies too.
    pub async fn count_comments(&self, recording: RecordingId) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM comments WHERE recording_id = $1 AND deleted_at IS NULL";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_one(db)
            .await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Names of the people with an account that pages of a recording show: its owner, and who
    /// commented.
    pub async fn member_names(&self, recording: RecordingId) -> Result<Vec<String>> {
        const SQL: &str = "SELECT name FROM users WHERE id IN \
             (SELECT owner_id FROM recordings WHERE id = $1 UNION SELECT user_id FROM comments WHERE recording_id = $1)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?)
    }

    /// One comment, deleted or not.
    pub async fn comment(&self, id: CommentId) -> Result<Option<Comment>> {
        let row = on_db!(self, |db| sqlx::query_as::<_, CommentRow>(BY_ID)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Comment::try_from).transpose()
    }
}

impl Tx {
    /// One comment as this transaction sees it, deleted or not.
    pub async fn comment(&mut self, id: CommentId) -> Result<Option<Comment>> {
        let row = in_tx!(self, |db| sqlx::query_as::<_, CommentRow>(BY_ID)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Comment::try_from).transpose()
    }

    /// Writes a new comment.
    pub async fn insert_comment(&mut self, comment: &Comment) -> Result<()> {
        const SQL: &str = "INSERT INTO comments (id, recording_id, parent_id, user_id, guest_id, author_name, at_ms, end_ms, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let (user, guest) = match comment.author {
            Author::Member(id) => (Some(id.0), None),
            Author::Guest(id) => (None, Some(id.0)),
            Author::Nobody => (None, None),
        };
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(comment.id.0)
            .bind(comment.recording.0)
            .bind(comment.parent.map(|p| p.0))
            .bind(user)
            .bind(guest)
            .bind(comment.author_name.as_str())
            .bind(signed(comment.at_ms))
            .bind(comment.end_ms.map(signed))
            .bind(comment.body.as_str())
            .bind(comment.created_at.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Writes what may change of a comment: its words, whether it is resolved, whether it is deleted. It gets the
    /// version it brings.
    pub async fn update_comment(&mut self, comment: &Comment) -> Result<()> {
        const SQL: &str = "UPDATE comments SET body = $2, edited_at = $3, resolved_at = $4, resolved_by = $5, deleted_at = $6, deleted_by = $7, version = $8 WHERE id = $1";
        let rows = in_tx!(self, |db| sqlx::query(SQL)
            .bind(comment.id.0)
            .bind(comment.body.as_str())
            .bind(comment.edited_at.map(Timestamp::micros))
            .bind(comment.resolved_at.map(Timestamp::micros))
            .bind(comment.resolved_by.as_deref())
            .bind(comment.deleted_at.map(Timestamp::micros))
            .bind(comment.deleted_by.map(Deleter::as_str))
            .bind(comment.version)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?;
        expect_one(rows)
    }
}
