//! `aside-server fill`

use std::time::Duration;

use aside_server::config::Config;
use aside_server::service::preview::fill;

use super::{open, say};

/// Asks for at most `a_minute` jobs a minute.
pub(crate) fn run(config: &Config, a_minute: u32) -> anyhow::Result<()> {
    let pace = Duration::from_secs(60) / a_minute.max(1);
    open::runtime()?.block_on(async {
        let resources = open::resources(config).await?;
        let found = fill(&resources, pace).await?;
        say::line(&format!(
            "workers are asked for small pictures of {} recordings, previews of {}, suggestions for {}",
            found.sprites, found.previews, found.suggestions
        ));
        let all = found.sprites + found.previews + found.suggestions;
        let minutes = all.div_ceil(u64::from(a_minute.max(1)));
        if minutes > 0 {
            say::line(&format!(
                "they begin one after the other, within {minutes} minutes"
            ));
        }
        resources.store.close().await;
        Ok(())
    })
}
