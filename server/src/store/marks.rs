//! Rows of `marks`.

use aside_protocol::id::{MarkId, RecordingId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::mark::Mark;
use crate::{in_tx, on_db};

const MARKS: Table = Table("marks");

#[derive(sqlx::FromRow)]
struct MarkRow {
    id: Uuid,
    recording_id: Uuid,
    at_ms: i64,
    title: String,
    created_at: i64,
    deleted_at: Option<i64>,
    version: i64,
}

impl TryFrom<MarkRow> for Mark {
    type Error = StoreError;
    fn try_from(row: MarkRow) -> Result<Self> {
        Ok(Self {
            id: MarkId(row.id),
            recording: RecordingId(row.recording_id),
            at_ms: MARKS.unsigned("at_ms", row.at_ms)?,
            title: row.title,
            created_at: Timestamp::from_micros(row.created_at),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
            version: row.version,
        })
    }
}

macro_rules! select {
    () => {
        "SELECT id, recording_id, at_ms, title, created_at, deleted_at, version FROM marks "
    };
}

const BY_ID: &str = concat!(select!(), "WHERE id = $1");

impl Store {
    /// The chapters of a recording that are not deleted, by moment.
    pub async fn marks(&self, recording: RecordingId) -> Result<Vec<Mark>> {
        const SQL: &str = concat!(
            select!(),
            "WHERE recording_id = $1 AND deleted_at IS NULL ORDER BY at_ms, id"
        );
        let rows = on_db!(self, |db| sqlx::query_as::<_, MarkRow>(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Mark::try_from).collect()
    }

    /// One chapter, deleted or not.
    pub async fn mark(&self, id: MarkId) -> Result<Option<Mark>> {
        let row = on_db!(self, |db| sqlx::query_as::<_, MarkRow>(BY_ID)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Mark::try_from).transpose()
    }
}

/// One chapter as this transaction sees it, deleted or not.
pub async fn get(tx: &mut Tx, id: MarkId) -> Result<Option<Mark>> {
    let row = in_tx!(tx, |db| sqlx::query_as::<_, MarkRow>(BY_ID)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    row.map(Mark::try_from).transpose()
}

/// How many chapters of a recording are not deleted.
pub async fn count(tx: &mut Tx, recording: RecordingId) -> Result<u64> {
    const SQL: &str =
        "SELECT CAST(COUNT(*) AS BIGINT) FROM marks WHERE recording_id = $1 AND deleted_at IS NULL";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    MARKS.unsigned("count", count)
}

pub async fn insert(tx: &mut Tx, mark: &Mark) -> Result<()> {
    const SQL: &str = "INSERT INTO marks (id, recording_id, at_ms, title, created_at, deleted_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(mark.id.0)
        .bind(mark.recording.0)
        .bind(signed(mark.at_ms))
        .bind(&mark.title)
        .bind(mark.created_at.micros())
        .bind(mark.deleted_at.map(Timestamp::micros))
        .bind(mark.version)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Writes what may change: moment, title, whether it is deleted. It gets the version it brings.
pub async fn update(tx: &mut Tx, mark: &Mark) -> Result<()> {
    const SQL: &str =
        "UPDATE marks SET at_ms = $2, title = $3, deleted_at = $4, version = $5 WHERE id = $1";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(mark.id.0)
        .bind(signed(mark.at_ms))
        .bind(&mark.title)
        .bind(mark.deleted_at.map(Timestamp::micros))
        .bind(mark.version)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}
