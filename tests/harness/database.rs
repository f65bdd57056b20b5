//! The two databases. SQLite needs nothing; PostgreSQL is the throw-away cluster that
//! `scripts/with-postgres.sh` starts, in which every test gets a database of its own.

use std::time::SystemTime;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::program::output;

/// Where a server under test keeps its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In its data folder.
    Sqlite,
    Postgres {
        url: String,
    },
}

impl Database {
    /// A fresh, empty PostgreSQL database. It goes when the cluster goes.
    ///
    /// # Errors
    /// When there is no cluster: a test never skips one of the two silently.
    pub async fn postgres() -> Result<Self> {
        let admin = std::env::var("ASIDE_TEST_POSTGRES")
            .context("ASIDE_TEST_POSTGRES is not set: use `make test`, or scripts/with-postgres.sh cargo nextest run …")?;
        #[expect(
            clippy::disallowed_methods,
            reason = "only a name that no other test has"
        )]
        let nanos = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_nanos();
        let name = format!("e2e_{}_{nanos}", std::process::id());
        output(Command::new("psql").arg(&admin).args([
            "-q",
            "-X",
            "-c",
            &format!("CREATE DATABASE {name}"),
        ]))
        .await?;
        let (server, _) = admin.rsplit_once('/').context("a URL ends in /DATABASE")?;
        Ok(Self::Postgres {
            url: format!("{server}/{name}"),
        })
    }
}
