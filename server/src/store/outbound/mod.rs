//! Rows of `destinations` and of what they are told of.

pub mod calendars;
pub mod deliveries;
pub mod issues;
pub mod log;
pub mod shared_links;
pub mod story;

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::shares::named;
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::outbound::{
    Destination, DestinationId, EventKind, Paused, Places, Rule, Target, events_of,
};
use crate::{in_tx, on_db};

const DESTINATIONS: Table = Table("destinations");

#[derive(sqlx::FromRow)]
struct DestinationRow {
    id: Uuid,
    user_id: Option<Uuid>,
    made_by: Option<Uuid>,
    name: String,
    target: String,
    events: String,
    places: String,
    created_at: i64,
    paused_at: Option<i64>,
    paused_why: Option<String>,
    failures: i64,
    held_until: i64,
}

impl TryFrom<DestinationRow> for Destination {
    type Error = StoreError;
    fn try_from(row: DestinationRow) -> Result<Self> {
        let target: Target = serde_json::from_str(&row.target)
            .map_err(|_| StoreError::inconsistent("destinations", "target", "no target"))?;
        Ok(Self {
            id: DestinationId(row.id),
            owner: row.user_id.map(UserId),
            made_by: row.made_by.map(UserId),
            name: row.name,
            target,
            rule: Rule {
                events: events_of(&row.events),
                places: DESTINATIONS.parsed("places", row.places)?,
                chosen: Vec::new(),
            },
            created_at: Timestamp::from_micros(row.created_at),
            paused: row.paused_at.map(|at| Paused {
                at: Timestamp::from_micros(at),
                why: row.paused_why,
            }),
            failures: DESTINATIONS.unsigned("failures", row.failures)?,
            held_until: Timestamp::from_micros(row.held_until),
        })
    }
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, user_id, made_by, name, target, events, places, created_at, paused_at, paused_why, failures, held_until \
             FROM destinations WHERE ",
            $which
        )
    };
}

impl Store {
    /// The destinations of a person, or the server's, the oldest first.
    pub async fn destinations(&self, owner: Option<UserId>) -> Result<Vec<Destination>> {
        const OF: &str = select!("user_id = $1 AND deleted_at IS NULL ORDER BY created_at, id");
        const SERVER: &str =
            select!("user_id IS NULL AND deleted_at IS NULL ORDER BY created_at, id");
        let rows: Vec<DestinationRow> = match owner {
            Some(owner) => on_db!(self, |db| sqlx::query_as(OF)
                .bind(owner.0)
                .fetch_all(db)
                .await)?,
            None => on_db!(self, |db| sqlx::query_as(SERVER).fetch_all(db).await)?,
        };
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let mut one = Destination::try_from(row)?;
            one.rule.chosen = self.chosen(one.id).await?;
            all.push(one);
        }
        Ok(all)
    }

    /// One that was not deleted.
    pub async fn destination(&self, id: DestinationId) -> Result<Option<Destination>> {
        const SQL: &str = select!("id = $1 AND deleted_at IS NULL");
        let row: Option<DestinationRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        let Some(row) = row else { return Ok(None) };
        let mut one = Destination::try_from(row)?;
        one.rule.chosen = self.chosen(id).await?;
        Ok(Some(one))
    }

    /// One that was deleted a moment ago.
    pub async fn deleted_destination(&self, id: DestinationId) -> Result<Option<Destination>> {
        const SQL: &str = select!("id = $1 AND deleted_at IS NOT NULL");
        let row: Option<DestinationRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Destination::try_from).transpose()
    }

    async fn chosen(&self, id: DestinationId) -> Result<Vec<Uuid>> {
        const SQL: &str =
            "SELECT place FROM destination_places WHERE destination_id = $1 ORDER BY place";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?)
    }
}

impl Tx {
    /// One that was not deleted, held until the commit: who changes it next sees what this transaction wrote.
    pub async fn held_destination(&mut self, id: DestinationId) -> Result<Option<Destination>> {
        const HOLD: &str = "UPDATE destinations SET name = name WHERE id = $1";
        const SQL: &str = select!("id = $1 AND deleted_at IS NULL");
        const PLACES: &str =
            "SELECT place FROM destination_places WHERE destination_id = $1 ORDER BY place";
        let tx = self;
        in_tx!(tx, |db| sqlx::query(HOLD)
            .bind(id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
        let row: Option<DestinationRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        let Some(row) = row else { return Ok(None) };
        let mut one = Destination::try_from(row)?;
        one.rule.chosen = in_tx!(tx, |db| sqlx::query_scalar(PLACES)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        Ok(Some(one))
    }
}

/// How many a person has, or the server.
pub async fn count(tx: &mut Tx, owner: Option<UserId>) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM destinations WHERE deleted_at IS NULL AND \
         (user_id = $1 OR ($2 = 1 AND user_id IS NULL))";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(owner.map(|id| id.0))
        .bind(i64::from(owner.is_none()))
        .fetch_one(db)
        .await)?)
}

