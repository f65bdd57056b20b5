//! Rows of `views`, and the switches that say whether there are any.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::signed;
use super::{Result, Store, Tx, expect_one};
use crate::domain::views::{Switches, ViewOf, Watched, Watcher};
use crate::{in_tx, on_db};

/// The setting of the server; what is not `off` is on.
pub const SETTING: &str = "views";

pub(super) fn is_on(setting: Option<&str>) -> bool {
    setting != Some("off")
}

/// Views of the recording called `r`.
macro_rules! view_count {
    () => {
        "(SELECT CAST(COUNT(*) AS BIGINT) FROM views v WHERE v.recording_id = r.id AND v.counted_at IS NOT NULL) AS view_count"
    };
}
pub(super) use view_count;

/// A program that reads a recording with somebody's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentView {
    /// Whose token it is.
    pub name: String,
    pub user: UserId,
    /// Hours in which it read something.
    pub reads: u64,
    pub last_at: Timestamp,
}

/// Value of the column `viewer`.
fn viewer(who: &Watcher) -> String {
    match who {
        Watcher::Member(id) => format!("member {id}"),
        Watcher::Guest(id) => format!("guest {id}"),
        Watcher::Visitor(hash) => format!("visitor {}", hex::encode(hash)),
    }
}

/// Who is referred to, as member or as guest.
const fn refers(who: &Watcher) -> (Option<Uuid>, Option<Uuid>) {
    match who {
        Watcher::Member(id) => (Some(id.0), None),
        Watcher::Guest(id) => (None, Some(id.0)),
        Watcher::Visitor(_) => (None, None),
    }
}

/// What is known of somebody's watching, held until the commit: none where it is the first time.
pub async fn held(
    tx: &mut Tx,
    recording: RecordingId,
    who: &Watcher,
    now: Timestamp,
) -> Result<Option<Watched>> {
    const SQL: &str =
        "UPDATE views SET last_at = $3 WHERE recording_id = $1 AND viewer = $2 RETURNING seconds";
    let seconds: Option<Vec<u8>> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(viewer(who))
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(seconds.map(Watched::from_stored))
}

/// Begins to note what somebody watches; what another request has begun stays.
pub async fn begin(
    tx: &mut Tx,
    recording: RecordingId,
    who: &Watcher,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO views (recording_id, viewer, user_id, guest_id, seconds, position_ms, first_at, last_at) \
        VALUES ($1, $2, $3, $4, $5, 0, $6, $6) ON CONFLICT DO NOTHING";
    let (user, guest) = refers(who);
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(viewer(who))
        .bind(user)
        .bind(guest)
        .bind(Watched::default().as_bytes())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Notes what was watched until now. `is_view`: from now on it counts.
pub async fn set(
    tx: &mut Tx,
    recording: RecordingId,
    who: &Watcher,
    watched: &Watched,
    position_ms: u64,
    is_view: bool,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE views SET seconds = $3, position_ms = $4, counted_at = COALESCE(counted_at, $5) WHERE recording_id = $1 AND viewer = $2";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(viewer(who))
        .bind(watched.as_bytes())
        .bind(signed(position_ms))
        .bind(is_view.then(|| now.micros()))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// What a browser watched is now known to be somebody's, of whom nothing is noted yet.
pub async fn adopt(
    tx: &mut Tx,
    recording: RecordingId,
    visitor: &Watcher,
    who: &Watcher,
) -> Result<()> {
    const SQL: &str = "UPDATE views SET viewer = $3, user_id = $4, guest_id = $5 WHERE recording_id = $1 AND viewer = $2 \
        AND NOT EXISTS (SELECT 1 FROM views WHERE recording_id = $1 AND viewer = $3)";
    let (user, guest) = refers(who);
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(viewer(visitor))
        .bind(viewer(who))
        .bind(user)
        .bind(guest)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets all that a person watched.
pub async fn forget(tx: &mut Tx, user: UserId) -> Result<()> {
    const VIEWS: &str = "DELETE FROM views WHERE user_id = $1";
    const AGENTS: &str = "DELETE FROM agent_views WHERE user_id = $1";
    for sql in [VIEWS, AGENTS] {
        in_tx!(tx, |db| sqlx::query(sql)
            .bind(user.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Counts that a program read a recording with this person's token.
pub async fn note_agent(
    tx: &mut Tx,
    recording: RecordingId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO agent_views (recording_id, user_id, reads, last_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (recording_id, user_id) DO UPDATE SET reads = agent_views.reads + 1, last_at = $3";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(user.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Turns it on or off for a person.
pub async fn set_own(tx: &mut Tx, user: UserId, on: bool) -> Result<()> {
    const SQL: &str = "UPDATE users SET views = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(on)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

type Row = (Option<String>, Option<Uuid>, Vec<u8>, i64);

impl Store {
    /// The switches that concern a recording of `owner` for a viewer.
    pub async fn view_switches(&self, owner: UserId, viewer: Option<UserId>) -> Result<Switches> {
        const SQL: &str = "SELECT o.views, (SELECT views FROM users WHERE id = $2), (SELECT value FROM settings WHERE name = $3) FROM users o WHERE o.id = $1";
        let row: Option<(bool, Option<bool>, Option<String>)> =
            on_db!(self, |db| sqlx::query_as(SQL)
                .bind(owner.0)
                .bind(viewer.map(|id| id.0))
                .bind(SETTING)
                .fetch_optional(db)
                .await)?;
        let (owner, viewer, setting) = row.unwrap_or((false, None, None));
        Ok(Switches {
            server: is_on(setting.as_deref()),
            owner,
            viewer: viewer.unwrap_or(true),
        })
    }

    /// Programs that read a recording with somebody's token, the newest first; at most `limit`.
    pub async fn agent_views(&self, recording: RecordingId, limit: u32) -> Result<Vec<AgentView>> {
        const SQL: &str = "SELECT u.name, v.user_id, v.reads, v.last_at FROM agent_views v JOIN users u ON u.id = v.user_id \
            WHERE v.recording_id = $1 ORDER BY v.last_at DESC, v.user_id LIMIT $2";
        let rows: Vec<(String, Uuid, i64, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        let view = |(name, user, reads, last_at): (String, Uuid, i64, i64)| AgentView {
            name,
            user: UserId(user),
            reads: u64::try_from(reads).unwrap_or(0),
            last_at: Timestamp::from_micros(last_at),
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// The views of a recording, the newest first; at most `limit`.
    pub async fn views_of(&self, recording: RecordingId, limit: u32) -> Result<Vec<ViewOf>> {
        const SQL: &str = "SELECT COALESCE(u.name, k.name), v.user_id, v.seconds, v.last_at FROM views v \
            LEFT JOIN users u ON u.id = v.user_id LEFT JOIN tokens k ON k.id = v.guest_id \
            WHERE v.recording_id = $1 AND v.counted_at IS NOT NULL ORDER BY v.last_at DESC, v.viewer LIMIT $2";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        let view = |(name, user, seconds, last_at): Row| ViewOf {
            name,
            user: user.map(UserId),
            watched: Watched::from_stored(seconds),
            last_at: Timestamp::from_micros(last_at),
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
