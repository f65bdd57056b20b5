//! Rows in.

use std::io::{self, BufRead};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::columns::{Column, columns};
use super::format::{Counts, FORMAT, Head, Kind, TABLES, TableHead, Tail};
use crate::in_tx;
use crate::store::{Store, StoreError, Tx};

/// Why a dump was not loaded; the database is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot read the backup: {0}")]
    Input(#[from] io::Error),
    #[error("this is not a backup that this program can read")]
    NotABackup,
    #[error("the backup was made by a newer program: it has format {0}")]
    NewerFormat(u32),
    #[error("the backup is cut off or damaged at line {0}")]
    Damaged(u64),
    #[error(
        "the database has a newer schema ({here}) than the backup ({backup}); a backup is restored into a database that was never used"
    )]
    NewerSchema { backup: i64, here: i64 },
    #[error(
        "the database holds accounts or recordings already; a backup is restored into an empty one"
    )]
    NotEmpty,
}

impl Store {
    /// Loads what [`Store::dump`] wrote into a database without accounts and recordings, all of it or nothing. The database gets the
    /// schema that the dump had; [`Store::migrate`] then brings it up to date.
    pub async fn load(&self, input: &mut (impl BufRead + Send)) -> Result<Counts, LoadError> {
        let mut lines = Lines::new(input);
        let first = lines.next()?.ok_or(LoadError::NotABackup)?;
        let head: Head = serde_json::from_str(&first).map_err(|_| LoadError::NotABackup)?;
        if head.aside_backup != FORMAT {
            return Err(LoadError::NewerFormat(head.aside_backup));
        }
        self.migrate_to(head.schema).await?;
        let here = self.schema().await?;
        if here != head.schema {
            let backup = head.schema;
            return Err(LoadError::NewerSchema { backup, here });
        }
        self.write(async |tx: &mut Tx| {
            empty(tx).await?;
            fill(tx, &mut lines).await
        })
        .await
    }
}

pub(super) struct Lines<'a, R> {
    input: &'a mut R,
    /// Of the line read last, from 1.
    number: u64,
}

impl<'a, R: BufRead> Lines<'a, R> {
    pub(super) const fn new(input: &'a mut R) -> Self {
        Self { input, number: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<String>, LoadError> {
        let mut text = String::new();
        self.number += 1;
        match self.input.read_line(&mut text) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(text)),
            // The end of a compressed file is missing, its checksum is wrong, or it is no text.
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::InvalidInput
                        | io::ErrorKind::InvalidData
                ) =>
            {
                Err(if self.number == 1 {
                    LoadError::NotABackup
                } else {
                    self.damaged()
                })
            }
            Err(e) => Err(e.into()),
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, LoadError> {
        serde_json::from_str(text).map_err(|_| self.damaged())
    }

    pub(super) const fn damaged(&self) -> LoadError {
        LoadError::Damaged(self.number)
    }

    fn blamed(&self, misfit: Misfit) -> LoadError {
        match misfit {
            Misfit::Store(error) => error.into(),
            Misfit::Row => self.damaged(),
        }
    }
}

const USED: &str = "SELECT (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM recordings)";

impl Store {
    /// Refuses a database that is in use. One without any table was never used.
    pub async fn check_unused(&self) -> Result<(), LoadError> {
        self.write(async |tx: &mut Tx| {
            if columns(tx, "users").await?.is_empty() {
                return Ok(());
            }
            refuse_used(tx).await
        })
        .await
    }
}

async fn refuse_used(tx: &mut Tx) -> Result<(), LoadError> {
    let used: i64 = in_tx!(&mut *tx, |db| sqlx::query_scalar(USED).fetch_one(db).await)
        .map_err(StoreError::from)?;
    if used > 0 {
        return Err(LoadError::NotEmpty);
    }
    Ok(())
}

/// Refuses a database that is in use, and removes what every new one holds: its settings and the jobs that clean up.
async fn empty(tx: &mut Tx) -> Result<(), LoadError> {
    refuse_used(tx).await?;
    for table in TABLES.iter().rev() {
        // The schema of an older backup lacks the newer tables.
        if columns(tx, table).await?.is_empty() {
            continue;
        }
        let sql = format!("DELETE FROM {table}");
        in_tx!(&mut *tx, |db| sqlx::query(AssertSqlSafe(sql))
            .execute(db)
            .await
            .map(|_| ()))
        .map_err(StoreError::from)?;
    }
    Ok(())
}

async fn fill<R: BufRead>(tx: &mut Tx, lines: &mut Lines<'_, R>) -> Result<Counts, LoadError> {
    let mut counts = Counts::default();
    let mut table: Option<Table> = None;
    loop {
        let text = lines.next()?.ok_or_else(|| lines.damaged())?;
        if text.starts_with('[') {
            let table = table.as_ref().ok_or_else(|| lines.damaged())?;
            let row: Vec<Value> = lines.parse(&text)?;
            let inserted = table.insert(tx, &row).await;
            inserted.map_err(|misfit| lines.blamed(misfit))?;
            if let Some((_, rows)) = counts.0.last_mut() {
                *rows += 1;
            }
        } else if let Ok(head) = serde_json::from_str::<TableHead>(&text) {
            counts.0.push((head.table.clone(), 0));
            let fitting = Table::new(tx, &head.table, &head.columns).await;
            table = Some(fitting.map_err(|misfit| lines.blamed(misfit))?);
        } else {
            let tail: Tail = lines.parse(&text)?;
            if tail.rows != counts.total() {
                return Err(lines.damaged());
            }
            set_last_event(tx, tail.last_event).await?;
            return Ok(counts);
        }
    }
}

/// Why a row was not inserted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misfit {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it is no row of a table of this database")]
    Row,
}

