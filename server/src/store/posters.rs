//! `recordings.poster_key` and `recordings.thumbnail_key`: paths of the object store.

use aside_protocol::id::RecordingId;

use super::{Result, Store, Tx};
use crate::{in_tx, on_db};

/// The poster of a recording and its small rendition.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Pictures {
    #[sqlx(rename = "poster_key")]
    pub poster: Option<String>,
    /// None where the poster was made before there were any.
    #[sqlx(rename = "thumbnail_key")]
    pub thumbnail: Option<String>,
}

impl Pictures {
    pub fn paths(self) -> impl Iterator<Item = String> {
        self.poster.into_iter().chain(self.thumbnail)
    }
}

const READ: &str = "SELECT poster_key, thumbnail_key FROM recordings WHERE id = $1";

impl Store {
    /// Empty where there is no such recording.
    pub async fn pictures(&self, recording: RecordingId) -> Result<Pictures> {
        let found = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        Ok(found.unwrap_or_default())
    }
}

/// The same as this transaction sees them.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Pictures> {
    let found = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    Ok(found.unwrap_or_default())
}

/// Names the recording's pictures. A recording that is gone has none.
pub async fn set(tx: &mut Tx, recording: RecordingId, poster: &str, thumbnail: &str) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET poster_key = $2, thumbnail_key = $3 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(poster)
        .bind(thumbnail)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
