//! Rows of `comment_reactions` and `moment_reactions`.

use aside_protocol::id::{CommentId, RecordingId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::comments::{author, columns_of};
use super::{Result, Store, StoreError, Tx};
use crate::domain::comment::Author;
use crate::domain::reaction::MomentReaction;
use crate::{in_tx, on_db};

const MOMENTS: Table = Table("moment_reactions");

/// As rows of a statement, and as `dialect` writes it.
#[derive(sqlx::FromRow, serde::Deserialize)]
pub(super) struct MomentRow {
    id: Uuid,
    recording_id: Uuid,
    at_ms: i64,
    kind: String,
    user_id: Option<Uuid>,
    guest_id: Option<Uuid>,
    name: Option<String>,
    created_at: i64,
}

impl TryFrom<MomentRow> for MomentReaction {
    type Error = StoreError;
    fn try_from(row: MomentRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            recording: RecordingId(row.recording_id),
            at_ms: MOMENTS.unsigned("at_ms", row.at_ms)?,
            kind: MOMENTS.parsed("kind", row.kind)?,
            by: author(row.user_id, row.guest_id),
            name: row.name.unwrap_or_default(),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

const MOMENT: &str = "SELECT q.id, q.recording_id, q.at_ms, q.kind, q.user_id, q.guest_id, COALESCE(u.name, t.name) AS name, q.created_at \
     FROM moment_reactions q LEFT JOIN users u ON u.id = q.user_id LEFT JOIN tokens t ON t.id = q.guest_id WHERE q.id = $1";

impl Store {
    /// One reaction to a moment.
    pub async fn moment_reaction(&self, id: Uuid) -> Result<Option<MomentReaction>> {
        let row = on_db!(self, |db| sqlx::query_as::<_, MomentRow>(MOMENT)
            .bind(id)
            .fetch_optional(db)
            .await)?;
        row.map(MomentReaction::try_from).transpose()
    }

    /// How many reactions there are to moments of a recording.
    pub async fn count_moment_reactions(&self, recording: RecordingId) -> Result<u64> {
        const SQL: &str =
            "SELECT CAST(COUNT(*) AS BIGINT) FROM moment_reactions WHERE recording_id = $1";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_one(db)
            .await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// Writes a reaction to a moment.
pub async fn insert_moment(tx: &mut Tx, reaction: &MomentReaction) -> Result<()> {
    const SQL: &str = "INSERT INTO moment_reactions (id, recording_id, at_ms, kind, user_id, guest_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (user, guest) = columns_of(reaction.by);
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(reaction.id)
        .bind(reaction.recording.0)
        .bind(signed(reaction.at_ms))
        .bind(reaction.kind.as_str())
        .bind(user)
        .bind(guest)
        .bind(reaction.created_at.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes it back. Says whether it was there, and this person's.
pub async fn remove_moment(tx: &mut Tx, id: Uuid, by: Author) -> Result<bool> {
    const SQL: &str =
        "DELETE FROM moment_reactions WHERE id = $1 AND (user_id = $2 OR guest_id = $3)";
    let (user, guest) = columns_of(by);
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id)
        .bind(user)
        .bind(guest)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Writes a reaction to a comment. Says whether it was not there.
pub async fn insert(
    tx: &mut Tx,
    comment: CommentId,
    emoji: &str,
    by: Author,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO comment_reactions (comment_id, emoji, user_id, guest_id, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let (user, guest) = columns_of(by);
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(comment.0)
        .bind(emoji)
        .bind(user)
        .bind(guest)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Takes it back. Says whether it was there.
pub async fn remove(tx: &mut Tx, comment: CommentId, emoji: &str, by: Author) -> Result<bool> {
    const SQL: &str = "DELETE FROM comment_reactions WHERE comment_id = $1 AND emoji = $2 AND (user_id = $3 OR guest_id = $4)";
    let (user, guest) = columns_of(by);
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(comment.0)
        .bind(emoji)
        .bind(user)
        .bind(guest)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows > 0)
}
