//! Rows of `shared_links`.

use aside_protocol::id::RecordingId;
use serde_json::Value;

use crate::domain::outbound::EventId;
use crate::domain::outbound::slack_app::Shared;
use crate::store::cell::Table;
use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

impl Store {
    /// Length of a recording in milliseconds; none: it is not known.
    pub async fn length_of(&self, recording: RecordingId) -> Result<Option<u64>> {
        const SQL: &str = "SELECT length_ms FROM recordings WHERE id = $1";
        let length: Option<Option<i64>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        let length = length.flatten();
        let length = length.map(|it| Table("recordings").unsigned("length_ms", it));
        length.transpose()
    }

    /// What an event asks previews of; none: it is gone.
    pub async fn shared_links(&self, event: EventId) -> Result<Option<Shared>> {
        const SQL: &str = "SELECT message, links FROM shared_links WHERE event_id = $1";
        let row: Option<(String, String)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(event.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.and_then(|(message, links)| {
            Some(Shared {
                message: serde_json::from_str(&message).ok()?,
                links: serde_json::from_str(&links).ok()?,
            })
        }))
    }
}

pub async fn insert(tx: &mut Tx, event: EventId, it: &Shared) -> Result<()> {
    const SQL: &str = "INSERT INTO shared_links (event_id, message, links) VALUES ($1, $2, $3)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(event.0)
        .bind(it.message.to_string())
        .bind(Value::from(it.links.clone()).to_string())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