/// The statement that takes the rows of one table.
pub(super) struct Table {
    kinds: Vec<Kind>,
    sql: String,
}

impl Table {
    /// For rows with the columns that are `given`, in their order.
    pub(super) async fn new(
        tx: &mut Tx,
        table: &str,
        given: &[(String, Kind)],
    ) -> Result<Self, Misfit> {
        let known = TABLES.iter().find(|name| **name == table);
        let name = known.ok_or(Misfit::Row)?;
        let here = columns(tx, name).await?;
        // Only names that the database itself has told get into the statement.
        let column = |(name, kind): &(String, Kind)| {
            here.iter()
                .find(|c| c.name == *name && c.kind == *kind)
                .ok_or(Misfit::Row)
        };
        let columns: Vec<&Column> = given.iter().map(column).collect::<Result<_, _>>()?;
        let names: Vec<&str> = columns.iter().map(|c| &*c.name).collect();
        let values: Vec<String> = columns
            .iter()
            .zip(1..)
            .map(|(c, n)| c.inserted(n))
            .collect();
        // The numbers of events are kept although the column makes its own.
        let overriding = match tx {
            Tx::Postgres(_) if *name == "events" => "OVERRIDING SYSTEM VALUE ",
            _ => "",
        };
        Ok(Self {
            kinds: columns.iter().map(|c| c.kind).collect(),
            sql: format!(
                "INSERT INTO {name} ({}) {overriding}VALUES ({})",
                names.join(", "),
                values.join(", ")
            ),
        })
    }

    pub(super) async fn insert(&self, tx: &mut Tx, row: &[Value]) -> Result<(), Misfit> {
        if row.len() != self.kinds.len() {
            return Err(Misfit::Row);
        }
        in_tx!(tx, |db| {
            let mut query = sqlx::query(AssertSqlSafe(self.sql.clone()));
            for (value, kind) in row.iter().zip(&self.kinds) {
                query = match (kind, value) {
                    (Kind::Bytes, Value::Null) => query.bind(None::<Vec<u8>>),
                    (Kind::Text, Value::Null) => query.bind(None::<String>),
                    (Kind::Int, Value::Null) => query.bind(None::<i64>),
                    (Kind::Bool, Value::Null) => query.bind(None::<bool>),
                    (Kind::Bytes, Value::String(text)) => {
                        query.bind(STANDARD.decode(text).map_err(|_| Misfit::Row)?)
                    }
                    (Kind::Text, Value::String(text)) => query.bind(text.clone()),
                    (Kind::Int, Value::Number(n)) => query.bind(n.as_i64().ok_or(Misfit::Row)?),
                    (Kind::Bool, Value::Bool(b)) => query.bind(*b),
                    _ => return Err(Misfit::Row),
                };
            }
            query
                .execute(db)
                .await
                .map(|_| ())
                .map_err(StoreError::from)?;
        });
        Ok(())
    }
}

/// Pages that are open ask for the events behind the last one they saw: no number may come twice. PostgreSQL is told of the last
/// row of `audit` as well; SQLite sees it by itself.
async fn set_last_event(tx: &mut Tx, last: i64) -> Result<(), StoreError> {
    const SQLITE_CLEAR: &str = "DELETE FROM sqlite_sequence WHERE name = 'events'";
    const SQLITE_SET: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', $1)";
    const POSTGRES: &str =
        "SELECT setval(pg_get_serial_sequence('events', 'seq'), GREATEST($1, 1), $1 > 0)";
    const AUDIT: &str = "SELECT setval(pg_get_serial_sequence('audit', 'seq'), (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit), FALSE)";
    match tx {
        Tx::Sqlite(tx) => {
            sqlx::query(SQLITE_CLEAR).execute(&mut **tx).await?;
            sqlx::query(SQLITE_SET)
                .bind(last)
                .execute(&mut **tx)
                .await?;
        }
        Tx::Postgres(tx) => {
            sqlx::query(POSTGRES).bind(last).execute(&mut **tx).await?;
            sqlx::query(AUDIT).execute(&mut **tx).await?;
        }
    }
    Ok(())
}
