//! Recordings that go to another owner, one by one, and rows of `handovers`.

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Tx, expect_one};
use crate::domain::sharing::Audience;
use crate::in_tx;

/// What was given a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    pub from: UserId,
    pub to: UserId,
    /// Where it lay.
    pub folder: Option<FolderId>,
    /// It was shared with the other by name.
    pub named: bool,
    /// What was chosen for it, where its folder was for fewer.
    pub own: Option<Audience>,
}

/// Gives a recording another owner, out of the folder in which it lies.
pub async fn set_owner(
    tx: &mut Tx,
    recording: RecordingId,
    to: UserId,
    folder: Option<FolderId>,
) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET owner_id = $2, folder_id = $3, trash_at = NULL, version = version + 1, \
         share_epoch = share_epoch + 1 WHERE id = $1";
    // It does not come back with a folder of who had it before.
    const STAYS: &str = "DELETE FROM removed_folder_recordings WHERE recording_id = $1";
    in_tx!(&mut *tx, |db| sqlx::query(STAYS)
        .bind(recording.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(to.0)
        .bind(folder.map(|it| it.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// An owner is not named beside. Says whether somebody was.
pub async fn remove_names(tx: &mut Tx, recording: RecordingId, of: UserId) -> Result<bool> {
    const SQL: &str = "DELETE FROM grants WHERE recording_id = $1 \
         AND (user_id = $2 OR email = (SELECT email FROM users WHERE id = $2))";
    let removed = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(of.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(removed > 0)
}

/// In which folder of its owner it lies.
pub async fn folder_of(tx: &mut Tx, recording: RecordingId) -> Result<Option<FolderId>> {
    const SQL: &str = "SELECT folder_id FROM recordings WHERE id = $1";
    let folder: Option<Option<Uuid>> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    Ok(folder.flatten().map(FolderId))
}

/// Notes that it was given and can be taken back until then.
pub async fn note(
    tx: &mut Tx,
    recording: RecordingId,
    handover: &Handover,
    until: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO handovers (recording_id, from_id, to_id, folder_id, named, until, own_audience) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (recording_id) DO UPDATE SET from_id = excluded.from_id, to_id = excluded.to_id, folder_id = excluded.folder_id, \
         named = excluded.named, until = excluded.until, own_audience = excluded.own_audience";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(handover.from.0)
        .bind(handover.to.0)
        .bind(handover.folder.map(|it| it.0))
        .bind(handover.named)
        .bind(until.micros())
        .bind(handover.own.map(Audience::as_str))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes the note of what `from` gave and can still take back.
pub async fn take(
    tx: &mut Tx,
    recording: RecordingId,
    from: UserId,
    now: Timestamp,
) -> Result<Option<Handover>> {
    const SQL: &str = "DELETE FROM handovers WHERE recording_id = $1 AND from_id = $2 AND until > $3 \
         RETURNING to_id, folder_id, named, own_audience";
    let row: Option<(Uuid, Option<Uuid>, bool, Option<String>)> =
        in_tx!(tx, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(from.0)
            .bind(now.micros())
            .fetch_optional(db)
            .await)?;
    let Some((to, folder, named, own)) = row else {
        return Ok(None);
    };
    let own = own.map(|text| Table("handovers").parsed("own_audience", text));
    Ok(Some(Handover {
        from,
        to: UserId(to),
        folder: folder.map(FolderId),
        named,
        own: own.transpose()?,
    }))
}

/// Forgets what cannot be taken back any more.
pub async fn forget(tx: &mut Tx, now: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM handovers WHERE until <= $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
