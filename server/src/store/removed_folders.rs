//! Rows of `removed_folders`: folders that were removed a moment ago, with what named them and what lay in them.

use aside_protocol::id::{FolderId, UserId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cell::Table;
use super::{Result, StoreError, Tx};
use crate::domain::library::Folder;
use crate::domain::retention;
use crate::domain::sharing::Audience;
use crate::in_tx;

/// Who named a folder, in the column `said`. Instants are microseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    /// The rows of `folder_grants`: id, person, group, instant.
    people: Vec<(Uuid, Option<Uuid>, Option<Uuid>, i64)>,
    /// Who follows (or else mutes) it since when.
    words: Vec<(Uuid, bool, i64)>,
    /// Destinations with a rule for it.
    destinations: Vec<Uuid>,
}

/// A folder that can come back.
#[derive(Debug)]
pub struct Removed {
    /// As it was, with nothing of those above it.
    pub folder: Folder,
    said: Said,
}

/// Notes a folder that is about to be removed, and until when it can come back.
pub async fn note(tx: &mut Tx, folder: &Folder, until: Timestamp) -> Result<()> {
    const PEOPLE: &str = "SELECT id, user_id, group_id, created_at FROM folder_grants WHERE folder_id = $1 ORDER BY created_at, id";
    const WORDS: &str =
        "SELECT user_id, follows, created_at FROM subscriptions WHERE folder_id = $1";
    const DESTINATIONS: &str = "SELECT destination_id FROM destination_places WHERE folder_id = $1";
    // It may have come back from an export meanwhile.
    const OLD: &str = "DELETE FROM removed_folders WHERE id = $1";
    const NOTE: &str = "INSERT INTO removed_folders (id, owner_id, parent_id, name, created_at, retention, audience, said, until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const HELD: &str = "INSERT INTO removed_folder_recordings (folder_id, recording_id, audience, narrowed) \
         SELECT folder_id, id, COALESCE(own_audience, audience), narrowed FROM recordings WHERE folder_id = $1";
    let id = folder.id.0;
    let said = Said {
        people: in_tx!(&mut *tx, |db| sqlx::query_as(PEOPLE)
            .bind(id)
            .fetch_all(db)
            .await)?,
        words: in_tx!(&mut *tx, |db| sqlx::query_as(WORDS)
            .bind(id)
            .fetch_all(db)
            .await)?,
        destinations: in_tx!(&mut *tx, |db| sqlx::query_scalar(DESTINATIONS)
            .bind(id)
            .fetch_all(db)
            .await)?,
    };
    let said = serde_json::to_string(&said)
        .map_err(|e| StoreError::inconsistent("removed_folders", "said", e.to_string()))?;
    in_tx!(&mut *tx, |db| sqlx::query(OLD)
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(&mut *tx, |db| sqlx::query(NOTE)
        .bind(id)
        .bind(folder.owner.0)
        .bind(folder.parent.map(|id| id.0))
        .bind(&folder.name)
        .bind(folder.created_at.micros())
        .bind(folder.retention.map(|word| word.to_string()))
        .bind(folder.audience.map(Audience::as_str))
        .bind(said)
        .bind(until.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(tx, |db| sqlx::query(HELD)
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

type RemovedRow = (
    Option<Uuid>,
    String,
    i64,
    Option<String>,
    Option<String>,
    String,
);

/// A folder that `owner` removed and can still have back.
pub async fn get(
    tx: &mut Tx,
    id: FolderId,
    owner: UserId,
    now: Timestamp,
) -> Result<Option<Removed>> {
    const SQL: &str = "SELECT parent_id, name, created_at, retention, audience, said FROM removed_folders \
         WHERE id = $1 AND owner_id = $2 AND until > $3";
    let row: Option<RemovedRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(id.0)
        .bind(owner.0)
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    let Some((parent, name, created_at, word, audience, said)) = row else {
        return Ok(None);
    };
    let said = serde_json::from_str(&said)
        .map_err(|e| StoreError::inconsistent("removed_folders", "said", e.to_string()))?;
    let folder = Folder {
        id,
        owner,
        parent: parent.map(FolderId),
        name,
        created_at: Timestamp::from_micros(created_at),
        retention: word.as_deref().map(retention::stored),
        audience: audience
            .map(|text| Table("removed_folders").parsed("audience", text))
            .transpose()?,
        shared_by: None,
    };
    Ok(Some(Removed { folder, said }))
}

/// Gives a folder that is there again what named it and what lay in it, as far as that is there and nobody laid or opened it otherwise
/// meanwhile; the note ends.
pub async fn give_back(tx: &mut Tx, removed: &Removed) -> Result<()> {
    const PERSON: &str = "INSERT INTO folder_grants (id, folder_id, user_id, group_id, created_at) SELECT $1, $2, $3, $4, $5 \
         WHERE EXISTS (SELECT 1 FROM users WHERE id = $3) OR EXISTS (SELECT 1 FROM user_groups WHERE id = $4)";
    const WORD: &str = "INSERT INTO subscriptions (user_id, target, follows, folder_id, created_at) SELECT id, $2, $3, $2, $4 FROM users WHERE id = $1";
    const DESTINATION: &str = "INSERT INTO destination_places (destination_id, place, folder_id) SELECT id, $2, $2 FROM destinations WHERE id = $1";
    const NOTE: &str = "DELETE FROM removed_folders WHERE id = $1";
    let id = removed.folder.id.0;
    for (grant, user, group, at) in &removed.said.people {
        in_tx!(&mut *tx, |db| sqlx::query(PERSON)
            .bind(*grant)
            .bind(id)
            .bind(*user)
            .bind(*group)
            .bind(*at)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    for (user, follows, at) in &removed.said.words {
        in_tx!(&mut *tx, |db| sqlx::query(WORD)
            .bind(*user)
            .bind(id)
            .bind(*follows)
            .bind(*at)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    for destination in &removed.said.destinations {
        in_tx!(&mut *tx, |db| sqlx::query(DESTINATION)
            .bind(*destination)
            .bind(id)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    give_recordings_back(tx, &removed.folder).await?;
    in_tx!(tx, |db| sqlx::query(NOTE)
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

async fn give_recordings_back(tx: &mut Tx, folder: &Folder) -> Result<()> {
    // In the order in which everybody locks them.
    const LOCK: &str = "SELECT r.id FROM recordings r JOIN removed_folder_recordings n ON n.recording_id = r.id \
         WHERE n.folder_id = $1 ORDER BY r.id FOR NO KEY UPDATE OF r";
    const BACK: &str = "UPDATE recordings SET folder_id = $1 WHERE folder_id IS NULL AND owner_id = $2 AND id IN \
         (SELECT n.recording_id FROM removed_folder_recordings n JOIN recordings r ON r.id = n.recording_id \
          WHERE n.folder_id = $1 AND n.audience = COALESCE(r.own_audience, r.audience) AND n.narrowed = r.narrowed)";
    if let Tx::Postgres(tx) = tx {
        sqlx::query(LOCK)
            .bind(folder.id.0)
            .execute(&mut **tx)
            .await?;
    }
    in_tx!(tx, |db| sqlx::query(BACK)
        .bind(folder.id.0)
        .bind(folder.owner.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets what cannot come back any more.
pub async fn forget(tx: &mut Tx, now: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM removed_folders WHERE until <= $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
