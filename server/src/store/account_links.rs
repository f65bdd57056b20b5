//! Rows of `account_links`: what a link does once, for whoever got it.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx, one_time};
use crate::domain::account::Email;
use crate::domain::account_link::{AccountLink, Purpose};
use crate::domain::token::TokenHash;
use crate::{in_tx, on_db};

type Row = (Uuid, Option<String>);

fn link((user, email): Row) -> AccountLink {
    AccountLink {
        user: UserId(user),
        email: email.map(Email::from_stored),
    }
}

/// Keeps a link until it is followed or runs out.
pub async fn insert(
    tx: &mut Tx,
    hash: &TokenHash,
    purpose: Purpose,
    of: &AccountLink,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO account_links (hash, purpose, user_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(hash.as_slice())
        .bind(purpose.as_str())
        .bind(of.user.0)
        .bind(of.email.as_ref().map(Email::as_str))
        .bind(now.micros())
        .bind(now.plus(purpose.lifetime()).micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Uses a link up; none where it was used, has run out or never was. Of two at once one gets it.
pub async fn take(
    tx: &mut Tx,
    hash: &TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<AccountLink>> {
    const SQL: &str = "DELETE FROM account_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id, email";
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(hash.as_slice())
        .bind(purpose.as_str())
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(row.map(link))
}

/// Ends all links of a person for a purpose.
pub async fn remove_all(tx: &mut Tx, user: UserId, purpose: Purpose) -> Result<()> {
    const SQL: &str = "DELETE FROM account_links WHERE user_id = $1 AND purpose = $2";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(purpose.as_str())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets links that have run out.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    one_time::prune(tx, "DELETE FROM account_links WHERE expires_at <= $1", now).await
}

impl Store {
    /// What a link does; it stays.
    pub async fn account_link(
        &self,
        hash: &TokenHash,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<AccountLink>> {
        const SQL: &str = "SELECT user_id, email FROM account_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(hash.as_slice())
            .bind(purpose.as_str())
            .bind(now.micros())
            .fetch_optional(db)
            .await)?;
        Ok(row.map(link))
    }

    /// The address that a person asked for last and has not proved yet.
    pub async fn pending_email(&self, user: UserId, now: Timestamp) -> Result<Option<Email>> {
        const SQL: &str = "SELECT email FROM account_links WHERE user_id = $1 AND purpose = 'mail' AND expires_at > $2 ORDER BY created_at DESC LIMIT 1";
        let email: Option<Option<String>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(now.micros())
            .fetch_optional(db)
            .await)?;
        Ok(email.flatten().map(Email::from_stored))
    }
}
