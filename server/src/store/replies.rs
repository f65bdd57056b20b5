//! Rows of `reply_keys` and `mail_replies`: answers by mail.

use aside_protocol::id::{CommentId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, StoreError, Tx, dialect};
use crate::domain::capability::MediaKey;
use crate::{in_tx, on_db};

/// A key that signs addresses.
#[derive(Debug, Clone)]
pub struct ReplyKey {
    pub id: u8,
    pub key: MediaKey,
    pub made: Timestamp,
}

/// What an address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    pub user: UserId,
    pub recording: RecordingId,
    /// None: it is not about a comment.
    pub comment: Option<CommentId>,
}

/// A mail that was taken or refused.
#[derive(Debug, Clone)]
pub struct MailReply {
    /// Digest of address and `Message-ID`.
    pub message: String,
    /// Digest of whom it says it is from.
    pub sender: String,
    pub user: Option<UserId>,
    pub outcome: &'static str,
}

/// Lets one transaction at a time make a key, until its commit.
pub async fn lock_keys(tx: &mut Tx) -> Result<()> {
    if let Tx::Postgres(pg) = tx {
        sqlx::query(dialect::REPLY_KEYS_LOCK_POSTGRES)
            .execute(&mut **pg)
            .await?;
    }
    Ok(())
}

/// Keeps a new key. One of the same number is replaced: it is long forgotten.
pub async fn add_key(tx: &mut Tx, id: u8, key: &MediaKey, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO reply_keys (id, key, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET key = excluded.key, created_at = excluded.created_at";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(i64::from(id))
        .bind(key.to_text())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// All keys, the newest first, as this transaction sees them.
pub async fn keys(tx: &mut Tx) -> Result<Vec<ReplyKey>> {
    let rows: Vec<(i64, String, i64)> = in_tx!(tx, |db| sqlx::query_as(KEYS).fetch_all(db).await)?;
    rows.into_iter().map(key_of).collect()
}

const KEYS: &str = "SELECT id, key, created_at FROM reply_keys ORDER BY created_at DESC, id DESC";

fn key_of((id, key, made): (i64, String, i64)) -> Result<ReplyKey> {
    let bad = || StoreError::inconsistent("reply_keys", "key", "no key");
    Ok(ReplyKey {
        id: u8::try_from(id).map_err(|_| bad())?,
        key: MediaKey::from_text(&key).ok_or_else(bad)?,
        made: Timestamp::from_micros(made),
    })
}

/// Writes down that a mail was looked at. Says whether it was for the first time.
pub async fn add(tx: &mut Tx, reply: &MailReply, now: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO mail_replies (message, sender, user_id, outcome, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (message) DO NOTHING";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(&reply.message)
        .bind(&reply.sender)
        .bind(reply.user.map(|it| it.0))
        .bind(reply.outcome)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Forgets mails that were looked at before `mails`, and keys that were made before `keys`.
pub async fn prune(tx: &mut Tx, mails: Timestamp, keys: Timestamp) -> Result<()> {
    const MAILS: &str = "DELETE FROM mail_replies WHERE created_at < $1";
    const KEYS: &str = "DELETE FROM reply_keys WHERE created_at < $1";
    for (sql, before) in [(MAILS, mails), (KEYS, keys)] {
        in_tx!(tx, |db| sqlx::query(sql)
            .bind(before.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

impl Store {
    /// All keys, the newest first.
    pub async fn reply_keys(&self) -> Result<Vec<ReplyKey>> {
        let rows: Vec<(i64, String, i64)> =
            on_db!(self, |db| sqlx::query_as(KEYS).fetch_all(db).await)?;
        rows.into_iter().map(key_of).collect()
    }

    /// What an address answers; none where it is gone.
    pub async fn answered(&self, notice: NoticeId) -> Result<Option<Answered>> {
        const SQL: &str = "SELECT user_id, recording_id, comment_id FROM notices WHERE id = $1";
        let row: Option<(Uuid, Uuid, Option<Uuid>)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(notice.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|(user, recording, comment)| Answered {
            user: UserId(user),
            recording: RecordingId(recording),
            comment: comment.map(CommentId),
        }))
    }

    /// Whether this mail was looked at before.
    pub async fn knows_mail(&self, message: &str) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM mail_replies WHERE message = $1)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(message)
            .fetch_one(db)
            .await)?)
    }

    /// How many mails of this sender, or to the addresses of this person, were looked at since then.
    pub async fn mails_of(
        &self,
        sender: &str,
        user: Option<UserId>,
        since: Timestamp,
    ) -> Result<u64> {
        const SQL: &str = "SELECT COUNT(*) FROM mail_replies WHERE created_at >= $2 AND (sender = $1 OR user_id = $3)";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(sender)
            .bind(since.micros())
            .bind(user.map(|it| it.0))
            .fetch_one(db)
            .await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
