//! `aside-server migrate`

use anyhow::Context as _;
use aside_server::config::Config;
use aside_server::store::Store;

use super::{open, say};

/// Brings the database up to date and says what it did.
pub(crate) fn run(config: &Config) -> anyhow::Result<()> {
    open::folder(&config.data)?;
    open::runtime()?.block_on(async {
        let store = Store::open(&config.database)
            .await
            .with_context(|| format!("cannot open the database {}", config.database_name()))?;
        let applied = store
            .migrate()
            .await
            .context("cannot bring the database up to date")?;
        for name in &applied {
            say::line(&format!("applied {name}"));
        }
        if applied.is_empty() {
            say::line("up to date");
        }
        store.close().await;
        Ok(())
    })
}
