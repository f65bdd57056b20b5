//! Where the bytes of parts lie, for whoever sends them.

use std::collections::BTreeSet;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;

use super::cell::Table;
use super::{Result, Store};
use crate::domain::preview::PartWeight;
use crate::domain::recording::{StoredPart, Track};
use crate::on_db;

const PARTS: Table = Table("parts");

impl Store {
    /// The parts `first` to `last` (both included) that are stored and were not emptied, by number.
    pub async fn stored_parts(
        &self,
        id: RecordingId,
        track: TrackName,
        first: u32,
        last: u32,
    ) -> Result<Vec<StoredPart>> {
        const SQL: &str = "SELECT number, size, sha256, init FROM parts \
             WHERE recording_id = $1 AND track = $2 AND number >= $3 AND number <= $4 AND emptied_at IS NULL ORDER BY number";
        type Row = (i64, i64, Vec<u8>, i64);
        let rows: Vec<Row> = on_db!(self, |db| {
            sqlx::query_as(SQL)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(first))
                .bind(i64::from(last))
                .fetch_all(db)
                .await
        })?;
        rows.into_iter()
            .map(|(number, size, sha256, init)| {
                Ok(StoredPart {
                    number: PARTS.unsigned("number", number)?,
                    size: PARTS.unsigned("size", size)?,
                    sha256: PARTS.sha256(sha256)?,
                    init: PARTS.unsigned("init", init)?,
                })
            })
            .collect()
    }

    /// The part that is shown at `tick` of the track, and the one with the whole picture it is decoded from: the newest that
    /// begins at `tick` or before, else the first of all. None where there is no such part.
    pub async fn parts_until(
        &self,
        id: RecordingId,
        track: TrackName,
        tick: u64,
    ) -> Result<Option<(u32, u32)>> {
        const SHOWN: &str = "SELECT COALESCE(\
             (SELECT MAX(number) FROM parts WHERE recording_id = $1 AND track = $2 AND start <= $3 AND emptied_at IS NULL), \
             (SELECT MIN(number) FROM parts WHERE recording_id = $1 AND track = $2 AND emptied_at IS NULL))";
        const WHOLE: &str = "SELECT MAX(number) FROM parts \
             WHERE recording_id = $1 AND track = $2 AND number <= $3 AND independent AND emptied_at IS NULL";
        let asked = async |sql: &'static str, value: i64| -> Result<Option<u32>> {
            let number: Option<i64> = on_db!(self, |db| {
                sqlx::query_scalar(sql)
                    .bind(id.0)
                    .bind(track.as_str())
                    .bind(value)
                    .fetch_one(db)
                    .await
            })?;
            number
                .map(|number| PARTS.unsigned("number", number))
                .transpose()
        };
        let tick = i64::try_from(tick).unwrap_or(i64::MAX);
        let Some(shown) = asked(SHOWN, tick).await? else {
            return Ok(None);
        };
        let whole = asked(WHOLE, i64::from(shown)).await?;
        Ok(whole.map(|whole| (whole, shown)))
    }

    /// The stored parts of a range, from the last one before it that can be decoded by itself.
    pub async fn parts_of_range(
        &self,
        id: RecordingId,
        track: &Track,
        from_ms: u64,
        until_ms: u64,
    ) -> Result<Vec<StoredPart>> {
        let tick = |ms: u64| ms.saturating_mul(track.timescale.into()) / 1000;
        let begins = self.parts_until(id, track.name, tick(from_ms)).await?;
        let ends = self.parts_until(id, track.name, tick(until_ms)).await?;
        let (Some((whole, _)), Some((_, last))) = (begins, ends) else {
            return Ok(Vec::new());
        };
        self.stored_parts(id, track.name, whole, last).await
    }

    /// The stored parts that begin with a whole picture.
    pub async fn whole_parts(&self, id: RecordingId, track: TrackName) -> Result<BTreeSet<u32>> {
        const SQL: &str = "SELECT number FROM parts \
             WHERE recording_id = $1 AND track = $2 AND independent AND emptied_at IS NULL";
        let numbers: Vec<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .fetch_all(db)
            .await)?;
        let numbers = numbers.into_iter();
        numbers.map(|n| PARTS.unsigned("number", n)).collect()
    }

    /// Start and duration in ticks, bytes, and whether it begins with a whole picture, of every stored part of a track.
    pub async fn part_weights(&self, id: RecordingId, track: TrackName) -> Result<Vec<PartWeight>> {
        const SQL: &str = "SELECT start, duration, size, independent FROM parts \
             WHERE recording_id = $1 AND track = $2 AND emptied_at IS NULL ORDER BY number";
        let rows: Vec<(i64, i64, i64, bool)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|(start, duration, size, whole)| {
                Ok(PartWeight {
                    start: PARTS.unsigned("start", start)?,
                    duration: PARTS.unsigned("duration", duration)?,
                    bytes: PARTS.unsigned("size", size)?,
                    whole,
                })
            })
            .collect()
    }

    /// The parts of a recording whose objects are known to be missing.
    pub async fn lost_parts(&self, id: RecordingId) -> Result<BTreeSet<(TrackName, u32)>> {
        const SQL: &str =
            "SELECT track, number FROM parts WHERE recording_id = $1 AND lost_at IS NOT NULL";
        let rows: Vec<(String, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|(track, number)| {
                Ok((
                    PARTS.parsed("track", track)?,
                    PARTS.unsigned("number", number)?,
                ))
            })
            .collect()
    }

    /// Where a stored part lies: start and duration in ticks of its track.
    pub async fn part_place(
        &self,
        id: RecordingId,
        track: TrackName,
        number: u32,
    ) -> Result<Option<(u64, u64)>> {
        const SQL: &str = "SELECT start, duration FROM parts WHERE recording_id = $1 AND track = $2 AND number = $3";
        let row: Option<(i64, i64)> = on_db!(self, |db| {
            sqlx::query_as(SQL)
                .bind(id.0)
                .bind(track.as_str())
                .bind(i64::from(number))
                .fetch_optional(db)
                .await
        })?;
        row.map(|(start, duration)| {
            Ok((
                PARTS.unsigned("start", start)?,
                PARTS.unsigned("duration", duration)?,
            ))
        })
        .transpose()
    }
}
