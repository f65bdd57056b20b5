//! Rows of `sprites`.

use aside_protocol::id::RecordingId;
use sqlx::types::Json;

use super::cell::{Table, signed};
use super::{Result, Store, Tx};
use crate::domain::sprite::Sprite;
use crate::{in_tx, on_db};

const SPRITES: Table = Table("sprites");
const READ: &str = "SELECT key, tile_width, tile_height, count, every_ms, changes FROM sprites WHERE recording_id = $1";

type Row = (String, i64, i64, i64, i64, Json<Vec<u64>>);

fn sprite((key, width, height, count, every_ms, Json(changes)): Row) -> Result<Sprite> {
    Ok(Sprite {
        key,
        tile_width: SPRITES.unsigned("tile_width", width)?,
        tile_height: SPRITES.unsigned("tile_height", height)?,
        count: SPRITES.unsigned("count", count)?,
        every_ms: SPRITES.unsigned("every_ms", every_ms)?,
        changes,
    })
}

impl Store {
    /// The small pictures of a recording; none where they were not made (yet).
    pub async fn sprite(&self, recording: RecordingId) -> Result<Option<Sprite>> {
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(sprite).transpose()
    }
}

/// The same as this transaction sees them.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Option<Sprite>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(sprite).transpose()
}

/// Takes the place of what was there.
pub async fn set(tx: &mut Tx, recording: RecordingId, sprite: &Sprite) -> Result<()> {
    const SQL: &str = "INSERT INTO sprites (recording_id, key, tile_width, tile_height, count, every_ms, changes) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (recording_id) DO UPDATE SET key = excluded.key, \
        tile_width = excluded.tile_width, tile_height = excluded.tile_height, count = excluded.count, \
        every_ms = excluded.every_ms, changes = excluded.changes";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(sprite.key.as_str())
        .bind(i64::from(sprite.tile_width))
        .bind(i64::from(sprite.tile_height))
        .bind(i64::from(sprite.count))
        .bind(signed(sprite.every_ms))
        .bind(Json(&sprite.changes))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Whether the recording's small pictures lie at this path.
pub async fn names(tx: &mut Tx, recording: RecordingId, path: &str) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM sprites WHERE recording_id = $1 AND key = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(path)
        .fetch_one(db)
        .await)?)
}

/// The recording has no small pictures any more. Their image needs a tombstone.
pub async fn forget(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    const SQL: &str = "DELETE FROM sprites WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
