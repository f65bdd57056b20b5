//! Rows that count once and run out.

use aside_protocol::time::Timestamp;

use super::{Result, Tx};
use crate::in_tx;

/// Forgets those that have run out: `sql` deletes what ended at `$1`.
pub(super) async fn prune(tx: &mut Tx, sql: &'static str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |db| sqlx::query(sql)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