pub async fn insert(tx: &mut Tx, new: &Destination) -> Result<()> {
    const SQL: &str = "INSERT INTO destinations (id, user_id, made_by, name, target, events, places, created_at, failures, held_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(new.id.0)
        .bind(new.owner.map(|id| id.0))
        .bind(new.made_by.map(|id| id.0))
        .bind(&new.name)
        .bind(json(&new.target))
        .bind(new.rule.events_text())
        .bind(new.rule.places.as_str())
        .bind(new.created_at.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    set_chosen(tx, new).await
}

/// Writes what people change: name, target and rule.
pub async fn update(tx: &mut Tx, it: &Destination) -> Result<()> {
    const SQL: &str =
        "UPDATE destinations SET name = $2, target = $3, events = $4, places = $5 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(it.id.0)
        .bind(&it.name)
        .bind(json(&it.target))
        .bind(it.rule.events_text())
        .bind(it.rule.places.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)?;
    set_chosen(tx, it).await
}

/// Targets always have a JSON form.
fn json(target: &Target) -> String {
    serde_json::to_string(target).unwrap_or_default()
}

/// An id of nothing is left out.
async fn set_chosen(tx: &mut Tx, it: &Destination) -> Result<()> {
    const CLEAR: &str = "DELETE FROM destination_places WHERE destination_id = $1";
    const RECORDING: &str = "INSERT INTO destination_places (destination_id, place, recording_id) \
         SELECT $1, id, id FROM recordings WHERE id = $2";
    const FOLDER: &str = "INSERT INTO destination_places (destination_id, place, folder_id) \
         SELECT $1, id, id FROM folders WHERE id = $2 AND owner_id = $3";
    in_tx!(tx, |db| sqlx::query(CLEAR)
        .bind(it.id.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    for place in &it.rule.chosen {
        in_tx!(tx, |db| sqlx::query(RECORDING)
            .bind(it.id.0)
            .bind(place)
            .execute(db)
            .await
            .map(|_| ()))?;
        in_tx!(tx, |db| sqlx::query(FOLDER)
            .bind(it.id.0)
            .bind(place)
            .bind(it.owner.map(|id| id.0))
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Stops sending, or goes on: then nothing is held back any more.
pub async fn set_paused(tx: &mut Tx, id: DestinationId, paused: Option<&Paused>) -> Result<()> {
    const SQL: &str = "UPDATE destinations SET paused_at = $2, paused_why = $3, failures = 0, held_until = 0 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(paused.map(|it| it.at.micros()))
        .bind(paused.and_then(|it| it.why.as_deref()))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Deletes it so that it can be brought back, or brings it back.
pub async fn set_deleted(tx: &mut Tx, id: DestinationId, at: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE destinations SET deleted_at = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(at.map(Timestamp::micros))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// How it went there last.
pub async fn set_failures(
    tx: &mut Tx,
    id: DestinationId,
    failures: u32,
    held_until: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE destinations SET failures = $2, held_until = $3 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(i64::from(failures))
        .bind(held_until.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets destinations that were deleted before `before`, and what is older than `old` in the log.
pub async fn prune(tx: &mut Tx, before: Timestamp, old: Timestamp) -> Result<()> {
    const GONE: &str = "DELETE FROM destinations WHERE deleted_at < $1";
    const OLD: &str = "DELETE FROM outbound_events WHERE at < $1 AND NOT EXISTS \
         (SELECT 1 FROM deliveries v WHERE v.event_id = outbound_events.id AND v.state = 'waiting')";
    in_tx!(tx, |db| sqlx::query(GONE)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(tx, |db| sqlx::query(OLD)
        .bind(old.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    issues::forget_hooks(tx, old).await
}

/// A destination whose rule names an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    pub id: DestinationId,
    pub owner: Option<UserId>,
    pub places: Places,
    /// Its owner is one of those who are named for the recording.
    pub named: bool,
    pub failures: u32,
    pub held_until: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ListeningRow {
    id: Uuid,
    user_id: Option<Uuid>,
    places: String,
    failures: i64,
    held_until: i64,
    named: bool,
}

/// Destinations whose rules name this event of this recording, in the order of their ids; whether their people may see it is not
/// asked here.
pub async fn listening(
    tx: &mut Tx,
    kind: EventKind,
    recording: RecordingId,
) -> Result<Vec<Listening>> {
    const SQL: &str = concat!(
        // The folder it lies in, and those in which that lies.
        "WITH RECURSIVE up (id) AS (SELECT folder_id FROM recordings WHERE id = $1 \
         UNION SELECT f.parent_id FROM folders f JOIN up ON f.id = up.id) \
         SELECT d.id, d.user_id, d.places, d.failures, d.held_until, ",
        named!(),
        " AS named FROM destinations d JOIN recordings r ON r.id = $1 LEFT JOIN users u ON u.id = d.user_id \
         WHERE d.deleted_at IS NULL AND d.paused_at IS NULL AND d.events LIKE $2 AND (d.user_id IS NULL OR u.deactivated_at IS NULL) \
         AND (d.places IN ('all', 'inbox') OR (d.places = 'mine' AND d.user_id = r.owner_id) OR (d.places = 'chosen' AND EXISTS \
         (SELECT 1 FROM destination_places p WHERE p.destination_id = d.id AND (p.place = r.id OR p.place IN (SELECT id FROM up))))) ORDER BY d.id"
    );
    let rows: Vec<ListeningRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(recording.0)
        .bind(format!("% {} %", kind.as_str()))
        .fetch_all(db)
        .await)?;
    rows.into_iter()
        .map(|row| {
            Ok(Listening {
                id: DestinationId(row.id),
                owner: row.user_id.map(UserId),
                places: DESTINATIONS.parsed("places", row.places)?,
                named: row.named,
                failures: DESTINATIONS.unsigned("failures", row.failures)?,
                held_until: Timestamp::from_micros(row.held_until),
            })
        })
        .collect()
}
