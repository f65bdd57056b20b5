//! Whom somebody may mention in a comment, and how comments read before.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx};
use crate::domain::mention::Mentioned;
use crate::{in_tx, on_db};

/// Whether a member may mention them in a recording: people and groups of this server, and guests who write there.
pub async fn known_to_member(tx: &mut Tx, recording: RecordingId, who: Mentioned) -> Result<bool> {
    const USER: &str =
        "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND deactivated_at IS NULL)";
    const GROUP: &str = "SELECT EXISTS (SELECT 1 FROM user_groups WHERE id = $1)";
    const GUEST: &str = "SELECT EXISTS (SELECT 1 FROM comments WHERE guest_id = $1 AND recording_id = $2 AND deleted_at IS NULL \
         AND visibility <> 'author')";
    let sql = match who {
        Mentioned::User(_) => USER,
        Mentioned::Group(_) => GROUP,
        Mentioned::Guest(_) => {
            return Ok(in_tx!(tx, |db| sqlx::query_scalar(GUEST)
                .bind(who.id())
                .bind(recording.0)
                .fetch_one(db)
                .await)?);
        }
    };
    Ok(in_tx!(tx, |db| sqlx::query_scalar(sql)
        .bind(who.id())
        .fetch_one(db)
        .await)?)
}

/// Whether whoever reads a thread sees them there: its writers, and the owner of the recording. With no thread: the owner.
pub async fn known_in_thread(
    tx: &mut Tx,
    recording: RecordingId,
    thread: Option<CommentId>,
    who: Mentioned,
) -> Result<bool> {
    const OWNER: &str = "SELECT EXISTS (SELECT 1 FROM recordings WHERE id = $1 AND owner_id = $2)";
    const WRITER: &str = "SELECT EXISTS (SELECT 1 FROM comments WHERE (id = $1 OR parent_id = $1) AND deleted_at IS NULL \
         AND (user_id = $2 OR guest_id = $2))";
    if matches!(who, Mentioned::Group(_)) {
        return Ok(false);
    }
    let owns: bool = in_tx!(&mut *tx, |db| sqlx::query_scalar(OWNER)
        .bind(recording.0)
        .bind(who.id())
        .fetch_one(db)
        .await)?;
    let Some(thread) = thread.filter(|_| !owns) else {
        return Ok(owns);
    };
    Ok(in_tx!(tx, |db| sqlx::query_scalar(WRITER)
        .bind(thread.0)
        .bind(who.id())
        .fetch_one(db)
        .await)?)
}

impl Store {
    /// How a comment read before it was edited, oldest first: the words, and when they were written.
    pub async fn comment_versions(&self, id: CommentId) -> Result<Vec<(String, Timestamp)>> {
        const SQL: &str =
            "SELECT body, written_at FROM comment_versions WHERE comment_id = $1 ORDER BY n";
        let rows: Vec<(String, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|(body, at)| (body, Timestamp::from_micros(at)))
            .collect())
    }
}

/// Everybody with an account whom a comment mentions, by name or by a group, and who is not deactivated; in no order.
pub async fn mentioned_people(tx: &mut Tx, comment: CommentId) -> Result<Vec<UserId>> {
    const SQL: &str = "SELECT u.id FROM users u WHERE u.deactivated_at IS NULL AND (\
         u.id IN (SELECT m.user_id FROM comment_mentions m WHERE m.comment_id = $1 AND m.user_id IS NOT NULL) \
         OR u.id IN (SELECT i.user_id FROM comment_mentions m JOIN user_group_members i ON i.group_id = m.group_id WHERE m.comment_id = $1))";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(comment.0)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}
