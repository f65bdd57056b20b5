//! Rows of `push_subscriptions`: browsers in which people are told.

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, StoreError, Tx};
use crate::domain::push::{BrowserKeys, MAX_SUBSCRIPTIONS, PushSubscription, SubscriptionId};
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
struct SubscriptionRow {
    id: Uuid,
    user_id: Uuid,
    endpoint: String,
    public_key: Vec<u8>,
    auth: Vec<u8>,
    failing_since: Option<i64>,
    held_until: i64,
    silent_at: Option<i64>,
}

impl TryFrom<SubscriptionRow> for PushSubscription {
    type Error = StoreError;
    fn try_from(row: SubscriptionRow) -> Result<Self> {
        let bad = |column| {
            StoreError::inconsistent("push_subscriptions", column, "not as it was written")
        };
        Ok(Self {
            id: SubscriptionId(row.id),
            user: UserId(row.user_id),
            endpoint: row.endpoint.parse().map_err(|_| bad("endpoint"))?,
            keys: BrowserKeys::from_bytes(&row.public_key, &row.auth)
                .ok_or_else(|| bad("public_key"))?,
            failing_since: row.failing_since.map(Timestamp::from_micros),
            held_until: Timestamp::from_micros(row.held_until),
            silent_at: row.silent_at.map(Timestamp::from_micros),
        })
    }
}

/// A browser as its person sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: SubscriptionId,
    /// By which it is signed in.
    pub token: TokenId,
    /// What it calls itself.
    pub device: String,
    /// A secret.
    pub endpoint: String,
    pub created_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
}

