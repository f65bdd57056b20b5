//! `aside-server pair`: an operator's word that a database and an object store belong together.

use std::process::ExitCode;

use aside_server::config::Config;
use aside_server::domain::store_identity::{StoreId, Verdict, judge};
use aside_server::resources::Resources;
use aside_server::service::object_census;
use aside_server::service::store_identity::{look, pair};

use super::{open, say};

/// Shows what is known of both; with `yes`, gives both the same store id.
pub(crate) fn run(config: &Config, yes: bool) -> anyhow::Result<ExitCode> {
    // Nobody may write while the two are paired.
    let _lock = open::lock(&config.data)?;
    open::runtime()?.block_on(async {
        let resources = open::resources(config).await?;
        let Resources {
            store,
            objects,
            entropy,
            ..
        } = &resources;
        let facts = look(store, objects).await?;
        let census = object_census::take(store, objects).await?;
        let shown =
            |id: Option<StoreId>| id.map_or_else(|| "no store yet".to_owned(), |id| id.to_string());
        say::line(&format!(
            "database  {}: {}",
            config.database_name(),
            shown(facts.database)
        ));
        say::line(&format!(
            "objects   {}: {}",
            open::objects_name(config),
            shown(facts.objects)
        ));
        say::line(&format!(
            "{} objects belong to recordings of this database, {} to nothing it knows, {} parts lack their object",
            census.known, census.unknown, census.missing
        ));
        let code = match (judge(&facts), yes) {
            (Verdict::Same(_), _) => {
                say::line("they belong together already");
                ExitCode::SUCCESS
            }
            (_, true) => {
                let id = pair(store, objects, &**entropy).await?;
                say::line(&format!("both are store {id} now; nothing was deleted"));
                ExitCode::SUCCESS
            }
            (_, false) => {
                say::line("nothing was changed; say --yes to pair them");
                ExitCode::FAILURE
            }
        };
        store.close().await;
        Ok(code)
    })
}
