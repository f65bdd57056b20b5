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

    /// The network, the disk or the database's own process is at fault, not what was asked: the same will work when
    /// that is over.
    pub fn is_outage(&self) -> bool {
        use sqlx::Error as E;
        match self {
            Self::Db(E::Database(e)) => e.code().is_some_and(|code| is_outage_code(&code)),
            Self::Db(
                E::Io(_)
                | E::Tls(_)
                | E::Protocol(_)
                | E::PoolTimedOut
                | E::PoolClosed
                | E::WorkerCrashed
                | E::BeginFailed,
            ) => true,
            _ => false,
        }
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

/// PostgreSQL: classes 08 connection, 40 rollback (deadlock), 53 resources, 57 operator (shutdown), 58 system.
/// SQLite, whose extended codes end in the primary one: 5 busy, 6 locked, 8 read-only, 10 IO, 13 full, 14 cannot open.
fn is_outage_code(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "40", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_a_wrong_question() {
        for code in [
            "08006", "40P01", "53100", "57P01", "58030", "5", "10", "13", "522", "1034",
        ] {
            assert!(is_outage_code(code), "{code}");
        }
        for code in ["23505", "42601", "19", "2067", "1", "0A000"] {
            assert!(!is_outage_code(code), "{code}");
        }
        assert!(StoreError::Db(sqlx::Error::PoolTimedOut).is_outage());
        assert!(!StoreError::Db(sqlx::Error::RowNotFound).is_outage());
        assert!(!StoreError::NotOneRow(0).is_outage());
    }
}
