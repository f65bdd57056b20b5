//! Rows of `viewings`: who is asked to watch a recording, and who is done with it.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::recordings::{RecordingRow, recording_columns};
use super::shares::{named, names};
use super::{Result, Store, StoreError, Tx};
use crate::domain::access::Seen;
use crate::domain::views::Watched;
use crate::{in_tx, on_db};

/// A recording that somebody may want to catch up on.
#[derive(Debug, Clone)]
pub struct Unseen {
    pub seen: Seen,
    pub owner_name: String,
    pub length_ms: u64,
    pub required: bool,
    pub due_at: Option<Timestamp>,
    pub watched: Watched,
}

#[derive(sqlx::FromRow)]
struct UnseenRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    owner_name: String,
    length_ms: Option<i64>,
    required: Option<bool>,
    due_at: Option<i64>,
    seconds: Option<Vec<u8>>,
}

impl TryFrom<UnseenRow> for Unseen {
    type Error = StoreError;
    fn try_from(row: UnseenRow) -> Result<Self> {
        Ok(Self {
            seen: Seen {
                recording: row.recording.try_into()?,
                named: row.named,
                present: true,
                password: None,
            },
            owner_name: row.owner_name,
            length_ms: Table("recordings").unsigned("length_ms", row.length_ms.unwrap_or(0))?,
            required: row.required.unwrap_or(false),
            due_at: row.due_at.map(Timestamp::from_micros),
            watched: row.seconds.map(Watched::from_stored).unwrap_or_default(),
        })
    }
}

/// Somebody who is asked to watch.
#[derive(Debug, Clone)]
pub struct Asked {
    pub user: UserId,
    pub name: String,
    pub due_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub watched: Option<Watched>,
    pub named: bool,
}

#[derive(sqlx::FromRow)]
struct AskedRow {
    user_id: Uuid,
    name: String,
    due_at: Option<i64>,
    done_at: Option<i64>,
    reminded_at: Option<i64>,
    created_at: i64,
    seconds: Option<Vec<u8>>,
    named: bool,
}

impl From<AskedRow> for Asked {
    fn from(row: AskedRow) -> Self {
        Self {
            user: UserId(row.user_id),
            name: row.name,
            due_at: row.due_at.map(Timestamp::from_micros),
            done_at: row.done_at.map(Timestamp::from_micros),
            reminded_at: row.reminded_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            watched: row.seconds.map(Watched::from_stored),
            named: row.named,
        }
    }
}

/// People who are asked to watch recording $1, by name.
const ASKED: &str = concat!(
    "SELECT v.user_id, u.name, v.due_at, v.done_at, v.reminded_at, v.created_at, w.seconds, ",
    named!(),
    " AS named FROM viewings v JOIN users u ON u.id = v.user_id JOIN recordings r ON r.id = v.recording_id \
     LEFT JOIN views w ON w.recording_id = v.recording_id AND w.user_id = v.user_id \
     WHERE v.recording_id = $1 AND v.required AND u.deactivated_at IS NULL ORDER BY LOWER(u.name), u.id"
);

/// So many recordings a person catches up on at once.
const MAX_LISTED: i64 = 200;

impl Store {
    /// Finished recordings that were shared with a person by name or that they are asked to watch, and with which they did not say
    /// that they are done: what is due first comes first, then the newest.
    pub async fn unseen(&self, user: UserId) -> Result<Vec<Unseen>> {
        const SQL: &str = concat!(
            "WITH mine (id) AS (SELECT g.recording_id FROM grants g JOIN users u ON u.id = $1 WHERE ",
            names!(),
            " UNION SELECT recording_id FROM viewings WHERE user_id = $1 AND required) SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, o.name AS owner_name, r.length_ms, v.required, v.due_at, w.seconds \
             FROM mine JOIN recordings r ON r.id = mine.id JOIN users o ON o.id = r.owner_id JOIN users u ON u.id = $1 \
             LEFT JOIN viewings v ON v.recording_id = r.id AND v.user_id = $1 \
             LEFT JOIN views w ON w.recording_id = r.id AND w.user_id = $1 \
             WHERE r.owner_id <> $1 AND r.deleted_at IS NULL AND r.finished_at IS NOT NULL AND v.done_at IS NULL \
             ORDER BY COALESCE(v.due_at, $2), r.created_at DESC, r.id LIMIT $3"
        );
        on_db!(self, |db| sqlx::query_as::<_, UnseenRow>(SQL)
            .bind(user.0)
            .bind(i64::MAX)
            .bind(MAX_LISTED)
            .fetch_all(db)
            .await)?
        .into_iter()
        .map(Unseen::try_from)
        .collect()
    }

    /// Who is asked to watch a recording, by name.
    pub async fn asked_viewers(&self, recording: RecordingId) -> Result<Vec<Asked>> {
        let rows = on_db!(self, |db| sqlx::query_as::<_, AskedRow>(ASKED)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(Asked::from).collect())
    }
}

/// The same, as this transaction sees it.
pub async fn asked(tx: &mut Tx, recording: RecordingId) -> Result<Vec<Asked>> {
    let rows = in_tx!(tx, |db| sqlx::query_as::<_, AskedRow>(ASKED)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    Ok(rows.into_iter().map(Asked::from).collect())
}

/// Asks somebody to watch, or gives them another date.
pub async fn ask(
    tx: &mut Tx,
    recording: RecordingId,
    user: UserId,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO viewings (recording_id, user_id, required, due_at, created_at) VALUES ($1, $2, TRUE, $3, $4) \
         ON CONFLICT (recording_id, user_id) DO UPDATE SET required = TRUE, due_at = excluded.due_at";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(user.0)
        .bind(due_at.map(Timestamp::micros))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Somebody is not asked any more.
pub async fn release(tx: &mut Tx, recording: RecordingId, user: UserId) -> Result<()> {
    const SQL: &str = "UPDATE viewings SET required = FALSE, due_at = NULL WHERE recording_id = $1 AND user_id = $2";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Somebody says that they are done with a recording, or that they are not.
pub async fn set_done(
    tx: &mut Tx,
    recording: RecordingId,
    user: UserId,
    done: bool,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO viewings (recording_id, user_id, required, done_at, created_at) VALUES ($1, $2, FALSE, $3, $4) \
         ON CONFLICT (recording_id, user_id) DO UPDATE SET done_at = excluded.done_at";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(user.0)
        .bind(done.then(|| now.micros()))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Notes that somebody was reminded. Says whether they had not been.
pub async fn remind(
    tx: &mut Tx,
    recording: RecordingId,
    user: UserId,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE viewings SET reminded_at = $3 WHERE recording_id = $1 AND user_id = $2 AND required AND reminded_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(user.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}
