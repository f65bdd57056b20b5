//! Rows of `search_changes` and `search_version`.

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use crate::domain::search::Part;
use crate::store::cell::Table;
use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

impl Store {
    /// The recording that is next, if one is: what somebody changed before what only has to be made anew.
    pub async fn next_search_change(&self) -> Result<Option<RecordingId>> {
        const SQL: &str = "SELECT recording_id FROM search_changes ORDER BY later, id LIMIT 1";
        let id: Option<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_optional(db).await)?;
        Ok(id.map(RecordingId))
    }

    /// How many recordings wait.
    pub async fn search_changes(&self) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(DISTINCT recording_id) AS BIGINT) FROM search_changes";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_one(db).await)?;
        Table("search_changes").unsigned("count", count)
    }

    /// By which version of the tokens the rows were made; none where there are none yet.
    pub async fn search_version(&self) -> Result<Option<i64>> {
        const SQL: &str = "SELECT version FROM search_version WHERE id = 1";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .fetch_optional(db)
            .await)?)
    }
}

/// What waits of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub part: Part,
    /// Rows that are there do not count, even where they hold the right text.
    pub anew: bool,
}

/// Takes what waits of a recording, and holds it as whoever writes its words does: rows are never made of words that somebody is
/// just replacing. Whoever comes second waits, and finds what the first one left.
pub async fn take(tx: &mut Tx, recording: RecordingId) -> Result<Vec<Waiting>> {
    tx.lock_recording(recording).await?;
    const SQL: &str = "DELETE FROM search_changes WHERE recording_id = $1 RETURNING part, later";
    let parts: Vec<(String, bool)> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let parts = parts.into_iter().map(|(part, anew)| {
        Ok(Waiting {
            part: Table("search_changes").parsed("part", part)?,
            anew,
        })
    });
    parts.collect()
}

/// Puts what waits of a recording behind everything else that waits.
pub async fn put_behind(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    const TAKE: &str = "DELETE FROM search_changes WHERE recording_id = $1 RETURNING part";
    const ASK: &str =
        "INSERT INTO search_changes (recording_id, part, later) VALUES ($1, $2, TRUE)";
    let mut parts: Vec<String> = in_tx!(tx, |db| sqlx::query_scalar(TAKE)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    parts.sort_unstable();
    parts.dedup();
    for part in &parts {
        in_tx!(tx, |db| sqlx::query(ASK)
            .bind(recording.0)
            .bind(part.as_str())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Asks for everything to be made anew, by this version, behind what somebody changes; of what is there nothing is removed before.
pub async fn make_anew(tx: &mut Tx, version: i64) -> Result<()> {
    const FORGET: &str = "DELETE FROM search_changes WHERE later";
    const ASK: &str = "INSERT INTO search_changes (recording_id, part, later) SELECT id, $1, TRUE FROM recordings ORDER BY created_at, id";
    const VERSION: &str = "INSERT INTO search_version (id, version) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET version = excluded.version";
    in_tx!(tx, |db| sqlx::query(FORGET).execute(db).await.map(|_| ()))?;
    for part in [Part::Lines, Part::Words, Part::Screen] {
        in_tx!(tx, |db| sqlx::query(ASK)
            .bind(part.as_str())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    in_tx!(tx, |db| sqlx::query(VERSION)
        .bind(version)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
