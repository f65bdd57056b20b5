//! The columns of a table as the database itself knows them.

use super::format::Kind;
use crate::store::{Result, StoreError, Tx};

/// A column of one of the two databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) native: Native,
}

/// Where the type of a column needs a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    Plain,
    /// PostgreSQL's `uuid`; 16 bytes in the dump.
    Uuid,
    /// PostgreSQL's `jsonb`; text in the dump.
    Json,
}

impl Column {
    /// What to select so that a value comes as its [`Kind`].
    pub(super) fn selected(&self) -> String {
        match self.native {
            Native::Plain => self.name.clone(),
            Native::Uuid => format!("uuid_send({})", self.name),
            Native::Json => format!("{}::text", self.name),
        }
    }

    /// What to insert for parameter `n`, bound as its [`Kind`].
    pub(super) fn inserted(&self, n: usize) -> String {
        match self.native {
            Native::Plain => format!("${n}"),
            Native::Uuid => format!("encode(${n}::bytea, 'hex')::uuid"),
            Native::Json => format!("${n}::text::jsonb"),
        }
    }
}

/// In the order of their declaration.
pub(super) async fn columns(tx: &mut Tx, table: &'static str) -> Result<Vec<Column>> {
    const SQLITE: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
    const POSTGRES: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    let found: Vec<(String, String)> = match tx {
        Tx::Sqlite(tx) => {
            sqlx::query_as(SQLITE)
                .bind(table)
                .fetch_all(&mut **tx)
                .await?
        }
        Tx::Postgres(tx) => {
            sqlx::query_as(POSTGRES)
                .bind(table)
                .fetch_all(&mut **tx)
                .await?
        }
    };
    found
        .into_iter()
        .map(|(name, declared)| {
            let (kind, native) = match &*declared.to_ascii_lowercase() {
                "blob" | "bytea" => (Kind::Bytes, Native::Plain),
                "uuid" => (Kind::Bytes, Native::Uuid),
                "text" => (Kind::Text, Native::Plain),
                "jsonb" => (Kind::Text, Native::Json),
                "integer" | "bigint" => (Kind::Int, Native::Plain),
                "boolean" => (Kind::Bool, Native::Plain),
                _ => {
                    return Err(StoreError::Inconsistent {
                        table,
                        column: "type of a column",
                        found: declared,
                    });
                }
            };
            Ok(Column { name, kind, native })
        })
        .collect()
}
