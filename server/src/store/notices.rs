//! Rows of `notices`: who is told of what, and what became of it in their inbox.

use aside_protocol::id::{CommentId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Tx};
use crate::domain::notice::Kind;
use crate::in_tx;

/// A row that may be new.
#[derive(Debug, Clone)]
pub struct NewNotice {
    pub id: NoticeId,
    pub user: UserId,
    pub cause: String,
    pub kind: Kind,
    pub recording: RecordingId,
    pub comment: Option<CommentId>,
    pub by: Option<UserId>,
    pub now: Timestamp,
}

/// Writes it. Answers its id where it is new, or where a row of the same cause became another kind and is unread again.
pub async fn add(tx: &mut Tx, new: &NewNotice, becomes: bool) -> Result<Option<NoticeId>> {
    const NEW: &str = "INSERT INTO notices (id, user_id, cause, kind, recording_id, comment_id, actor_id, created_at, shown_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (user_id, cause) DO NOTHING RETURNING id";
    const BECOMES: &str = "UPDATE notices SET kind = $3, read_at = NULL, done_at = NULL, shown_at = $4 \
         WHERE user_id = $1 AND cause = $2 AND kind <> $3 RETURNING id";
    let id: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(NEW)
        .bind(new.id.0)
        .bind(new.user.0)
        .bind(&new.cause)
        .bind(new.kind.as_str())
        .bind(new.recording.0)
        .bind(new.comment.map(|id| id.0))
        .bind(new.by.map(|id| id.0))
        .bind(new.now.micros())
        .fetch_optional(db)
        .await)?;
    if id.is_some() || !becomes {
        return Ok(id.map(NoticeId));
    }
    let id: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(BECOMES)
        .bind(new.user.0)
        .bind(&new.cause)
        .bind(new.kind.as_str())
        .bind(new.now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(id.map(NoticeId))
}

/// What a cause asked for was done: everybody who was told of it has nothing left to do. Answers who.
pub async fn settle(tx: &mut Tx, cause: &str, now: Timestamp) -> Result<Vec<UserId>> {
    const SQL: &str = "UPDATE notices SET done_at = $2, read_at = COALESCE(read_at, $2) WHERE cause = $1 AND done_at IS NULL RETURNING user_id";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(cause)
        .bind(now.micros())
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// What is to become of notices; none: it stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    pub read: Option<bool>,
    pub done: Option<bool>,
    /// Put off until then; none inside: not any more.
    pub shown_at: Option<Option<Timestamp>>,
}

/// Changes one notice of a person. Says whether there is one.
pub async fn mark(
    tx: &mut Tx,
    user: UserId,
    id: NoticeId,
    marks: &Marks,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE notices SET \
         read_at = CASE WHEN $3 = 'stays' THEN read_at WHEN $3 = 'yes' THEN COALESCE(read_at, $6) ELSE NULL END, \
         done_at = CASE WHEN $4 = 'stays' THEN done_at WHEN $4 = 'yes' THEN COALESCE(done_at, $6) ELSE NULL END, \
         shown_at = CASE WHEN $5 = -1 THEN shown_at WHEN $5 = -2 THEN created_at ELSE $5 END \
         WHERE id = $2 AND user_id = $1";
    let word = |mark: Option<bool>| match mark {
        None => "stays",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let shown_at = match marks.shown_at {
        None => -1,
        Some(None) => -2,
        Some(Some(at)) => at.micros(),
    };
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(id.0)
        .bind(word(marks.read))
        .bind(word(marks.done))
        .bind(shown_at)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Everything that is shown of a recording was seen, or of all where none is named. Says whether anything was unread.
pub async fn mark_seen(
    tx: &mut Tx,
    user: UserId,
    recording: Option<RecordingId>,
    now: Timestamp,
) -> Result<bool> {
    const ALL: &str = "UPDATE notices SET read_at = $2 WHERE user_id = $1 AND shown_at <= $2 AND read_at IS NULL AND done_at IS NULL";
    const OF: &str = "UPDATE notices SET read_at = $2 WHERE user_id = $1 AND shown_at <= $2 AND read_at IS NULL AND done_at IS NULL \
         AND recording_id = $3 AND kind NOT IN ('asked', 'required', 'reminder', 'stopped')";
    let rows = match recording {
        None => in_tx!(tx, |db| sqlx::query(ALL)
            .bind(user.0)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
        Some(recording) => in_tx!(tx, |db| sqlx::query(OF)
            .bind(user.0)
            .bind(now.micros())
            .bind(recording.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
    };
    Ok(rows > 0)
}
