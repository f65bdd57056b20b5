//! Rows of `jobs`. A job is enqueued in the transaction that causes it, claimed with one statement,
//! and belongs to whoever holds its newest attempt.
//!
//! A lease that ran out counts as a failure when the job is claimed again, so a job that
//! kills its worker is given up in the end.

use std::time::Duration;

use aside_protocol::id::JobId;
use aside_protocol::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Result, Store, Tx, dialect, expect_one};
use crate::domain::job::{Claim, Job, Kind, MAX_FAILURES, MAX_OUTAGE, backoff, world_backoff};
use crate::in_tx;
use crate::on_db;

/// Whether the worker still owned the job it reported on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Yes,
    /// The lease ran out and somebody else claimed it: what this worker did does not count.
    Lost,
}

/// What became of a failed job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It comes back after a pause.
    Later,
    /// It failed too often.
    GivenUp,
    Lost,
}

/// Puts `job` into the queue, due at `run_at`. Where an unfinished one with the same key exists, that one is asked to run
/// again (at `run_at` if it waits for longer and has not just failed). `id` names the row if it is new.
pub async fn enqueue(
    tx: &mut Tx,
    job: &Job,
    run_at: Timestamp,
    now: Timestamp,
    id: JobId,
) -> Result<()> {
    const SQL: &str = "INSERT INTO jobs (id, kind, payload, dedup_key, asked, run_at, attempt, failures, max_failures, created_at) \
        VALUES ($1, $2, $3, $4, 1, $5, 0, 0, $6, $7) \
        ON CONFLICT (dedup_key) DO UPDATE SET asked = jobs.asked + 1, \
        run_at = CASE WHEN jobs.failures = 0 AND jobs.failing_since IS NULL AND excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(job.kind().as_str())
        .bind(Json(job))
        .bind(job.dedup_key())
        .bind(run_at.micros())
        .bind(MAX_FAILURES)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}

/// Takes the longest due job of `kind`, if there is one. A crash gives it back after `lease`.
pub async fn claim(
    tx: &mut Tx,
    kind: Kind,
    worker: &str,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Claim>> {
    type Row = (Uuid, Json<Job>, i64, i64, i64, i64, Option<i64>);
    let until = now.plus(lease).micros();
    let row: Option<Row> = match tx {
        Tx::Sqlite(tx) => {
            let sql = sqlx::query_as(dialect::CLAIM_JOB_SQLITE);
            sql.bind(now.micros())
                .bind(until)
                .bind(worker)
                .bind(kind.as_str())
                .fetch_optional(&mut **tx)
                .await?
        }
        Tx::Postgres(tx) => {
            let sql = sqlx::query_as(dialect::CLAIM_JOB_POSTGRES);
            sql.bind(now.micros())
                .bind(until)
                .bind(worker)
                .bind(kind.as_str())
                .fetch_optional(&mut **tx)
                .await?
        }
    };
    Ok(row.map(
        |(id, Json(job), attempt, asked, failures, max_failures, since)| Claim {
            id: JobId(id),
            job,
            attempt,
            asked,
            failures,
            max_failures,
            failing_since: since.map(Timestamp::from_micros),
        },
    ))
}

/// Extends the lease. Also the fence: call it first in a transaction that writes what the job made.
pub async fn hold(tx: &mut Tx, claim: &Claim, now: Timestamp, lease: Duration) -> Result<Held> {
    const SQL: &str = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(now.plus(lease).micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(held(rows))
}

/// Ends the job; or makes it due at once, when it was asked for again since it was claimed.
pub async fn done(tx: &mut Tx, claim: &Claim, now: Timestamp) -> Result<Held> {
    const SQL: &str = "UPDATE jobs SET done_at = $4, dedup_key = NULL, lease_until = NULL, worker = NULL, failures = 0, failing_since = NULL, last_error = NULL \
        WHERE id = $1 AND attempt = $2 AND asked = $3 AND done_at IS NULL AND failed_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(claim.asked)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    if rows == 1 {
        Ok(Held::Yes)
    } else {
        again(tx, claim, now, now).await
    }
}

/// Whether it was asked for again since it was claimed: then what was made meanwhile is outdated.
pub async fn was_asked_again(tx: &mut Tx, claim: &Claim) -> Result<bool> {
    const SQL: &str = "SELECT asked > $2 FROM jobs WHERE id = $1";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(claim.id.0)
        .bind(claim.asked)
        .fetch_one(db)
        .await)?)
}

/// Gives the job back, due at `run_at`; or at once, when it was asked for again since it was claimed.
pub async fn again(tx: &mut Tx, claim: &Claim, run_at: Timestamp, now: Timestamp) -> Result<Held> {
    const SQL: &str = "UPDATE jobs SET run_at = CASE WHEN asked > $3 THEN $5 ELSE $4 END, \
        lease_until = NULL, worker = NULL, failures = 0, failing_since = NULL, last_error = NULL \
        WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(claim.asked)
        .bind(run_at.micros())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(held(rows))
}

