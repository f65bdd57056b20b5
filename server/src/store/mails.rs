//! Rows of `mails`: each waits for its job.

use aside_protocol::id::MailId;
use aside_protocol::time::Timestamp;

use super::{Result, Store, StoreError, Tx};
use crate::domain::mail::Letter;
use crate::{in_tx, on_db};

/// Keeps a mail until it is sent.
pub async fn insert(tx: &mut Tx, id: MailId, letter: &Letter, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO mails (id, letter, created_at) VALUES ($1, $2, $3)";
    // Texts always have a JSON form.
    let json = serde_json::to_string(letter).unwrap_or_default();
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(json)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Forgets a mail, sent or given up.
pub async fn remove(tx: &mut Tx, id: MailId) -> Result<()> {
    const SQL: &str = "DELETE FROM mails WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

impl Store {
    /// A mail that waits; none where it was sent or given up.
    pub async fn mail(&self, id: MailId) -> Result<Option<Letter>> {
        const SQL: &str = "SELECT letter FROM mails WHERE id = $1";
        let json: Option<String> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        json.map(|json| {
            serde_json::from_str(&json)
                .map_err(|_| StoreError::inconsistent("mails", "letter", "no letter"))
        })
        .transpose()
    }
}
