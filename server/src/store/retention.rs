//! What rules of retention ask of recordings, and what was said for folders and the server.

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx, expect_one};
use crate::domain::account::Email;
use crate::domain::page_language::PageLanguage;
use crate::domain::recording::INTERRUPTED_AFTER;
use crate::domain::retention::{Facts, RuledFolder, Word, Words, stored};
use crate::{in_tx, on_db};

/// The setting of the server; without it nothing is said.
pub const SETTING: &str = "retention";

/// A recording, and what rules ask of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub owner: UserId,
    /// Empty: not named.
    pub title: String,
    pub facts: Facts,
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: Uuid,
    owner_id: Uuid,
    title: String,
    folder_id: Option<Uuid>,
    created_at: i64,
    kept_from: Option<i64>,
    viewed_at: Option<i64>,
    pinned: bool,
    live: bool,
    trash_at: Option<i64>,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Self {
            owner: UserId(row.owner_id),
            title: row.title,
            facts: Facts {
                id: RecordingId(row.id),
                folder: row.folder_id.map(FolderId),
                created_at: Timestamp::from_micros(row.created_at),
                kept_from: at(row.kept_from),
                viewed_at: at(row.viewed_at),
                pinned: row.pinned,
                live: row.live,
                announced: at(row.trash_at),
            },
        }
    }
}

/// Of recordings outside of the trash; what gave a sign after `$1` is being recorded.
macro_rules! candidates {
    ($which:literal) => {
        concat!(
            "SELECT r.id, r.owner_id, r.title, r.folder_id, r.created_at, r.kept_from, r.pinned, r.trash_at, \
             (r.finished_at IS NULL AND (r.last_part_at > $1 OR COALESCE(r.last_seen_at, 0) > $1)) AS live, \
             (SELECT MAX(v.last_at) FROM views v WHERE v.recording_id = r.id AND v.counted_at IS NOT NULL) AS viewed_at \
             FROM recordings r WHERE r.deleted_at IS NULL AND ",
            $which
        )
    };
}
const ONE: &str = candidates!("r.id = $2");

type FolderRow = (Uuid, Option<Uuid>, Option<String>);

fn folder((id, parent, word): FolderRow) -> RuledFolder {
    RuledFolder {
        id: FolderId(id),
        parent: parent.map(FolderId),
        word: word.as_deref().map(stored),
    }
}

fn words(server: Option<&str>, folders: Vec<FolderRow>) -> Words {
    Words::new(server.map(stored), folders.into_iter().map(folder))
}

const FOLDERS: &str = "SELECT id, parent_id, retention FROM folders WHERE owner_id = $1";

impl Store {
    /// All that is said on the server.
    pub async fn retention_words(&self) -> Result<Words> {
        const SQL: &str = "SELECT id, parent_id, retention FROM folders";
        let folders: Vec<FolderRow> = on_db!(self, |db| sqlx::query_as(SQL).fetch_all(db).await)?;
        Ok(words(self.setting(SETTING).await?.as_deref(), folders))
    }

    /// What counts for the recordings of one person.
    pub async fn retention_words_for(&self, owner: UserId) -> Result<Words> {
        let folders: Vec<FolderRow> = on_db!(self, |db| sqlx::query_as(FOLDERS)
            .bind(owner.0)
            .fetch_all(db)
            .await)?;
        Ok(words(self.setting(SETTING).await?.as_deref(), folders))
    }

    /// What rules ask of a recording outside of the trash.
    pub async fn retention_facts(&self, id: RecordingId, now: Timestamp) -> Result<Option<Facts>> {
        let row: Option<CandidateRow> = on_db!(self, |db| sqlx::query_as(ONE)
            .bind(now.minus(INTERRUPTED_AFTER).micros())
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|row| Candidate::from(row).facts))
    }

    /// Recordings of which something may have to be done, by id behind `after`: those that are as old as that, and those that
    /// were announced.
    pub async fn retention_candidates(
        &self,
        after: Option<RecordingId>,
        created_before: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Candidate>> {
        const SQL: &str = candidates!(
            "r.id > $2 AND (r.trash_at IS NOT NULL OR (r.created_at <= $3 AND NOT r.pinned)) ORDER BY r.id LIMIT $4"
        );
        let rows: Vec<CandidateRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(now.minus(INTERRUPTED_AFTER).micros())
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(created_before.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(Candidate::from).collect())
    }

    /// How many recordings of a person were announced.
    pub async fn announced_of(&self, owner: UserId) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM recordings WHERE owner_id = $1 AND trash_at IS NOT NULL AND deleted_at IS NULL";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(owner.0)
            .fetch_one(db)
            .await)?;
        Table("recordings").unsigned("count", count)
    }
}

/// What counts for the recordings of one person, as this transaction sees it.
pub async fn words_for(tx: &mut Tx, owner: UserId) -> Result<Words> {
    let server = tx.setting(SETTING).await?;
    let folders: Vec<FolderRow> = in_tx!(tx, |db| sqlx::query_as(FOLDERS)
        .bind(owner.0)
        .fetch_all(db)
        .await)?;
    Ok(words(server.as_deref(), folders))
}

/// What is said for the server, as this transaction sees it.
pub async fn server_word(tx: &mut Tx) -> Result<Option<Word>> {
    let server = tx.setting(SETTING).await?;
    Ok(server.as_deref().map(stored))
}

/// A recording outside of the trash and what rules ask of it, as this transaction sees it.
pub async fn candidate(tx: &mut Tx, id: RecordingId, now: Timestamp) -> Result<Option<Candidate>> {
    let row: Option<CandidateRow> = in_tx!(tx, |db| sqlx::query_as(ONE)
        .bind(now.minus(INTERRUPTED_AFTER).micros())
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    Ok(row.map(Candidate::from))
}

/// Notes when a recording goes, as its owner is told; none: it was not announced.
pub async fn announce(tx: &mut Tx, id: RecordingId, at: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET trash_at = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(at.map(Timestamp::micros))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Notes whether no rule removes a recording; says whether that is news.
pub async fn set_pinned(tx: &mut Tx, id: RecordingId, pinned: bool) -> Result<bool> {
    const SQL: &str = "UPDATE recordings SET pinned = $2, trash_at = CASE WHEN $2 THEN NULL ELSE trash_at END \
         WHERE id = $1 AND pinned <> $2";
    let changed = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(pinned)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(changed == 1)
}

/// What came from another server: rules, and the time in the trash, count from now on; nothing is announced.
pub async fn begin_anew(tx: &mut Tx, id: RecordingId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET kept_from = $2, trash_at = NULL, deleted_at = CASE WHEN deleted_at IS NULL THEN NULL ELSE $2 END \
         WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Where an owner is told: mail address, time zone and language; none for who is deactivated.
pub async fn told_at(
    tx: &mut Tx,
    owner: UserId,
) -> Result<Option<(Email, Option<String>, PageLanguage)>> {
    type Row = (String, Option<String>, Option<String>);
    const SQL: &str =
        "SELECT email, time_zone, language FROM users WHERE id = $1 AND deactivated_at IS NULL";
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(owner.0)
        .fetch_optional(db)
        .await)?;
    Ok(row.map(|(email, zone, language)| {
        let language = PageLanguage::of_choice(language.as_deref());
        (Email::from_stored(email), zone, language)
    }))
}
