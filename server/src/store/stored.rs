//! Which objects the rows name: for whoever compares the database with the object store.

use std::collections::HashSet;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx};
use crate::{in_tx, on_db};

/// What names the object of a part, and its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamedPart {
    pub recording: RecordingId,
    pub track: TrackName,
    pub number: u32,
    pub sha256: Sha256,
}

/// A part, the length its object must have, and whether the object was found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredObject {
    pub part: NamedPart,
    /// Bytes.
    pub size: u64,
    pub lost: bool,
}

const PARTS: Table = Table("parts");
/// A part that was emptied has a row and names no object.
const NAMED: &str = "SELECT recording_id, track, number, sha256 FROM parts WHERE recording_id = $1 AND emptied_at IS NULL";

type Row = (Uuid, String, i64, Vec<u8>);

fn named((recording, track, number, sha256): Row) -> Result<NamedPart> {
    Ok(NamedPart {
        recording: RecordingId(recording),
        track: PARTS.parsed("track", track)?,
        number: PARTS.unsigned("number", number)?,
        sha256: PARTS.sha256(sha256)?,
    })
}

impl Store {
    /// First parts of the newest and of the oldest recordings, at most `limit` of each, in no order. Parts that
    /// are known to be lost are left out.
    pub async fn first_parts(&self, limit: u32) -> Result<Vec<NamedPart>> {
        const NEWEST: &str = "SELECT recording_id, track, number, sha256 FROM parts WHERE number = 0 AND lost_at IS NULL AND emptied_at IS NULL ORDER BY recording_id DESC LIMIT $1";
        const OLDEST: &str = "SELECT recording_id, track, number, sha256 FROM parts WHERE number = 0 AND lost_at IS NULL AND emptied_at IS NULL ORDER BY recording_id LIMIT $1";
        let mut parts = HashSet::new();
        for sql in [NEWEST, OLDEST] {
            let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(sql)
                .bind(i64::from(limit))
                .fetch_all(db)
                .await)?;
            for row in rows {
                parts.insert(named(row)?);
            }
        }
        Ok(parts.into_iter().collect())
    }

    /// Every part of a recording that names an object.
    pub async fn stored_objects(&self, recording: RecordingId) -> Result<Vec<StoredObject>> {
        const SQL: &str = "SELECT recording_id, track, number, sha256, size, lost_at IS NOT NULL FROM parts WHERE recording_id = $1 AND emptied_at IS NULL";
        type Row = (Uuid, String, i64, Vec<u8>, i64, bool);
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|(recording, track, number, sha256, size, lost)| {
                Ok(StoredObject {
                    part: named((recording, track, number, sha256))?,
                    size: PARTS.unsigned("size", size)?,
                    lost,
                })
            })
            .collect()
    }

    /// Whether there is any part.
    pub async fn has_parts(&self) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM parts)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .fetch_one(db)
            .await)?)
    }

    /// How many parts name an object, those known to be lost too.
    pub async fn count_parts(&self) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM parts WHERE emptied_at IS NULL";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_one(db).await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Every part of a recording that names an object, those known to be lost too.
    pub async fn named_parts(&self, recording: RecordingId) -> Result<HashSet<NamedPart>> {
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(NAMED)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(named).collect()
    }
}

impl Tx {
    /// Every part of a recording that names an object, those known to be lost too, as this transaction sees them.
    pub async fn named_parts(&mut self, recording: RecordingId) -> Result<Vec<NamedPart>> {
        let rows: Vec<Row> = in_tx!(self, |db| sqlx::query_as(NAMED)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(named).collect()
    }

    /// Notes that the object of a part is missing since `lost_at`, or, with none, that it is there again.
    pub async fn set_lost(&mut self, part: &NamedPart, lost_at: Option<Timestamp>) -> Result<()> {
        const SQL: &str = "UPDATE parts SET lost_at = $5 WHERE recording_id = $1 AND track = $2 AND number = $3 AND sha256 = $4";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(part.recording.0)
            .bind(part.track.as_str())
            .bind(i64::from(part.number))
            .bind(part.sha256.0.as_slice())
            .bind(lost_at.map(Timestamp::micros))
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Forgets what the parts of a track hold: their rows stay, their objects need tombstones.
    pub async fn empty_parts(
        &mut self,
        recording: RecordingId,
        track: TrackName,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "UPDATE parts SET emptied_at = $3, lost_at = NULL WHERE recording_id = $1 AND track = $2 AND emptied_at IS NULL";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(recording.0)
            .bind(track.as_str())
            .bind(now.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Whether a row names the object of this part.
    pub async fn names_part(&mut self, part: &NamedPart) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM parts WHERE recording_id = $1 AND track = $2 AND number = $3 AND sha256 = $4 AND emptied_at IS NULL)";
        Ok(in_tx!(self, |db| sqlx::query_scalar(SQL)
            .bind(part.recording.0)
            .bind(part.track.as_str())
            .bind(i64::from(part.number))
            .bind(part.sha256.0.as_slice())
            .fetch_one(db)
            .await)?)
    }

    /// Whether the recording's poster or its small rendition lies at this path.
    pub async fn names_poster(&mut self, recording: RecordingId, path: &str) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM recordings WHERE id = $1 AND (poster_key = $2 OR thumbnail_key = $2))";
        Ok(in_tx!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .bind(path)
            .fetch_one(db)
            .await)?)
    }
}
