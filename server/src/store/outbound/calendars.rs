//! Rows of `calendars`, and what is in somebody's.

use aside_protocol::id::{CommentId, UserId};
use uuid::Uuid;

use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

/// Most assignments that a calendar shows.
const MAX_EVENTS: i64 = 500;

impl Store {
    /// The number of the address that counts; none: there is none.
    pub async fn calendar_number(&self, user: UserId) -> Result<Option<i64>> {
        const SQL: &str = "SELECT number FROM calendars WHERE user_id = $1 AND number > 0";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .fetch_optional(db)
            .await)?)
    }

    /// Threads that were given to somebody, are due on a day and not done: what is due first comes first.
    pub async fn due_threads(&self, user: UserId) -> Result<Vec<CommentId>> {
        const SQL: &str = "SELECT id FROM comments WHERE assignee_id = $1 AND due_on IS NOT NULL \
             AND resolved_at IS NULL AND deleted_at IS NULL ORDER BY due_on, id LIMIT $2";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(MAX_EVENTS)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(CommentId).collect())
    }
}

/// Gives another address, and answers its number: the ones before count no more.
pub async fn renew(tx: &mut Tx, user: UserId) -> Result<i64> {
    const SQL: &str = "INSERT INTO calendars (user_id, number) VALUES ($1, 1) \
         ON CONFLICT (user_id) DO UPDATE SET number = ABS(calendars.number) + 1 RETURNING number";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(user.0)
        .fetch_one(db)
        .await)?)
}

/// No address counts any more; the next one is a new one all the same.
pub async fn end(tx: &mut Tx, user: UserId) -> Result<()> {
    const SQL: &str = "UPDATE calendars SET number = -ABS(number) WHERE user_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
