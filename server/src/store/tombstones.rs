//! Rows of `tombstones`: objects that no row names any more. Only these are removed from the object store.

use aside_protocol::time::Timestamp;

use super::{Result, Store, Tx};
use crate::{in_tx, on_db};

/// An object that may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Path in the object store.
    pub key: String,
    pub deleted_at: Timestamp,
}

/// Remembers that no row names the object any more. Call it in the transaction that takes the name away.
pub async fn add(tx: &mut Tx, key: &str, now: Timestamp) -> Result<()> {
    const SQL: &str =
        "INSERT INTO tombstones (key, deleted_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(key)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets it: the object is wanted again, or gone.
pub async fn remove(tx: &mut Tx, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM tombstones WHERE key = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(key)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The tombstone as this transaction sees it.
pub async fn get(tx: &mut Tx, key: &str) -> Result<Option<Tombstone>> {
    const SQL: &str = "SELECT deleted_at FROM tombstones WHERE key = $1";
    let at: Option<i64> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(key)
        .fetch_optional(db)
        .await)?;
    Ok(at.map(|at| Tombstone {
        key: key.to_owned(),
        deleted_at: Timestamp::from_micros(at),
    }))
}

impl Store {
    /// Whether the object is remembered as deleted.
    pub async fn has_tombstone(&self, key: &str) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM tombstones WHERE key = $1)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(key)
            .fetch_one(db)
            .await)?)
    }

    /// At most `limit` tombstones written before `before`, by key, after the key `after`.
    pub async fn tombstones(
        &self,
        before: Timestamp,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Tombstone>> {
        const SQL: &str = "SELECT key, deleted_at FROM tombstones WHERE deleted_at < $1 AND key > $2 ORDER BY key LIMIT $3";
        let rows: Vec<(String, i64)> = on_db!(self, |db| {
            sqlx::query_as(SQL)
                .bind(before.micros())
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(db)
                .await
        })?;
        let tombstone = |(key, at)| Tombstone {
            key,
            deleted_at: Timestamp::from_micros(at),
        };
        Ok(rows.into_iter().map(tombstone).collect())
    }
}
