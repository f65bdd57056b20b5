//! Changes of transcripts by people: the words themselves, and rows of `transcript_versions`.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use sqlx::types::Json;

use super::cell::{Table, signed};
use super::transcripts::insert_words;
use super::{Result, Store, Tx, expect_one};
use crate::domain::transcript::{TranscriptState, Word};
use crate::domain::transcript_edit::{Splice, Standing, Step, VersionKind};
use crate::{in_tx, on_db};

const VERSIONS: Table = Table("transcript_versions");

/// A change, without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// That the change led to, from 1.
    pub version: i64,
    /// That it was before: of the oldest change that is kept, 0.
    pub before: i64,
    /// Name of who made it; none where the account is gone.
    pub author: Option<String>,
    pub kind: VersionKind,
    pub created_at: Timestamp,
}

/// How a transcript stands to what people did to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edited {
    /// Counts up with each change by a person.
    pub version: i64,
    /// It came from a file.
    pub imported: bool,
}

/// Zero where there is no transcript.
pub async fn edited(tx: &mut Tx, recording: RecordingId) -> Result<Edited> {
    const SQL: &str = "SELECT version, imported FROM transcripts WHERE recording_id = $1";
    let row: Option<(i64, bool)> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    let (version, imported) = row.unwrap_or_default();
    Ok(Edited { version, imported })
}

/// Whether people changed it since it was transcribed.
pub async fn is_corrected(tx: &mut Tx, recording: RecordingId) -> Result<bool> {
    const SQL: &str = "SELECT kind FROM transcript_versions WHERE recording_id = $1 ORDER BY version DESC LIMIT 1";
    let kind: Option<String> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    Ok(kind.is_some_and(|kind| kind != VersionKind::Redo.as_str()))
}

