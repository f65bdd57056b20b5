//! Rows out.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};

use super::columns::{Column, columns};
use super::format::{Counts, FORMAT, Head, Kind, TABLES, TableHead, Tail};
use crate::in_tx;
use crate::store::{Result, Store, StoreError, Tx};

/// Why a dump was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write the backup: {0}")]
    Output(#[from] io::Error),
}

impl From<serde_json::Error> for DumpError {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

impl Store {
    /// Writes every row as it was at one moment; programs that use the database meanwhile are not disturbed.
    pub async fn dump(
        &self,
        out: &mut (impl Write + Send),
    ) -> std::result::Result<Counts, DumpError> {
        let mut tx = self.begin_snapshot().await?;
        const NEWEST: &str =
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations";
        let schema: i64 = in_tx!(&mut tx, |db| sqlx::query_scalar(NEWEST).fetch_one(db).await)
            .map_err(StoreError::from)?;
        line(
            out,
            &Head {
                aside_backup: FORMAT,
                schema,
            },
        )?;
        let mut counts = Counts::default();
        for table in TABLES {
            let columns = columns(&mut tx, table).await?;
            let named = columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
            line(
                out,
                &TableHead {
                    table: (*table).to_owned(),
                    columns: named,
                },
            )?;
            let rows = rows(&mut tx, table, &columns, out).await?;
            counts.0.push(((*table).to_owned(), rows));
        }
        let last_event = last_event(&mut tx).await?;
        line(
            out,
            &Tail {
                rows: counts.total(),
                last_event,
            },
        )?;
        out.flush()?;
        Ok(counts)
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> std::result::Result<(), DumpError> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

async fn rows(
    tx: &mut Tx,
    table: &str,
    columns: &[Column],
    out: &mut (impl Write + Send),
) -> std::result::Result<u64, DumpError> {
    let selected: Vec<String> = columns.iter().map(Column::selected).collect();
    // An answer comes behind the comment that it answers.
    let order = if table == "comments" {
        " ORDER BY CASE WHEN parent_id IS NULL THEN 0 ELSE 1 END, id"
    } else {
        ""
    };
    let sql = format!("SELECT {} FROM {table}{order}", selected.join(", "));
    let mut count = 0;
    in_tx!(tx, |db| {
        let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(db);
        while let Some(row) = found.try_next().await.map_err(StoreError::from)? {
            let values = values(&row, columns).map_err(StoreError::from)?;
            line(out, &values)?;
            count += 1;
        }
    });
    Ok(count)
}

pub(super) fn values<R: Row>(row: &R, columns: &[Column]) -> sqlx::Result<Vec<Value>>
where
    usize: ColumnIndex<R>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(n, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Bytes => row
                .try_get::<Option<Vec<u8>>, _>(n)?
                .map(|bytes| STANDARD.encode(bytes).into()),
            Kind::Text => row.try_get::<Option<String>, _>(n)?.map(Value::from),
            Kind::Int => row.try_get::<Option<i64>, _>(n)?.map(Value::from),
            Kind::Bool => row.try_get::<Option<bool>, _>(n)?.map(Value::from),
        }
        .unwrap_or(Value::Null))
    };
    columns.iter().enumerate().map(value).collect()
}

async fn last_event(tx: &mut Tx) -> Result<i64> {
    const SQLITE: &str =
        "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";
    const POSTGRES: &str = "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('events', 'seq')::regclass), 0)";
    Ok(match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(SQLITE).fetch_one(&mut **tx).await?,
        Tx::Postgres(tx) => sqlx::query_scalar(POSTGRES).fetch_one(&mut **tx).await?,
    })
}
