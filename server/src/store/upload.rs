//! What an upload writes: rows of `recordings`, `tracks` and `parts`.

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;

use super::cell::{Table, signed};
use super::recordings::{PartRowRow, select_parts};
use super::{Result, Store, Tx, dialect, expect_one};
use crate::domain::recording::{LaterInit, PartRow, Recording, Track};
use crate::domain::upload::Neighbours;
use crate::{in_tx, on_db};

const BEFORE: &str = concat!(
    select_parts!(),
    "WHERE recording_id = $1 AND track = $2 AND number < $3 ORDER BY number DESC LIMIT 1"
);
const SAME: &str = concat!(
    select_parts!(),
    "WHERE recording_id = $1 AND track = $2 AND number = $3"
);
const LOST: &str =
    "SELECT lost_at IS NOT NULL FROM parts WHERE recording_id = $1 AND track = $2 AND number = $3";
const AFTER: &str = concat!(
    select_parts!(),
    "WHERE recording_id = $1 AND track = $2 AND number > $3 ORDER BY number LIMIT 1"
);

impl Store {
    /// One track of a recording.
    pub async fn track(&self, id: RecordingId, name: TrackName) -> Result<Option<Track>> {
        Ok(self.tracks(id).await?.into_iter().find(|t| t.name == name))
    }

    /// What is known around a part's number.
    pub async fn neighbours(
        &self,
        id: RecordingId,
        track: TrackName,
        number: u32,
    ) -> Result<Neighbours> {
        let get = async |sql: &'static str| -> Result<Option<PartRow>> {
            let row = on_db!(self, |db| sqlx::query_as::<_, PartRowRow>(sql)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(number))
                .fetch_optional(db)
                .await)?;
            row.map(PartRow::try_from).transpose()
        };
        let same = get(SAME).await?;
        let lost: Option<bool> = match same {
            None => None,
            Some(_) => on_db!(self, |db| sqlx::query_scalar(LOST)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(number))
                .fetch_optional(db)
                .await)?,
        };
        Ok(Neighbours {
            before: get(BEFORE).await?,
            same,
            lost: lost.unwrap_or(false),
            after: get(AFTER).await?,
        })
    }

    /// Numbers of the parts that have arrived and are not known to be lost, ascending.
    pub async fn part_numbers(&self, id: RecordingId, track: TrackName) -> Result<Vec<u32>> {
        const SQL: &str = "SELECT number FROM parts WHERE recording_id = $1 AND track = $2 AND lost_at IS NULL ORDER BY number";
        let rows: Vec<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|n| PARTS.unsigned("number", n))
            .collect()
    }
}

const PARTS: Table = Table("parts");

