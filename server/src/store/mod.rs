//! Two databases, one text of SQL. Every statement is static text with `$N`, expanded for both
//! drivers by `on_db!` (reads) and `in_tx!` (within a write); what differs stands in
//! `dialect.rs`. Instants are BIGINT microseconds from our clock, ids are UUIDs, enums are text.
//!
//! On SQLite writes go through a pool of exactly one connection, so they queue inside
//! the program instead of fighting for the file; reads have a pool of their own.

pub mod account_links;
pub mod accounts;
pub mod assistant_runs;
pub mod attachments;
pub mod audit;
mod cell;
pub mod channel;
pub mod comment_people;
pub mod comments;
pub mod concerned;
mod dialect;
pub mod downloads;
pub mod drawings;
pub mod dump;
mod error;
pub mod events;
pub mod folder_shares;
pub mod folders;
pub mod groups;
pub mod handovers;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod jobs;
pub mod layouts;
pub mod library;
pub mod lists;
pub mod mailboxes;
pub mod mails;
pub mod marks;
mod migrate;
pub mod notice_settings;
pub mod notices;
pub mod notices_read;
mod one_time;
mod open;
pub mod outbound;
pub mod outbox;
pub mod parts_read;
pub mod passkeys;
pub mod people;
pub mod posters;
pub mod previews;
pub mod profiles;
pub mod push_shown;
pub mod push_subscriptions;
pub mod reachable;
pub mod reactions;
pub mod recordings;
pub mod removed_folders;
pub mod replies;
pub mod retention;
pub mod screen_texts;
pub mod search;
pub mod sessions;
pub mod shares;
pub mod speech_model;
pub mod sprites;
pub mod stored;
pub mod subscriptions;
pub mod suggestions;
pub mod take_reports;
pub mod tokens;
pub mod tombstones;
pub mod transcript_read;
pub mod transcript_versions;
pub mod transcripts;
pub mod translations;
pub mod turns;
pub mod two_factors;
mod upload;
pub mod viewings;
pub mod views;
pub mod watch;
pub mod watch_text;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{Postgres, Sqlite, Transaction};

pub use error::{Result, StoreError};

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Store {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction that may write; rolled back when dropped.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Expands a read for both drivers: `on_db!(store, |db| sqlx::query(SQL).fetch_one(db).await)`.
#[macro_export]
macro_rules! on_db {
    ($store:expr, |$db:ident| $query:expr) => {
        match $store {
            $crate::store::Store::Sqlite { read: $db, .. } => $query,
            $crate::store::Store::Postgres($db) => $query,
        }
    };
}

/// Expands a statement inside a transaction: `in_tx!(tx, |db| sqlx::query(SQL).execute(db).await)`.
/// `db` may be used once per expansion.
#[macro_export]
macro_rules! in_tx {
    ($tx:expr, |$db:ident| $query:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $db = &mut **tx;
                $query
            }
            $crate::store::Tx::Postgres(tx) => {
                let $db = &mut **tx;
                $query
            }
        }
    };
}

/// Turns a silent no-op into an error: `expect_one(in_tx!(tx, |db| ….execute(db).await.map(|d| d.rows_affected()))?)?`.
pub fn expect_one(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::NotOneRow(rows))
    }
}

impl Store {
    /// Runs `work` in one writing transaction: committed when it answers `Ok`, rolled back when it
    /// answers `Err` or is dropped. There is no other way to write.
    pub async fn write<T, E: From<StoreError>>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut tx = self.begin_write().await?;
        let answer = work(&mut tx).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn begin_write(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => {
                Tx::Sqlite(write.begin_with(dialect::BEGIN_WRITE_SQLITE).await?)
            }
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with(dialect::BEGIN_WRITE_POSTGRES).await?)
            }
        })
    }

    /// A transaction that reads, and sees the database as it is now until it is dropped.
    #[expect(
        clippy::disallowed_methods,
        reason = "who only reads takes no write lock"
    )]
    async fn begin_snapshot(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with(dialect::BEGIN_SNAPSHOT_POSTGRES).await?)
            }
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        on_db!(self, |db| sqlx::query("SELECT 1")
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Closes every connection; on SQLite that folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
