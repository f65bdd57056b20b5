//! Opening a database: `sqlite` is a file in the data folder, anything else is an address.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::TryFutureExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _};
use tracing::Instrument as _;

use super::{Result, Store, StoreError};

const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const BUSY: Duration = Duration::from_secs(10);
/// Many may wait for a connection while the disk is slow. That the database is down is told by `reachable`.
const ACQUIRE: Duration = Duration::from_secs(30);

impl Store {
    /// Opens `postgres://…` or `sqlite://path`.
    pub async fn open(address: &str) -> Result<Self> {
        if let Some(path) = address.strip_prefix("sqlite://") {
            return Self::open_sqlite(Path::new(path)).await;
        }
        let options =
            PgConnectOptions::from_str(address).map_err(|e| StoreError::Address(e.to_string()))?;
        Self::open_postgres(options).await
    }

    /// Opens (or makes) a SQLite file.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        // FULL, because NORMAL may lose a committed write in a power cut, and a receipt is a promise.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .pragma("cache_size", "-2000");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            // A full disk makes SQLite roll back by itself; the driver then believes for ever that a
            // transaction is open, and every later write would fail. Such a connection is closed.
            // The ping waits until a rollback that was only asked for has happened.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self::Sqlite { read, write })
    }

    /// Connects to PostgreSQL; fails at once when nobody answers there.
    pub async fn open_postgres(options: PgConnectOptions) -> Result<Self> {
        // The pool would try again and again until its time-out; who waits for a database that is
        // still starting should see that it does.
        PgConnection::connect_with(&options).await?.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            // For search. A statement that might read a whole table is compiled first: 0.7 s for an answer of 20 ms. And what an index
            // points to is not on a disk that turns: PostgreSQL's own number rather reads all rows in their order.
            // Said after connecting, because PgBouncer refuses it among the options of a connection.
            .after_connect(|connection, _| {
                // It belongs to no request, also where one waits for the connection.
                let span = tracing::debug_span!(parent: None, "connect");
                let set = connection.execute("SET jit = off; SET random_page_cost = 1.1");
                Box::pin(set.map_ok(drop).instrument(span))
            })
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }
}
