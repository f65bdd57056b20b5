//! Rows of `identities` (who is who at a provider) and `oidc_logins` (sign-ins that were begun there).

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use super::accounts::UserRow;
use super::{Result, Tx, one_time};
use crate::domain::account::User;
use crate::domain::token::TokenHash;
use crate::in_tx;

/// A sign-in that was begun, and what has to be known when it ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub nonce: String,
    /// Of PKCE (RFC 7636).
    pub verifier: String,
    /// Where to go on to.
    pub next: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// The person whom a provider knows as `subject`.
pub async fn of(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<User>> {
    const SQL: &str = "SELECT u.id, u.email, u.name, u.role, u.created_at FROM identities i JOIN users u ON u.id = i.user_id \
         WHERE i.issuer = $1 AND i.subject = $2";
    let row: Option<UserRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(issuer)
        .bind(subject)
        .fetch_optional(db)
        .await)?;
    row.map(User::try_from).transpose()
}

/// Whether a person is known to a provider already.
pub async fn has(tx: &mut Tx, user: UserId, issuer: &str) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM identities WHERE user_id = $1 AND issuer = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(user.0)
        .bind(issuer)
        .fetch_one(db)
        .await)?)
}

/// Notes that a provider knows a person as `subject`. A second one is [`super::StoreError::is_duplicate`].
pub async fn insert(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str =
        "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(issuer)
        .bind(subject)
        .bind(user.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

pub async fn insert_login(
    tx: &mut Tx,
    state: &TokenHash,
    browser: &TokenHash,
    login: &Login,
    ends: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO oidc_logins (state_hash, browser_hash, nonce, verifier, next, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(state.as_slice())
        .bind(browser.as_slice())
        .bind(&login.nonce)
        .bind(&login.verifier)
        .bind(&login.next)
        .bind(ends.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes a sign-in that this browser began: once.
pub async fn take_login(
    tx: &mut Tx,
    state: &TokenHash,
    browser: &TokenHash,
    now: Timestamp,
) -> Result<Option<Login>> {
    const SQL: &str = "DELETE FROM oidc_logins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING nonce, verifier, next";
    let row: Option<(String, String, String)> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(state.as_slice())
        .bind(browser.as_slice())
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(row.map(|(nonce, verifier, next)| Login {
        nonce,
        verifier,
        next,
    }))
}

/// Forgets sign-ins that have run out.
pub async fn prune_logins(tx: &mut Tx, now: Timestamp) -> Result<()> {
    one_time::prune(tx, "DELETE FROM oidc_logins WHERE expires_at <= $1", now).await
}
