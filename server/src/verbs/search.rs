//! `aside-server search rebuild`

use aside_server::service::search::index;
use clap::Subcommand;

use super::common::Common;
use super::{open, say};

#[derive(Subcommand)]
pub(crate) enum Search {
    /// Make what can be searched for anew, while the server runs or not; nothing is lost when it is stopped, a worker goes on
    Rebuild {
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn search(verb: Search) -> anyhow::Result<()> {
    let Search::Rebuild { common } = verb;
    let config = common.resolve()?;
    open::runtime()?.block_on(async {
        let resources = open::resources(&config).await?;
        index::rebuild(&resources).await?;
        let all = resources.store.search_changes().await?;
        say::line(&format!("{all} recordings to go"));
        let mut told = 0;
        let mut done: u64 = 0;
        while index::step(&resources).await? {
            done += 1;
            let tenth = done.saturating_mul(10) / all.max(1);
            if tenth > told {
                told = tenth;
                let left = resources.store.search_changes().await?;
                say::line(&format!("{left} of {all} recordings to go"));
            }
        }
        say::line("everything can be searched for");
        resources.store.close().await;
        Ok(())
    })
}
