//! Rows of `two_factors` and `recovery_codes`.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::token::TokenHash;
use crate::domain::two_factor::{Factors, TwoFactor};
use crate::{in_tx, on_db};

type Row = (Vec<u8>, Option<i64>, i64);
const SELECT: &str = "SELECT secret, confirmed_at, last_step FROM two_factors WHERE user_id = $1";

const CODES_LEFT: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM recovery_codes WHERE user_id = $1";
const FACTORS: &str = "SELECT EXISTS (SELECT 1 FROM two_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL), \
     (SELECT CAST(COUNT(*) AS BIGINT) FROM passkeys WHERE user_id = $1)";

fn factors((app, passkeys): (bool, i64)) -> Factors {
    Factors { app, passkeys }
}

fn factor((secret, confirmed_at, last_step): Row) -> Result<TwoFactor> {
    let secret = secret
        .try_into()
        .map_err(|_| StoreError::inconsistent("two_factors", "secret", "not 20 bytes"))?;
    Ok(TwoFactor {
        secret,
        confirmed: confirmed_at.is_some(),
        last_step,
    })
}

impl Store {
    /// What a person has beside the password.
    pub async fn factors(&self, user: UserId) -> Result<Factors> {
        let row: (bool, i64) = on_db!(self, |db| sqlx::query_as(FACTORS)
            .bind(user.0)
            .fetch_one(db)
            .await)?;
        Ok(factors(row))
    }

    /// How many recovery codes a person has left.
    pub async fn recovery_codes_left(&self, user: UserId) -> Result<i64> {
        Ok(on_db!(self, |db| sqlx::query_scalar(CODES_LEFT)
            .bind(user.0)
            .fetch_one(db)
            .await)?)
    }
}

/// What a person has beside the password, as this transaction sees it.
pub async fn standing(tx: &mut Tx, user: UserId) -> Result<Factors> {
    let row: (bool, i64) = in_tx!(tx, |db| sqlx::query_as(FACTORS)
        .bind(user.0)
        .fetch_one(db)
        .await)?;
    Ok(factors(row))
}

/// How many recovery codes a person has left, as this transaction sees it.
pub async fn codes_left(tx: &mut Tx, user: UserId) -> Result<i64> {
    Ok(in_tx!(tx, |db| sqlx::query_scalar(CODES_LEFT)
        .bind(user.0)
        .fetch_one(db)
        .await)?)
}

/// The app of a person, confirmed or not.
pub async fn get(tx: &mut Tx, user: UserId) -> Result<Option<TwoFactor>> {
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SELECT)
        .bind(user.0)
        .fetch_optional(db)
        .await)?;
    row.map(factor).transpose()
}

/// Keeps a secret that is not confirmed yet. One that is confirmed stays.
pub async fn begin(tx: &mut Tx, user: UserId, secret: &[u8]) -> Result<()> {
    const SQL: &str = "INSERT INTO two_factors (user_id, secret, last_step) VALUES ($1, $2, 0) \
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret WHERE two_factors.confirmed_at IS NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(secret)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// From now on it is asked for.
pub async fn confirm(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE two_factors SET confirmed_at = $2 WHERE user_id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Uses the code of a time step up. Says whether it was not used before: of two at once one gets it.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    const SQL: &str = "UPDATE two_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(step)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes the app of a person away. Says whether there was one.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<bool> {
    const SQL: &str = "DELETE FROM two_factors WHERE user_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Forgets a secret that was never confirmed.
pub async fn forget_begun(tx: &mut Tx, user: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM two_factors WHERE user_id = $1 AND confirmed_at IS NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets the recovery codes of a person who has no second factor any more.
pub async fn forget_codes_without_factor(tx: &mut Tx, user: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM recovery_codes WHERE user_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM two_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes the place of the recovery codes that a person had.
pub async fn set_recovery_codes(tx: &mut Tx, user: UserId, hashes: &[TokenHash]) -> Result<()> {
    const CLEAR: &str = "DELETE FROM recovery_codes WHERE user_id = $1";
    const SQL: &str = "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)";
    in_tx!(tx, |db| sqlx::query(CLEAR)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    for hash in hashes {
        in_tx!(tx, |db| sqlx::query(SQL)
            .bind(user.0)
            .bind(hash.as_slice())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Uses a recovery code up. Says whether it was one.
pub async fn use_recovery_code(tx: &mut Tx, user: UserId, hash: &TokenHash) -> Result<bool> {
    const SQL: &str = "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(hash.as_slice())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}
