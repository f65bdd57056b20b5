//! What can go wrong between us and a database.

use sqlx::error::ErrorKind;

/// A failure of the store. "Not found" is not one: reads answer `Ok(None)`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("database: {0}")]
    Db(#[from] sqlx::Error),
    #[error("the write that had to hit one row hit {0}")]
    NotOneRow(u64),
    /// A cell holds what the program never writes there.
    #[error("{table}.{column} holds {found}")]
    Inconsistent {
        table: &'static str,
        column: &'static str,
        found: String,
    },
    #[error("migration {name}: {source}")]
    Migration {
        name: &'static str,
        source: sqlx::Error,
    },
    #[error("the database was migrated by a newer program (it knows migration {0})")]
    FromTheFuture(i64),
    #[error("database address: {0}")]
    Address(String),
}

pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// The row exists already (a primary key or a UNIQUE column).
    pub fn is_duplicate(&self) -> bool {
        self.kind() == Some(ErrorKind::UniqueViolation)
    }

    /// No space left where the database lives: SQLITE_FULL, or class 53 "insufficient resources"
    /// `disk_full` of PostgreSQL.
    pub fn is_storage_full(&self) -> bool {
        let Self::Db(sqlx::Error::Database(e)) = self else {
            return false;
        };
        e.code().is_some_and(|c| c == "13" || c == "53100")
    }

    /// The database cannot be used just now, and may be again soon: it does not answer, restarts
    /// (class 57 of PostgreSQL's codes) or has no connection left (class 53 and our own pool).
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Db(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => {
                true
            }
            Self::Db(sqlx::Error::Database(e)) => e.code().is_some_and(|code| {
                ["57P01", "57P02", "57P03", "53300"].contains(&&*code) || code.starts_with("08")
            }),
            _ => false,
        }
    }

    /// Nobody answers at the database's address (yet).
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Db(sqlx::Error::Io(_)))
    }

    fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Db(sqlx::Error::Database(e)) => Some(e.kind()),
            _ => None,
        }
    }

    pub(crate) fn inconsistent(
        table: &'static str,
        column: &'static str,
        found: impl Into<String>,
    ) -> Self {
        Self::Inconsistent {
            table,
            column,
            found: found.into(),
        }
    }
}
