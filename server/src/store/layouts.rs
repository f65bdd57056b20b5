//! Rows of `layouts`. The moments are kept as they were told and put in order when they are read: a moment that changes
//! nothing today may, once the part before it has arrived.

use aside_protocol::id::RecordingId;
use aside_protocol::layout::{Layout, LayoutMoment};
use sqlx::types::Json;

use super::{Result, Store, StoreError, Tx};
use crate::{in_tx, on_db};

/// Where the face lies, and since how many changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LayoutRow {
    /// 0: nobody has said anything.
    pub version: i64,
    /// In the order in which they were told.
    pub told: Vec<LayoutMoment>,
}

impl LayoutRow {
    /// The moments in order.
    pub fn layout(&self) -> Result<Layout> {
        Layout::new(self.told.iter().copied())
            .map_err(|e| StoreError::inconsistent("layouts", "moments", e.to_string()))
    }
}

const READ: &str = "SELECT version, moments FROM layouts WHERE recording_id = $1";

pub(super) type Row = (i64, Json<Vec<LayoutMoment>>);

pub(super) fn row(found: Option<Row>) -> LayoutRow {
    found.map_or_else(LayoutRow::default, |(version, Json(told))| LayoutRow {
        version,
        told,
    })
}

impl Store {
    /// Empty where nobody has said anything.
    pub async fn layout(&self, recording: RecordingId) -> Result<LayoutRow> {
        let found: Option<Row> = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        Ok(row(found))
    }
}

/// The same as this transaction sees it.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<LayoutRow> {
    let found: Option<Row> = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    Ok(row(found))
}

/// Takes the place of what was there.
pub async fn set(tx: &mut Tx, recording: RecordingId, layout: &LayoutRow) -> Result<()> {
    const SQL: &str = "INSERT INTO layouts (recording_id, version, moments) VALUES ($1, $2, $3) \
        ON CONFLICT (recording_id) DO UPDATE SET version = excluded.version, moments = excluded.moments";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(layout.version)
        .bind(Json(&layout.told))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
