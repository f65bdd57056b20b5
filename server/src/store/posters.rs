//! `recordings.poster_key`.

use aside_protocol::id::RecordingId;

use super::{Result, Tx};
use crate::in_tx;

/// The path of the recording's poster; none when it has none, or there is no such recording.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Option<String>> {
    const SQL: &str = "SELECT poster_key FROM recordings WHERE id = $1";
    let path: Option<Option<String>> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    Ok(path.flatten())
}

/// Names the recording's poster: a path of the object store. A recording that is gone has none.
pub async fn set(tx: &mut Tx, recording: RecordingId, path: &str) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET poster_key = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(path)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
