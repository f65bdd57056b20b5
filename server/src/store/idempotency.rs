//! Rows of `idempotency_keys`.

use aside_protocol::id::TokenId;
use aside_protocol::time::Timestamp;

use super::cell::Table;
use super::{Result, Tx};
use crate::in_tx;

const KEYS: Table = Table("idempotency_keys");

/// How often a key is asked for that others take and give back meanwhile.
const TRIES: u32 = 3;

/// A request that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub request: [u8; 32],
    /// None: it is not answered yet.
    pub kept: Option<Kept>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    request: Vec<u8>,
    status: Option<i64>,
    content_type: Option<String>,
    body: Option<Vec<u8>>,
}

/// Takes a key; answers what is known of it where it was taken before.
pub async fn begin(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
    request: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Row>> {
    const TAKE: &str = "INSERT INTO idempotency_keys (token_id, name, request, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (token_id, name) DO NOTHING";
    const READ: &str = "SELECT request, status, content_type, body FROM idempotency_keys WHERE token_id = $1 AND name = $2";
    // The row that is in the way may be forgotten before it is read.
    for _ in 0..TRIES {
        let taken = in_tx!(tx, |db| sqlx::query(TAKE)
            .bind(token.0)
            .bind(key)
            .bind(request.as_slice())
            .bind(now.micros())
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        if taken == 1 {
            return Ok(None);
        }
        let found = in_tx!(tx, |db| sqlx::query_as::<_, KeyRow>(READ)
            .bind(token.0)
            .bind(key)
            .fetch_optional(db)
            .await)?;
        if let Some(row) = found {
            let kept = row.status.map(|status| Kept {
                status: u16::try_from(status).unwrap_or(500),
                content_type: row.content_type,
                body: row.body.unwrap_or_default(),
            });
            return Ok(Some(Row {
                request: KEYS.bytes("request", row.request)?,
                kept,
            }));
        }
    }
    // Others come and go with it all the time: one of them is under way.
    Ok(Some(Row {
        request: *request,
        kept: None,
    }))
}

/// Keeps the answer; none: forgets the key.
pub async fn end(tx: &mut Tx, token: TokenId, key: &str, kept: Option<&Kept>) -> Result<()> {
    const KEEP: &str = "UPDATE idempotency_keys SET status = $3, content_type = $4, body = $5 WHERE token_id = $1 AND name = $2";
    const FORGET: &str = "DELETE FROM idempotency_keys WHERE token_id = $1 AND name = $2";
    let Some(kept) = kept else {
        in_tx!(tx, |db| sqlx::query(FORGET)
            .bind(token.0)
            .bind(key)
            .execute(db)
            .await
            .map(|_| ()))?;
        return Ok(());
    };
    in_tx!(tx, |db| sqlx::query(KEEP)
        .bind(token.0)
        .bind(key)
        .bind(i64::from(kept.status))
        .bind(kept.content_type.as_deref())
        .bind(kept.body.as_slice())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets a key that is older; one without an answer earlier.
pub async fn forget(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
    before: Timestamp,
    unanswered: Timestamp,
) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE token_id = $1 AND name = $2 \
         AND (created_at <= $3 OR (status IS NULL AND created_at <= $4))";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(token.0)
        .bind(key)
        .bind(before.micros())
        .bind(unanswered.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets what is older.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE created_at <= $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
