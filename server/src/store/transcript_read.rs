//! The read side of `transcripts` and `words`.

use aside_protocol::id::RecordingId;
use sqlx::types::Json;

use super::cell::{Table, signed};
use super::{Result, Store};
use crate::domain::transcript::{Stretch, TranscriptState, Word};
use crate::on_db;

/// How far a transcript is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptStatus {
    pub state: TranscriptState,
    /// Everything before is published; milliseconds from the first picture.
    pub done_ms: i64,
    /// So many words never change.
    pub settled: u64,
    /// ISO 639-1, once it is known.
    pub language: Option<String>,
    /// Sound that could not be transcribed.
    pub missing: Vec<Stretch>,
    /// Counts up with each change by a person.
    pub version: i64,
}

impl TranscriptStatus {
    /// Of a recording without sound.
    pub const fn none() -> Self {
        Self {
            state: TranscriptState::None,
            done_ms: 0,
            settled: 0,
            language: None,
            missing: Vec::new(),
            version: 0,
        }
    }
}

/// Of words, as [`WordRow`] reads them.
macro_rules! select_words {
    () => {
        "SELECT n, start_ms, end_ms, text, gap, joined FROM words "
    };
}
pub(super) use select_words;

pub(super) type WordRow = (i64, i64, i64, String, bool, bool);

impl Store {
    /// How far the transcript is; none when there is nothing to transcribe (yet).
    pub async fn transcript_status(
        &self,
        recording: RecordingId,
    ) -> Result<Option<TranscriptStatus>> {
        const SQL: &str = "SELECT state, done_ms, settled, language, missing, version FROM transcripts WHERE recording_id = $1";
        let row: Option<StatusRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(status).transpose()
    }

    /// Recordings whose transcript is in this state, oldest first.
    pub async fn transcripts_in(&self, state: TranscriptState) -> Result<Vec<RecordingId>> {
        const SQL: &str =
            "SELECT recording_id FROM transcripts WHERE state = $1 ORDER BY recording_id";
        let ids: Vec<uuid::Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(state.as_str())
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }

    /// Every published word, in order.
    pub async fn words(&self, recording: RecordingId) -> Result<Vec<Word>> {
        self.words_from(recording, 0, u64::MAX).await
    }

    /// At most `count` published words from number `first` on, in order.
    pub async fn words_from(
        &self,
        recording: RecordingId,
        first: u64,
        count: u64,
    ) -> Result<Vec<Word>> {
        const SQL: &str = concat!(
            select_words!(),
            "WHERE recording_id = $1 AND n >= $2 AND n < $3 ORDER BY n"
        );
        let (first, end) = (signed(first), signed(first.saturating_add(count)));
        let rows: Vec<WordRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(first)
            .bind(end)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(word).collect()
    }
}

/// State, done_ms, settled, language, missing, version.
pub(super) type StatusRow = (
    String,
    i64,
    i64,
    Option<String>,
    Option<Json<Vec<Stretch>>>,
    i64,
);

pub(super) fn status(
    (state, done_ms, settled, language, missing, version): StatusRow,
) -> Result<TranscriptStatus> {
    let transcripts = Table("transcripts");
    Ok(TranscriptStatus {
        state: transcripts.parsed("state", state)?,
        done_ms,
        settled: transcripts.unsigned("settled", settled)?,
        language,
        missing: missing.map(|Json(m)| m).unwrap_or_default(),
        version,
    })
}

pub(super) fn word((n, start_ms, end_ms, text, gap, joined): WordRow) -> Result<Word> {
    let words = Table("words");
    Ok(Word {
        n: words.unsigned("n", n)?,
        start_ms: words.unsigned("start_ms", start_ms)?,
        end_ms: words.unsigned("end_ms", end_ms)?,
        text,
        gap,
        joined,
    })
}
