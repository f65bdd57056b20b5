//! Whether the database answers. The pool of connections tries a PostgreSQL that is down for as long
//! as it waits for a busy one, so who asks would wait half a minute to learn that it is down. One
//! connection beside the pool asks each second.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;

use super::Store;

/// Between two questions.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A machine under full load answers within this.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Cheap to clone; all clones know the same.
#[derive(Debug, Clone)]
pub struct Reachable(watch::Receiver<bool>);

impl Reachable {
    /// Told by hand, for tests.
    pub fn told() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(true);
        (sender, Self(receiver))
    }

    pub fn now(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the database does not answer.
    pub async fn lost(&self) {
        // Nobody asks any more: then nothing is known, and nothing is said.
        if self.0.clone().wait_for(|up| !up).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Store {
    /// Begins to ask; ends with the last clone of the answer. A file of SQLite is always reachable.
    pub fn watch(&self) -> Reachable {
        let (sender, reachable) = Reachable::told();
        if let Self::Postgres(pool) = self {
            let options = PgConnectOptions::clone(&pool.connect_options());
            tokio::spawn(async move {
                tokio::select! {
                    () = ask(options, &sender) => {}
                    () = sender.closed() => {}
                }
            });
        }
        reachable
    }
}

async fn ask(options: PgConnectOptions, up: &watch::Sender<bool>) {
    let mut held = None;
    loop {
        match tokio::time::timeout(TIMEOUT, answer(&options, held.take())).await {
            Ok(Ok(connection)) => {
                held = Some(connection);
                if !up.send_replace(true) {
                    tracing::info!("the database answers again");
                }
            }
            failed => {
                let cause = failed.map(|answer| answer.map(drop));
                if up.send_replace(false) {
                    tracing::error!(?cause, "the database does not answer");
                }
            }
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// A connection on which the database answered: the old one, or a new one where that was cut.
async fn answer(
    options: &PgConnectOptions,
    old: Option<PgConnection>,
) -> sqlx::Result<PgConnection> {
    if let Some(mut connection) = old
        && connection.ping().await.is_ok()
    {
        return Ok(connection);
    }
    let mut connection = options.connect().await?;
    connection.ping().await?;
    Ok(connection)
}
