//! Rows of `tokens` that are browsers.

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx};
use crate::domain::token::Session;
use crate::{in_tx, on_db};

impl Store {
    /// Browsers in which a person is signed in, the one that was used last first.
    pub async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        type Row = (Uuid, String, Option<String>, i64, Option<i64>);
        const SQL: &str = "SELECT id, name, address, created_at, last_used_at FROM tokens \
             WHERE user_id = $1 AND kind = 'session' AND expires_at > $2 ORDER BY COALESCE(last_used_at, created_at) DESC, id";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .bind(now.micros())
            .fetch_all(db)
            .await)?;
        let session = |(id, device, address, created, used): Row| Session {
            id: TokenId(id),
            device,
            address,
            created_at: Timestamp::from_micros(created),
            last_used_at: used.map(Timestamp::from_micros),
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Whether a token of a person is there and has not run out.
    pub async fn token_counts(&self, user: UserId, token: TokenId, now: Timestamp) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM tokens WHERE id = $2 AND user_id = $1 AND (expires_at IS NULL OR expires_at > $3))";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(token.0)
            .bind(now.micros())
            .fetch_one(db)
            .await)?)
    }
}

/// Notes from where a browser was signed in.
pub async fn set_address(tx: &mut Tx, token: TokenId, address: &str) -> Result<()> {
    const SQL: &str = "UPDATE tokens SET address = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(token.0)
        .bind(address)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Signs a person out of every browser but `kept`; answers how many there were.
pub async fn end_others(tx: &mut Tx, user: UserId, kept: Option<TokenId>) -> Result<u64> {
    const SQL: &str = "DELETE FROM tokens WHERE user_id = $1 AND kind = 'session' AND id <> $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        // No token has the id of zeros.
        .bind(kept.map_or(Uuid::nil(), |id| id.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Ends a browser of a person. Says whether there was one.
pub async fn end(tx: &mut Tx, user: UserId, session: TokenId) -> Result<bool> {
    const SQL: &str = "DELETE FROM tokens WHERE id = $2 AND user_id = $1 AND kind = 'session'";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(session.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Ends the recorders and programs of a person but `kept`; answers how many there were.
pub async fn end_tokens(tx: &mut Tx, user: UserId, kept: TokenId) -> Result<u64> {
    const SQL: &str =
        "DELETE FROM tokens WHERE user_id = $1 AND kind IN ('api', 'device') AND id <> $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(kept.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}
