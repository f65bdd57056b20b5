//! `LISTEN` and `NOTIFY` of PostgreSQL: which recordings changed, from process to process. The payload is the recording's
//! id. Nothing relies on a message arriving: who waits for rows also looks for them now and then.
//!
//! A message is sent by a statement of its own after the commit, never within the transaction that causes it: PostgreSQL
//! lets transactions with a `NOTIFY` commit one after the other only.

use aside_protocol::id::RecordingId;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Result, Store};

const NAME: &str = "aside_recordings";

/// Sends. Connects when it first has to, and again after a failure.
#[derive(Debug)]
pub struct Sender {
    options: PgConnectOptions,
    /// With the server process of PostgreSQL that serves it.
    connection: Option<(PgConnection, u32)>,
}

/// Receives what other processes send, and this one.
pub struct Receiver(PgListener);

/// What was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Changed {
        recording: RecordingId,
        /// The server process of PostgreSQL that served the sender.
        backend: u32,
    },
    /// The connection was lost; messages may have been, too.
    Gap,
}

impl Store {
    /// None on SQLite, where processes share nothing but the file.
    pub fn channel(&self) -> Option<Sender> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres(pool) => Some(Sender {
                options: PgConnectOptions::clone(&pool.connect_options()),
                connection: None,
            }),
        }
    }
}

impl Sender {
    /// Connects where it has to. Answers the server process of PostgreSQL that serves this sender from now on, which
    /// receivers of the same program pass over.
    pub async fn backend(&mut self) -> Result<u32> {
        if let Some((_, backend)) = &self.connection {
            return Ok(*backend);
        }
        let mut connection = self.options.connect().await?;
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut connection)
            .await?;
        let backend = backend.cast_unsigned();
        self.connection = Some((connection, backend));
        Ok(backend)
    }

    /// Tells all receivers of these recordings, if it is connected. A connection on which that fails is given up.
    pub async fn send(&mut self, recordings: impl IntoIterator<Item = RecordingId>) -> Result<()> {
        const SEND: &str = "SELECT pg_notify($1, id) FROM unnest($2::text[]) AS id";
        let Some((mut connection, backend)) = self.connection.take() else {
            return Ok(());
        };
        let ids: Vec<String> = recordings.into_iter().map(|id| id.to_string()).collect();
        sqlx::query(SEND)
            .bind(NAME)
            .bind(ids)
            .execute(&mut connection)
            .await?;
        self.connection = Some((connection, backend));
        Ok(())
    }

    /// A receiver on the same database.
    pub async fn receiver(&self) -> Result<Receiver> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(NAME).await?;
        Ok(Receiver(listener))
    }

    /// Ends the connection in order.
    pub async fn close(self) {
        if let Some((connection, _)) = self.connection {
            _ = connection.close().await;
        }
    }
}

impl Receiver {
    /// The next message. Cancel-safe.
    pub async fn next(&mut self) -> Result<Received> {
        loop {
            let Some(message) = self.0.try_recv().await? else {
                return Ok(Received::Gap);
            };
            // Another program may use the channel as well.
            if let Ok(recording) = message.payload().parse() {
                return Ok(Received::Changed {
                    recording,
                    backend: message.process_id(),
                });
            }
        }
    }
}
