//! Rows of `settings`: server-wide secrets and facts.

use super::{Result, Store, Tx};
use crate::{in_tx, on_db};

impl Store {
    /// The setting, or `fresh` if there was none: then that is what everybody gets from now on.
    pub async fn setting_or(&self, name: &str, fresh: &str) -> Result<String> {
        const READ: &str = "SELECT value FROM settings WHERE name = $1";
        let known: Option<String> = on_db!(self, db => sqlx::query_scalar(READ).bind(name).fetch_optional(db).await)?;
        if let Some(value) = known {
            return Ok(value);
        }
        self.write(async |tx: &mut Tx| {
            const WRITE: &str = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            in_tx!(tx, db => sqlx::query(WRITE).bind(name).bind(fresh).execute(db).await.map(|_| ()))?;
            Ok(in_tx!(tx, db => sqlx::query_scalar(READ).bind(name).fetch_one(db).await)?)
        })
        .await
    }
}
