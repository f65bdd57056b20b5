//! Rows of `outbound_events`, `deliveries` and `delivery_attempts`: written with their cause, ended by a worker.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use crate::domain::outbound::{DeliveryId, DeliveryState, DestinationId, Event, EventId};
use crate::store::cell::Table;
use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

pub async fn insert_event(tx: &mut Tx, event: &Event) -> Result<()> {
    const SQL: &str = "INSERT INTO outbound_events (id, kind, recording_id, comment_id, actor_id, at) VALUES ($1, $2, $3, $4, $5, $6)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(event.id.0)
        .bind(event.kind.as_str())
        .bind(event.recording.map(|id| id.0))
        .bind(event.comment.map(|id| id.0))
        .bind(event.actor.map(|id| id.0))
        .bind(event.at.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Queues an event for a destination.
pub async fn insert(
    tx: &mut Tx,
    id: DeliveryId,
    to: DestinationId,
    event: EventId,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO deliveries (id, destination_id, event_id, state, created_at, since, due_at, tries, attempts) \
         VALUES ($1, $2, $3, 'waiting', $4, $4, $4, 0, 0)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(to.0)
        .bind(event.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// What became of the delivery of an event; none: it is forgotten.
pub async fn state(
    tx: &mut Tx,
    to: DestinationId,
    event: EventId,
) -> Result<Option<DeliveryState>> {
    const SQL: &str = "SELECT state FROM deliveries WHERE destination_id = $1 AND event_id = $2";
    let state: Option<String> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(to.0)
        .bind(event.0)
        .fetch_optional(db)
        .await)?;
    let state = state.map(|it| Table("deliveries").parsed("state", it));
    state.transpose()
}

/// A delivery that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: DeliveryId,
    pub event: Event,
    pub since: Timestamp,
    pub tries: u32,
    pub attempts: u32,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    id: Uuid,
    since: i64,
    tries: i64,
    attempts: i64,
    event_id: Uuid,
    kind: String,
    recording_id: Option<Uuid>,
    comment_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    at: i64,
}

impl Store {
    /// The delivery of a destination that is due and sent first; of a paused one only tests are.
    pub async fn due_delivery(
        &self,
        to: DestinationId,
        only_tests: bool,
        now: Timestamp,
    ) -> Result<Option<Due>> {
        const SQL: &str = "SELECT v.id, v.since, v.tries, v.attempts, v.event_id, e.kind, e.recording_id, e.comment_id, e.actor_id, e.at \
             FROM deliveries v JOIN outbound_events e ON e.id = v.event_id \
             WHERE v.destination_id = $1 AND v.state = 'waiting' AND v.due_at <= $2 AND ($3 = 0 OR e.kind = 'test') \
             ORDER BY v.due_at, v.id LIMIT 1";
        let row: Option<DueRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(to.0)
            .bind(now.micros())
            .bind(i64::from(only_tests))
            .fetch_optional(db)
            .await)?;
        row.map(|row| {
            let table = Table("deliveries");
            Ok(Due {
                id: DeliveryId(row.id),
                event: Event {
                    id: EventId(row.event_id),
                    kind: Table("outbound_events").parsed("kind", row.kind)?,
                    recording: row.recording_id.map(RecordingId),
                    comment: row.comment_id.map(CommentId),
                    actor: row.actor_id.map(UserId),
                    at: Timestamp::from_micros(row.at),
                },
                since: Timestamp::from_micros(row.since),
                tries: table.unsigned("tries", row.tries)?,
                attempts: table.unsigned("attempts", row.attempts)?,
            })
        })
        .transpose()
    }

    /// When the next one is due.
    pub async fn next_delivery(&self, to: DestinationId) -> Result<Option<Timestamp>> {
        const SQL: &str =
            "SELECT MIN(due_at) FROM deliveries WHERE destination_id = $1 AND state = 'waiting'";
        let at: Option<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(to.0)
            .fetch_one(db)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    /// None: there was no answer.
    pub status: Option<u16>,
    /// None: it was taken.
    pub reason: Option<String>,
    pub took_ms: u64,
    /// The beginning of the answer.
    pub excerpt: String,
}

/// Writes an attempt down, as number `number` of its delivery, from 1.
pub async fn add_attempt(
    tx: &mut Tx,
    delivery: DeliveryId,
    number: u32,
    attempt: &Attempt,
) -> Result<()> {
    const SQL: &str = "INSERT INTO delivery_attempts (delivery_id, number, at, status, reason, took_ms, excerpt) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (delivery_id, number) DO NOTHING";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(delivery.0)
        .bind(i64::from(number))
        .bind(attempt.at.micros())
        .bind(attempt.status.map(i64::from))
        .bind(attempt.reason.as_deref())
        .bind(i64::try_from(attempt.took_ms).unwrap_or(i64::MAX))
        .bind(&attempt.excerpt)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Where a delivery stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    pub state: DeliveryState,
    pub due_at: Timestamp,
    pub tries: u32,
    pub attempts: u32,
    pub ended_at: Option<Timestamp>,
}

pub async fn set(tx: &mut Tx, delivery: DeliveryId, to: &Stands) -> Result<()> {
    const SQL: &str = "UPDATE deliveries SET state = $2, due_at = $3, tries = $4, attempts = $5, ended_at = $6 \
         WHERE id = $1 AND state = 'waiting'";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(delivery.0)
        .bind(to.state.as_str())
        .bind(to.due_at.micros())
        .bind(i64::from(to.tries))
        .bind(i64::from(to.attempts))
        .bind(to.ended_at.map(Timestamp::micros))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// What waits is tried from now on, as if it had just happened: the time in which nothing was sent does not count.
pub async fn begin_anew(tx: &mut Tx, of: DestinationId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE deliveries SET since = $2, due_at = $2, tries = 0 WHERE destination_id = $1 AND state = 'waiting'";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(of.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// What is to be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One that has ended, whatever became of it.
    One(DeliveryId),
    /// All that failed and were queued since then.
    FailedSince(Timestamp),
}

/// Queues anew what has ended; answers how many.
pub async fn replay(tx: &mut Tx, of: DestinationId, which: Replay, now: Timestamp) -> Result<u64> {
    const ONE: &str = "UPDATE deliveries SET state = 'waiting', since = $2, due_at = $2, tries = 0, ended_at = NULL \
         WHERE destination_id = $1 AND state <> 'waiting' AND id = $3";
    const ALL: &str = "UPDATE deliveries SET state = 'waiting', since = $2, due_at = $2, tries = 0, ended_at = NULL \
         WHERE destination_id = $1 AND state = 'failed' AND created_at >= $3";
    Ok(match which {
        Replay::One(id) => in_tx!(tx, |db| sqlx::query(ONE)
            .bind(of.0)
            .bind(now.micros())
            .bind(id.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
        Replay::FailedSince(since) => in_tx!(tx, |db| sqlx::query(ALL)
            .bind(of.0)
            .bind(now.micros())
            .bind(since.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
    })
}
