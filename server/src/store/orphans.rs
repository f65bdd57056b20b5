//! Which objects no row knows.

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;

use super::{Result, Store};
use crate::on_db;

impl Store {
    /// Whether a part of these bytes has no row and cannot get one any more by an upload that goes on: its
    /// recording is gone, or nothing has arrived of it since `quiet_since`.
    pub async fn is_orphaned_part(
        &self,
        recording: RecordingId,
        track: TrackName,
        number: u32,
        sha256: &Sha256,
        quiet_since: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "SELECT NOT EXISTS (SELECT 1 FROM parts WHERE recording_id = $1 AND track = $2 AND number = $3 AND sha256 = $4) \
            AND NOT EXISTS (SELECT 1 FROM recordings WHERE id = $1 AND last_part_at >= $5)";
        Ok(on_db!(self, db => sqlx::query_scalar(SQL)
            .bind(recording.0)
            .bind(track.as_str())
            .bind(i64::from(number))
            .bind(sha256.0.as_slice())
            .bind(quiet_since.micros())
            .fetch_one(db)
            .await)?)
    }

    /// Whether the poster at this path belongs to no recording (any more).
    pub async fn is_orphaned_poster(&self, recording: RecordingId, path: &str) -> Result<bool> {
        const SQL: &str =
            "SELECT NOT EXISTS (SELECT 1 FROM recordings WHERE id = $1 AND poster_key = $2)";
        Ok(
            on_db!(self, db => sqlx::query_scalar(SQL).bind(recording.0).bind(path).fetch_one(db).await)?,
        )
    }
}
