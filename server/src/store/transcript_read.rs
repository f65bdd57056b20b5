//! The read side of `transcripts` and `words`.

use aside_protocol::id::RecordingId;

use super::{Result, Store, StoreError};
use crate::domain::transcript::{TranscriptState, Word};
use crate::on_db;

/// How far a transcript is, and up to where its words are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    pub state: TranscriptState,
    /// Milliseconds from the first picture.
    pub done_ms: i64,
}

impl Store {
    /// How far the transcript is; none when there is nothing to transcribe (yet).
    pub async fn transcript_heard(&self, recording: RecordingId) -> Result<Option<Heard>> {
        const SQL: &str = "SELECT state, done_ms FROM transcripts WHERE recording_id = $1";
        let row: Option<(String, i64)> =
            on_db!(self, db => sqlx::query_as(SQL).bind(recording.0).fetch_optional(db).await)?;
        row.map(|(state, done_ms)| {
            let state: TranscriptState = state
                .parse()
                .map_err(|_| StoreError::inconsistent("transcripts", "state", state))?;
            Ok(Heard { state, done_ms })
        })
        .transpose()
    }

    /// Every published word, in order.
    pub async fn words(&self, recording: RecordingId) -> Result<Vec<Word>> {
        const SQL: &str =
            "SELECT n, start_ms, end_ms, text, gap FROM words WHERE recording_id = $1 ORDER BY n";
        type Row = (i64, i64, i64, String, bool);
        let rows: Vec<Row> =
            on_db!(self, db => sqlx::query_as(SQL).bind(recording.0).fetch_all(db).await)?;
        rows.into_iter()
            .map(|(n, start_ms, end_ms, text, gap)| {
                Ok(Word {
                    n: unsigned("n", n)?,
                    start_ms: unsigned("start_ms", start_ms)?,
                    end_ms: unsigned("end_ms", end_ms)?,
                    text,
                    gap,
                })
            })
            .collect()
    }
}

fn unsigned(column: &'static str, value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| StoreError::inconsistent("words", column, value.to_string()))
}
