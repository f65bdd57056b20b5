//! Rows of `sound_turns`.

use aside_protocol::id::RecordingId;
use aside_protocol::timed_event::SoundSource;

use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx};
use crate::domain::turns::Turn;
use crate::{in_tx, on_db};

const TURNS: Table = Table("sound_turns");

/// As the protocol names them.
fn source(name: String) -> Result<SoundSource> {
    let read = serde_json::from_value(serde_json::Value::from(name.as_str()));
    read.map_err(|_| StoreError::inconsistent("sound_turns", "source", name))
}

/// Moment and name of its source.
pub(super) type TurnRow = (i64, String);

pub(super) fn turn((at_ms, name): TurnRow) -> Result<Turn> {
    Ok(Turn {
        at_ms: TURNS.unsigned("at_ms", at_ms)?,
        source: source(name)?,
    })
}

impl Store {
    /// Who is heard when, by moment; empty where it is not known.
    pub async fn turns(&self, recording: RecordingId) -> Result<Vec<Turn>> {
        self.turns_from(recording, 0).await
    }

    /// The same from a moment on.
    pub async fn turns_from(&self, recording: RecordingId, from_ms: u64) -> Result<Vec<Turn>> {
        const SQL: &str = "SELECT at_ms, source FROM sound_turns WHERE recording_id = $1 AND at_ms >= $2 ORDER BY at_ms";
        let rows: Vec<TurnRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(signed(from_ms))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(turn).collect()
    }
}

pub async fn count(tx: &mut Tx, recording: RecordingId) -> Result<u64> {
    const SQL: &str = "SELECT COUNT(*) FROM sound_turns WHERE recording_id = $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    TURNS.unsigned("count", count)
}

/// One that is told for a moment again takes the place of the one before.
pub async fn insert(tx: &mut Tx, recording: RecordingId, turn: Turn) -> Result<()> {
    const SQL: &str = "INSERT INTO sound_turns (recording_id, at_ms, source) VALUES ($1, $2, $3) \
        ON CONFLICT (recording_id, at_ms) DO UPDATE SET source = excluded.source";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(signed(turn.at_ms))
        .bind(turn.source.as_str())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