/// Keeps what a browser said, in the place of what its sign-in said before; answers its id. What waits for it waits on. A browser
/// that belonged to another sign-in is theirs no more, and what waited there for another person is forgotten.
pub async fn set(
    tx: &mut Tx,
    new: &PushSubscription,
    token: TokenId,
    now: Timestamp,
) -> Result<SubscriptionId> {
    const OTHER: &str = "DELETE FROM push_subscriptions WHERE endpoint = $2 AND id <> \
         (SELECT p.id FROM push_subscriptions p WHERE p.token_id = $1 ORDER BY p.created_at DESC, p.id DESC LIMIT 1)";
    // The same once more: it is left alone as long as before.
    const RENEWED: &str = "UPDATE push_subscriptions SET endpoint = $2, public_key = $3, auth = $4, \
         failing_since = CASE WHEN endpoint = $2 THEN failing_since END, held_until = CASE WHEN endpoint = $2 THEN held_until ELSE 0 END \
         WHERE id = (SELECT p.id FROM push_subscriptions p WHERE p.token_id = $1 ORDER BY p.created_at DESC, p.id DESC LIMIT 1) RETURNING id";
    const NEW: &str = "INSERT INTO push_subscriptions (id, user_id, token_id, endpoint, public_key, auth, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, token_id = excluded.token_id, public_key = excluded.public_key, \
         auth = excluded.auth, created_at = excluded.created_at, delivered_at = NULL, failing_since = NULL, held_until = 0 RETURNING id";
    const SHOWN: &str = "DELETE FROM push_shown WHERE subscription_id = $1 AND NOT EXISTS \
         (SELECT 1 FROM notices n WHERE n.id = push_shown.notice_id AND n.user_id = $2)";
    const SECOND: &str = "DELETE FROM push_subscriptions WHERE token_id = $1 AND endpoint <> $2";
    const NOT_THEIRS: &str = "DELETE FROM outbox WHERE subscription_id = $1 AND user_id <> $2";
    const OLDEST: &str = "DELETE FROM push_subscriptions WHERE user_id = $1 AND id NOT IN \
         (SELECT p.id FROM push_subscriptions p WHERE p.user_id = $1 ORDER BY p.created_at DESC, p.id DESC LIMIT $2)";
    in_tx!(&mut *tx, |db| sqlx::query(OTHER)
        .bind(token.0)
        .bind(new.endpoint.as_str())
        .execute(db)
        .await
        .map(|_| ()))?;
    let renewed: Option<Uuid> = in_tx!(&mut *tx, |db| sqlx::query_scalar(RENEWED)
        .bind(token.0)
        .bind(new.endpoint.as_str())
        .bind(new.keys.public.as_slice())
        .bind(new.keys.auth.as_slice())
        .fetch_optional(db)
        .await)?;
    let id: Uuid = match renewed {
        Some(id) => id,
        None => in_tx!(&mut *tx, |db| sqlx::query_scalar(NEW)
            .bind(new.id.0)
            .bind(new.user.0)
            .bind(token.0)
            .bind(new.endpoint.as_str())
            .bind(new.keys.public.as_slice())
            .bind(new.keys.auth.as_slice())
            .bind(now.micros())
            .fetch_one(db)
            .await)?,
    };
    in_tx!(&mut *tx, |db| sqlx::query(SECOND)
        .bind(token.0)
        .bind(new.endpoint.as_str())
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(&mut *tx, |db| sqlx::query(NOT_THEIRS)
        .bind(id)
        .bind(new.user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(&mut *tx, |db| sqlx::query(SHOWN)
        .bind(id)
        .bind(new.user.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(tx, |db| sqlx::query(OLDEST)
        .bind(new.user.0)
        .bind(MAX_SUBSCRIPTIONS)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(SubscriptionId(id))
}

/// Whether this sign-in is told at that address.
pub async fn is_told(tx: &mut Tx, token: TokenId, endpoint: &str) -> Result<bool> {
    const SQL: &str =
        "SELECT COUNT(*) FROM push_subscriptions WHERE token_id = $1 AND endpoint = $2";
    let rows: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(token.0)
        .bind(endpoint)
        .fetch_one(db)
        .await)?;
    Ok(rows > 0)
}

/// Forgets a browser of a person, and what waits for it. Says whether there was one.
pub async fn remove(tx: &mut Tx, user: UserId, id: SubscriptionId) -> Result<bool> {
    const SQL: &str = "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2";
    const WAITING: &str = "DELETE FROM outbox WHERE subscription_id = $1 AND user_id = $2";
    let mut rows = 0;
    for sql in [WAITING, SQL] {
        rows = in_tx!(&mut *tx, |db| sqlx::query(sql)
            .bind(id.0)
            .bind(user.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?;
    }
    Ok(rows == 1)
}

/// Where a person is told, as this transaction sees it, in the order of ids.
pub async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<SubscriptionId>> {
    const SQL: &str = "SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY id";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(user.0)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(SubscriptionId).collect())
}

/// The service took a message.
pub async fn delivered(tx: &mut Tx, id: SubscriptionId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE push_subscriptions SET delivered_at = $2, failing_since = NULL, held_until = 0 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// It was sent a message that shows nothing.
pub async fn was_silent(tx: &mut Tx, id: SubscriptionId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE push_subscriptions SET silent_at = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The service answered, or nothing is left that it did not take: what failed before does not count.
pub async fn clear(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    const SQL: &str =
        "UPDATE push_subscriptions SET failing_since = NULL, held_until = 0 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The service took nothing since `since`, and is left alone until `until`.
pub async fn hold(
    tx: &mut Tx,
    id: SubscriptionId,
    since: Timestamp,
    until: Timestamp,
) -> Result<()> {
    const SQL: &str =
        "UPDATE push_subscriptions SET failing_since = $2, held_until = $3 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(since.micros())
        .bind(until.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

impl Store {
    /// A browser whose sign-in counts.
    pub async fn push_subscription(
        &self,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<Option<PushSubscription>> {
        const SQL: &str = "SELECT p.id, p.user_id, p.endpoint, p.public_key, p.auth, p.failing_since, p.held_until, p.silent_at \
             FROM push_subscriptions p JOIN tokens k ON k.id = p.token_id AND k.user_id = p.user_id \
             WHERE p.id = $1 AND (k.expires_at IS NULL OR k.expires_at > $2)";
        let row: Option<SubscriptionRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .bind(now.micros())
            .fetch_optional(db)
            .await)?;
        row.map(PushSubscription::try_from).transpose()
    }

    /// Browsers in which a person is told, the newest first.
    pub async fn push_subscriptions(&self, user: UserId, now: Timestamp) -> Result<Vec<Listed>> {
        type Row = (Uuid, Uuid, String, String, i64, Option<i64>, Option<i64>);
        const SQL: &str = "SELECT p.id, p.token_id, k.name, p.endpoint, p.created_at, p.delivered_at, p.failing_since \
             FROM push_subscriptions p JOIN tokens k ON k.id = p.token_id \
             WHERE p.user_id = $1 AND (k.expires_at IS NULL OR k.expires_at > $2) ORDER BY p.created_at DESC, p.id DESC";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .bind(now.micros())
            .fetch_all(db)
            .await)?;
        let listed = |(id, token, device, endpoint, created, delivered, failing): Row| Listed {
            id: SubscriptionId(id),
            token: TokenId(token),
            device,
            endpoint,
            created_at: Timestamp::from_micros(created),
            delivered_at: delivered.map(Timestamp::from_micros),
            failing_since: failing.map(Timestamp::from_micros),
        };
        Ok(rows.into_iter().map(listed).collect())
    }
}