/// Puts words in the place of others; those behind them keep their order and get other numbers.
pub async fn splice(tx: &mut Tx, recording: RecordingId, splice: &Splice) -> Result<()> {
    const DELETE: &str = "DELETE FROM words WHERE recording_id = $1 AND n >= $2 AND n < $3";
    // In two steps, by way of numbers below zero: no two words have the same number in between.
    const AWAY: &str = "UPDATE words SET n = -1 - (n + $3) WHERE recording_id = $1 AND n >= $2";
    const BACK: &str = "UPDATE words SET n = -1 - n WHERE recording_id = $1 AND n < 0";
    const COUNT: &str = "UPDATE transcripts SET words = words + $2, \
        settled = CASE WHEN settled >= $3 THEN settled + $2 ELSE settled END WHERE recording_id = $1";
    let end = splice.first + splice.count;
    let delta = signed(splice.words.len() as u64) - signed(splice.count);
    in_tx!(&mut *tx, |db| sqlx::query(DELETE)
        .bind(recording.0)
        .bind(signed(splice.first))
        .bind(signed(end))
        .execute(db)
        .await
        .map(|_| ()))?;
    if delta != 0 {
        in_tx!(&mut *tx, |db| sqlx::query(AWAY)
            .bind(recording.0)
            .bind(signed(end))
            .bind(delta)
            .execute(db)
            .await
            .map(|_| ()))?;
        in_tx!(&mut *tx, |db| sqlx::query(BACK)
            .bind(recording.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    insert_words(tx, recording, &splice.words).await?;
    let rows = in_tx!(tx, |db| sqlx::query(COUNT)
        .bind(recording.0)
        .bind(delta)
        .bind(signed(end))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}

/// Notes a change; answers the version that it leads to. `was`: how the transcript stood, where more than its words changed.
pub async fn add(
    tx: &mut Tx,
    recording: RecordingId,
    author: Option<UserId>,
    kind: VersionKind,
    step: &Step,
    was: Option<&Standing>,
    now: Timestamp,
) -> Result<i64> {
    const BUMP: &str =
        "UPDATE transcripts SET version = version + 1, updated_at = $2 WHERE recording_id = $1";
    const SQL: &str = "INSERT INTO transcript_versions \
        (recording_id, version, user_id, kind, first, removed, added, was, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    in_tx!(&mut *tx, |db| sqlx::query(BUMP)
        .bind(recording.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    let version = edited(tx, recording).await?.version;
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(version)
        .bind(author.map(|user| user.0))
        .bind(kind.as_str())
        .bind(signed(step.first))
        .bind(Json(&step.removed))
        .bind(step.added.map(signed))
        .bind(was.map(Json))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(version)
}

/// Says whether the words came from a file, and in which language where that is known. Those of a file are settled.
pub async fn set_imported(
    tx: &mut Tx,
    recording: RecordingId,
    imported: bool,
    language: Option<&str>,
) -> Result<()> {
    const SQL: &str = "UPDATE transcripts SET imported = $2, settled = CASE WHEN $2 THEN words ELSE settled END, \
        missing = CASE WHEN $2 THEN NULL ELSE missing END, language = COALESCE($3, language) WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(imported)
        .bind(language)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Says how a transcript stands; its words are another matter.
pub async fn set_standing(
    tx: &mut Tx,
    recording: RecordingId,
    state: TranscriptState,
    it: &Standing,
) -> Result<()> {
    const SQL: &str = "UPDATE transcripts SET state = $2, imported = $3, settled = $4, language = $5, missing = $6 \
        WHERE recording_id = $1";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(state.as_str())
        .bind(it.imported)
        .bind(signed(it.settled))
        .bind(it.language.as_deref())
        .bind(Json(&it.missing))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}

/// A change, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub version: i64,
    pub kind: VersionKind,
    pub step: Step,
    pub was: Option<Standing>,
    /// A worker began anew among the older changes that this one takes back as well.
    pub moved: bool,
}

/// How many changes of a transcript are kept.
pub async fn count(tx: &mut Tx, recording: RecordingId) -> Result<u64> {
    const SQL: &str = "SELECT COUNT(*) FROM transcript_versions WHERE recording_id = $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    VERSIONS.unsigned("count", count)
}

/// Whether the change that led to this version is kept.
pub async fn is_kept(tx: &mut Tx, recording: RecordingId, version: i64) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM transcript_versions WHERE recording_id = $1 AND version = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(version)
        .fetch_one(db)
        .await)?)
}

/// Makes one change of this one and all before it: it leads back to what was transcribed.
pub async fn fold(tx: &mut Tx, recording: RecordingId, it: &Held) -> Result<()> {
    const REMOVE: &str = "DELETE FROM transcript_versions WHERE recording_id = $1 AND version < $2";
    const SQL: &str = "UPDATE transcript_versions SET first = $3, removed = $4, added = $5, was = $6, moved = $7 \
        WHERE recording_id = $1 AND version = $2";
    in_tx!(&mut *tx, |db| sqlx::query(REMOVE)
        .bind(recording.0)
        .bind(it.version)
        .execute(db)
        .await
        .map(|_| ()))?;
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(it.version)
        .bind(signed(it.step.first))
        .bind(Json(&it.step.removed))
        .bind(it.step.added.map(signed))
        .bind(it.was.as_ref().map(Json))
        .bind(it.moved)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}

/// The newest change of those that followed version `after`, up to version `until`. One at a time: each may hold all the words
/// of a transcript.
pub async fn newest(
    tx: &mut Tx,
    recording: RecordingId,
    after: i64,
    until: i64,
) -> Result<Option<Held>> {
    const SQL: &str = "SELECT version, kind, first, removed, added, was, moved FROM transcript_versions \
        WHERE recording_id = $1 AND version > $2 AND version <= $3 ORDER BY version DESC LIMIT 1";
    type Row = (
        i64,
        String,
        i64,
        Json<Vec<Word>>,
        Option<i64>,
        Option<Json<Standing>>,
        bool,
    );
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .bind(after)
        .bind(until)
        .fetch_optional(db)
        .await)?;
    row.map(|(version, kind, first, Json(removed), added, was, moved)| {
        let added = added.map(|n| VERSIONS.unsigned("added", n)).transpose()?;
        Ok(Held {
            version,
            kind: VERSIONS.parsed("kind", kind)?,
            step: Step {
                first: VERSIONS.unsigned("first", first)?,
                removed,
                added,
            },
            was: was.map(|Json(was)| was),
            moved,
        })
    })
    .transpose()
}

impl Store {
    /// The newest `most` changes of a transcript, the newest first.
    pub async fn transcript_versions(
        &self,
        recording: RecordingId,
        most: u32,
    ) -> Result<Vec<VersionRow>> {
        const SQL: &str = "SELECT v.version, u.name, v.kind, v.created_at FROM transcript_versions v \
            LEFT JOIN users u ON u.id = v.user_id WHERE v.recording_id = $1 ORDER BY v.version DESC LIMIT $2";
        type Row = (i64, Option<String>, String, i64);
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(i64::from(most))
            .fetch_all(db)
            .await)?;
        let older = rows.iter().skip(1).map(|row| row.0).chain([0]);
        let older: Vec<i64> = older.collect();
        rows.into_iter()
            .zip(older)
            .map(|((version, author, kind, created_at), before)| {
                Ok(VersionRow {
                    version,
                    before,
                    author,
                    kind: VERSIONS.parsed("kind", kind)?,
                    created_at: Timestamp::from_micros(created_at),
                })
            })
            .collect()
    }
}