/// Gives the job back untouched, because this worker is about to end.
pub async fn release(tx: &mut Tx, claim: &Claim) -> Result<Held> {
    const SQL: &str = "UPDATE jobs SET lease_until = NULL, worker = NULL WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(held(rows))
}

/// Writes down a failure: the job comes back after a pause that grows, until it failed too often.
pub async fn failed(
    tx: &mut Tx,
    claim: &Claim,
    why: &str,
    now: Timestamp,
    chance: u64,
) -> Result<Failed> {
    let failures = claim.failures + 1;
    if failures >= claim.max_failures {
        return Ok(match give_up(tx, claim, why, now).await? {
            Held::Yes => Failed::GivenUp,
            Held::Lost => Failed::Lost,
        });
    }
    const SQL: &str = "UPDATE jobs SET failures = $3, last_error = $4, run_at = $5, lease_until = NULL, worker = NULL \
        WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let run_at = now.plus(backoff(failures, chance));
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(failures)
        .bind(why)
        .bind(run_at.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(if rows == 1 {
        Failed::Later
    } else {
        Failed::Lost
    })
}

/// Writes down that the world is down: the job comes back after a pause, for days, and this counts as no failure of its own.
pub async fn world_down(
    tx: &mut Tx,
    claim: &Claim,
    why: &str,
    now: Timestamp,
    chance: u64,
) -> Result<Failed> {
    let since = claim.failing_since.unwrap_or(now);
    let down = u64::try_from(now.micros().saturating_sub(since.micros())).unwrap_or(0);
    let down = Duration::from_micros(down);
    if down > MAX_OUTAGE {
        return Ok(match give_up(tx, claim, why, now).await? {
            Held::Yes => Failed::GivenUp,
            Held::Lost => Failed::Lost,
        });
    }
    const SQL: &str = "UPDATE jobs SET failing_since = $3, last_error = $4, run_at = $5, lease_until = NULL, worker = NULL \
        WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let run_at = now.plus(world_backoff(down, chance));
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(since.micros())
        .bind(why)
        .bind(run_at.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(if rows == 1 {
        Failed::Later
    } else {
        Failed::Lost
    })
}

/// Ends the job without success.
pub async fn give_up(tx: &mut Tx, claim: &Claim, why: &str, now: Timestamp) -> Result<Held> {
    const SQL: &str = "UPDATE jobs SET failed_at = $3, last_error = $4, dedup_key = NULL, lease_until = NULL, worker = NULL \
        WHERE id = $1 AND attempt = $2 AND done_at IS NULL AND failed_at IS NULL";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(claim.id.0)
        .bind(claim.attempt)
        .bind(now.micros())
        .bind(why)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(held(rows))
}

/// Forgets jobs that ended before `before`; answers how many.
pub async fn forget_ended(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM jobs WHERE done_at < $1 OR failed_at < $1";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// A job as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub job: Job,
    pub state: &'static str,
    pub attempt: i64,
    pub failures: i64,
    pub last_error: Option<String>,
}

fn held(rows: u64) -> Held {
    if rows == 1 { Held::Yes } else { Held::Lost }
}

impl Store {
    /// When the next job of `kind` may be claimed, which may be past; none where none waits. A read, so that an idle worker
    /// does not queue for the write lock.
    pub async fn next_job(&self, kind: Kind) -> Result<Option<Timestamp>> {
        const SQL: &str = "SELECT MIN(CASE WHEN lease_until > run_at THEN lease_until ELSE run_at END) FROM jobs \
            WHERE kind = $1 AND done_at IS NULL AND failed_at IS NULL";
        let due: Option<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(kind.as_str())
            .fetch_one(db)
            .await)?;
        Ok(due.map(Timestamp::from_micros))
    }

    /// Every job, oldest first: for operators and tests.
    pub async fn jobs(&self) -> Result<Vec<Listed>> {
        type Row = (
            Json<Job>,
            Option<i64>,
            Option<i64>,
            Option<i64>,
            i64,
            i64,
            Option<String>,
        );
        const SQL: &str = "SELECT payload, done_at, failed_at, lease_until, attempt, failures, last_error FROM jobs ORDER BY created_at, id";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL).fetch_all(db).await)?;
        Ok(rows
            .into_iter()
            .map(
                |(Json(job), done, failed, lease, attempt, failures, last_error)| {
                    let state = match (done, failed, lease) {
                        (Some(_), ..) => "done",
                        (None, Some(_), _) => "failed",
                        (None, None, Some(_)) => "running",
                        (None, None, None) => "waiting",
                    };
                    Listed {
                        job,
                        state,
                        attempt,
                        failures,
                        last_error,
                    }
                },
            )
            .collect())
    }
}

#[cfg(test)]
mod tests;