impl Tx {
    /// An id or a slug that is taken is [`super::StoreError::is_duplicate`].
    pub async fn insert_recording(&mut self, r: &Recording) -> Result<()> {
        const SQL: &str = "INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(r.id.0)
            .bind(r.slug.as_str())
            .bind(r.owner.0)
            .bind(&r.title)
            .bind(r.sharing.audience.as_str())
            .bind(r.started_at.micros())
            .bind(r.created_at.micros())
            .bind(r.last_part_at.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    pub async fn insert_track(&mut self, id: RecordingId, track: &Track) -> Result<()> {
        const SQL: &str = "INSERT INTO tracks (recording_id, name, codec, timescale, width, height, init) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(track.name.as_str())
            .bind(&track.codec)
            .bind(i64::from(track.timescale))
            .bind(track.width.map(i64::from))
            .bind(track.height.map(i64::from))
            .bind(&track.init[..])
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    pub async fn insert_init(
        &mut self,
        id: RecordingId,
        track: TrackName,
        init: &LaterInit,
    ) -> Result<()> {
        const SQL: &str = "INSERT INTO inits (recording_id, track, version, codec, width, height, init) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .bind(i64::from(init.version))
            .bind(&init.codec)
            .bind(init.width.map(i64::from))
            .bind(init.height.map(i64::from))
            .bind(&init.init[..])
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Version and hash of every init of a track behind the first, ascending.
    pub async fn held_inits(
        &mut self,
        id: RecordingId,
        track: TrackName,
    ) -> Result<Vec<(u32, Sha256)>> {
        const SQL: &str = "SELECT version, init FROM inits WHERE recording_id = $1 AND track = $2 ORDER BY version";
        let rows: Vec<(i64, Vec<u8>)> = in_tx!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|(version, init)| {
                let version = Table("inits").unsigned("version", version)?;
                Ok((version, Sha256::of(&init)))
            })
            .collect()
    }

    /// Notes that the recorder is alive.
    pub async fn touch_recording(&mut self, id: RecordingId, now: Timestamp) -> Result<()> {
        const SQL: &str = "UPDATE recordings SET last_part_at = $2 WHERE id = $1";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Notes a heartbeat: the recorder is alive, and whether (and since when) its take is paused.
    pub async fn heartbeat(
        &mut self,
        id: RecordingId,
        now: Timestamp,
        paused_at: Option<Timestamp>,
    ) -> Result<()> {
        const SQL: &str = "UPDATE recordings SET last_seen_at = $2, paused_at = $3 WHERE id = $1";
        let paused_at = paused_at.map(Timestamp::micros);
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(now.micros())
            .bind(paused_at)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Holds the recording until the commit, so that its parts and its finish come one after the
    /// other (PostgreSQL; SQLite has one writer anyway).
    pub async fn lock_recording(&mut self, id: RecordingId) -> Result<()> {
        if let Self::Postgres(pg) = self {
            sqlx::query(dialect::LOCK_RECORDING_POSTGRES)
                .bind(id.0)
                .execute(&mut **pg)
                .await?;
        }
        Ok(())
    }

    /// What is known around a part's number.
    pub async fn neighbours(
        &mut self,
        id: RecordingId,
        track: TrackName,
        number: u32,
    ) -> Result<Neighbours> {
        let mut found = [None; 3];
        for (slot, sql) in found.iter_mut().zip([BEFORE, SAME, AFTER]) {
            let row = in_tx!(self, |db| sqlx::query_as::<_, PartRowRow>(sql)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(number))
                .fetch_optional(db)
                .await)?;
            *slot = row.map(PartRow::try_from).transpose()?;
        }
        let [before, same, after] = found;
        let lost: Option<bool> = match same {
            None => None,
            Some(_) => in_tx!(self, |db| sqlx::query_scalar(LOST)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(number))
                .fetch_optional(db)
                .await)?,
        };
        Ok(Neighbours {
            before,
            same,
            lost: lost.unwrap_or(false),
            after,
        })
    }

    pub async fn insert_part(
        &mut self,
        id: RecordingId,
        track: TrackName,
        part: &PartRow,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "INSERT INTO parts (recording_id, track, number, start, duration, independent, size, sha256, created_at, init) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .bind(i64::from(part.number))
            .bind(signed(part.start))
            .bind(signed(part.duration))
            .bind(part.independent)
            .bind(signed(part.size))
            .bind(part.sha256.0.as_slice())
            .bind(now.micros())
            .bind(i64::from(part.init))
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Number and hash of every part of a track that is not known to be lost, ascending by number.
    pub async fn held_parts(
        &mut self,
        id: RecordingId,
        track: TrackName,
    ) -> Result<Vec<(u32, Sha256)>> {
        const SQL: &str = "SELECT number, sha256 FROM parts WHERE recording_id = $1 AND track = $2 AND lost_at IS NULL ORDER BY number";
        let rows: Vec<(i64, Vec<u8>)> = in_tx!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|(n, sha)| Ok((PARTS.unsigned("number", n)?, PARTS.sha256(sha)?)))
            .collect()
    }

    /// Tracks as this transaction sees them, without their inits: name and timescale.
    pub async fn track_scales(&mut self, id: RecordingId) -> Result<Vec<(TrackName, u32)>> {
        const SQL: &str = "SELECT name, timescale FROM tracks WHERE recording_id = $1";
        let rows: Vec<(String, i64)> = in_tx!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        let mut scales = rows
            .into_iter()
            .map(|(name, scale)| {
                let tracks = Table("tracks");
                Ok((
                    tracks.parsed("name", name)?,
                    tracks.unsigned("timescale", scale)?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        scales.sort();
        Ok(scales)
    }

    /// Marks the recording as finished.
    pub async fn finish_recording(&mut self, id: RecordingId, now: Timestamp) -> Result<()> {
        const SQL: &str =
            "UPDATE recordings SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL";
        expect_one(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }
}
