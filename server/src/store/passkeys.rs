//! Rows of `passkeys` and `passkey_challenges`.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx, one_time};
use crate::domain::passkey::{Asked, NewPasskey, Passkey};
use crate::domain::token::TokenHash;
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    credential_id: Vec<u8>,
    user_id: Uuid,
    public_key: Vec<u8>,
    counter: i64,
    backup_eligible: bool,
    rp_id: String,
    transports: String,
    name: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT credential_id, user_id, public_key, counter, backup_eligible, rp_id, transports, name, created_at, last_used_at FROM passkeys WHERE ",
            $which
        )
    };
}

fn passkey(row: PasskeyRow) -> Result<Passkey> {
    let counter = Table("passkeys").unsigned("counter", row.counter)?;
    Ok(Passkey {
        user: UserId(row.user_id),
        key: NewPasskey {
            id: row.credential_id,
            public_key: row.public_key,
            counter,
            backup_eligible: row.backup_eligible,
        },
        rp_id: row.rp_id,
        transports: row
            .transports
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        name: row.name,
        created_at: Timestamp::from_micros(row.created_at),
        last_used_at: row.last_used_at.map(Timestamp::from_micros),
    })
}

const OF: &str = select!("user_id = $1 ORDER BY created_at, credential_id");

impl Store {
    /// Those of a person, the oldest first.
    pub async fn passkeys(&self, user: UserId) -> Result<Vec<Passkey>> {
        let rows: Vec<PasskeyRow> = on_db!(self, |db| sqlx::query_as(OF)
            .bind(user.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(passkey).collect()
    }

    /// The one that a device knows as `id`.
    pub async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>> {
        const SQL: &str = select!("credential_id = $1");
        let row: Option<PasskeyRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id)
            .fetch_optional(db)
            .await)?;
        row.map(passkey).transpose()
    }
}

/// Those of a person, as this transaction sees them.
pub async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<Passkey>> {
    let rows: Vec<PasskeyRow> =
        in_tx!(tx, |db| sqlx::query_as(OF).bind(user.0).fetch_all(db).await)?;
    rows.into_iter().map(passkey).collect()
}

/// Keeps a new one. A second one with its id is [`super::StoreError::is_duplicate`].
pub async fn insert(tx: &mut Tx, new: &Passkey) -> Result<()> {
    const SQL: &str = "INSERT INTO passkeys (credential_id, user_id, public_key, counter, backup_eligible, rp_id, transports, name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(&new.key.id)
        .bind(new.user.0)
        .bind(&new.key.public_key)
        .bind(i64::from(new.key.counter))
        .bind(new.key.backup_eligible)
        .bind(&new.rp_id)
        .bind(new.transports.join(" "))
        .bind(&new.name)
        .bind(new.created_at.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Notes that one was used. Says whether it had counted `before` still: of two answers at once that count one gets in.
pub async fn used(tx: &mut Tx, key: &NewPasskey, counter: u32, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE passkeys SET counter = $2, last_used_at = $3 WHERE credential_id = $1 AND counter = $4";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(&key.id)
        .bind(i64::from(counter))
        .bind(now.micros())
        .bind(i64::from(key.counter))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Gives one of a person another name; says whether they have it.
pub async fn rename(tx: &mut Tx, user: UserId, id: &[u8], name: &str) -> Result<bool> {
    const SQL: &str = "UPDATE passkeys SET name = $3 WHERE credential_id = $1 AND user_id = $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id)
        .bind(user.0)
        .bind(name)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes one of a person away; says whether they had it.
pub async fn remove(tx: &mut Tx, user: UserId, id: &[u8]) -> Result<bool> {
    const SQL: &str = "DELETE FROM passkeys WHERE credential_id = $1 AND user_id = $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id)
        .bind(user.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes all of a person away; answers how many there were.
pub async fn remove_all(tx: &mut Tx, user: UserId) -> Result<u64> {
    const SQL: &str = "DELETE FROM passkeys WHERE user_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Keeps what a browser was asked until it answers, or `ends`.
pub async fn ask(
    tx: &mut Tx,
    hash: &TokenHash,
    (asked, user): (Asked, Option<UserId>),
    ends: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO passkey_challenges (hash, purpose, user_id, expires_at) VALUES ($1, $2, $3, $4)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(hash.as_slice())
        .bind(asked.as_str())
        .bind(user.map(|user| user.0))
        .bind(ends.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes what a browser was asked: once. Answers of whom, if that was said; none where it was not asked, or too long ago.
pub async fn take(
    tx: &mut Tx,
    hash: &TokenHash,
    asked: Asked,
    now: Timestamp,
) -> Result<Option<Option<UserId>>> {
    const SQL: &str = "DELETE FROM passkey_challenges WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id";
    let row: Option<(Option<Uuid>,)> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(hash.as_slice())
        .bind(asked.as_str())
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(row.map(|(user,)| user.map(UserId)))
}

/// Forgets what a person was asked.
pub async fn forget_asked(tx: &mut Tx, user: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM passkey_challenges WHERE user_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets what ran out.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    one_time::prune(
        tx,
        "DELETE FROM passkey_challenges WHERE expires_at <= $1",
        now,
    )
    .await
}
