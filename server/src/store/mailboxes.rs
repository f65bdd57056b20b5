//! Columns of `tokens` by which a guest is known to have a mailbox, and whom grants mean by them.

use std::collections::BTreeSet;

use aside_protocol::id::{RecordingId, TokenId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx, expect_one};
use crate::domain::account::Email;
use crate::{in_tx, on_db};

/// Whether guest $2 is named for recording $1 by a mailbox that they proved to have, at $3.
const NAMED: &str = "SELECT EXISTS (SELECT 1 FROM tokens k JOIN grants g ON g.email = k.email \
     WHERE k.id = $2 AND g.recording_id = $1 AND k.kind = 'guest' AND k.email_until > $3)";

/// Whether an address is one of those who are named for a recording.
const IS_NAMED: &str =
    "SELECT EXISTS (SELECT 1 FROM grants WHERE recording_id = $1 AND email = $2)";

impl Store {
    /// Whether a guest is named for a recording by a mailbox that they proved to have.
    pub async fn guest_is_named(
        &self,
        recording: RecordingId,
        guest: TokenId,
        now: Timestamp,
    ) -> Result<bool> {
        Ok(on_db!(self, |db| sqlx::query_scalar(NAMED)
            .bind(recording.0)
            .bind(guest.0)
            .bind(now.micros())
            .fetch_one(db)
            .await)?)
    }

    /// All guests who are.
    pub async fn named_guests(
        &self,
        recording: RecordingId,
        now: Timestamp,
    ) -> Result<BTreeSet<TokenId>> {
        const SQL: &str = "SELECT k.id FROM grants g JOIN tokens k ON k.email = g.email \
             WHERE g.recording_id = $1 AND k.kind = 'guest' AND k.email_until > $2";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .bind(now.micros())
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(TokenId).collect())
    }

    /// Whether an address is named for a recording.
    pub async fn address_is_named(&self, recording: RecordingId, email: &Email) -> Result<bool> {
        Ok(on_db!(self, |db| sqlx::query_scalar(IS_NAMED)
            .bind(recording.0)
            .bind(email.as_str())
            .fetch_one(db)
            .await)?)
    }
}

/// As [`Store::guest_is_named`], as this transaction sees it.
pub async fn guest_is_named(
    tx: &mut Tx,
    recording: RecordingId,
    guest: TokenId,
    now: Timestamp,
) -> Result<bool> {
    Ok(in_tx!(tx, |db| sqlx::query_scalar(NAMED)
        .bind(recording.0)
        .bind(guest.0)
        .bind(now.micros())
        .fetch_one(db)
        .await)?)
}

/// As [`Store::address_is_named`], as this transaction sees it.
pub async fn address_is_named(tx: &mut Tx, recording: RecordingId, email: &Email) -> Result<bool> {
    Ok(in_tx!(tx, |db| sqlx::query_scalar(IS_NAMED)
        .bind(recording.0)
        .bind(email.as_str())
        .fetch_one(db)
        .await)?)
}

/// Notes that a guest proved to have a mailbox.
pub async fn set(tx: &mut Tx, guest: TokenId, email: &Email, until: Timestamp) -> Result<()> {
    const SQL: &str =
        "UPDATE tokens SET email = $2, email_until = $3 WHERE id = $1 AND kind = 'guest'";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(guest.0)
        .bind(email.as_str())
        .bind(until.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}
