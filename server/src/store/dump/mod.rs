//! Every row of the database as lines of text, and back, into either kind of database.
//!
//! A dump is newline-delimited JSON: a [`Head`], for each table a [`TableHead`] and its rows (one array each, in the order of the
//! columns), and a [`Tail`] that tells a whole dump from one that was cut off. Bytes and UUIDs are base64 (RFC 4648 §4, with
//! padding), booleans `true` and `false`, everything else a number or a string.
//!
//! Columns are read from the database itself, so a new column is in the dump without a line here. A new table must be added to
//! [`TABLES`]; a test compares.

mod columns;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

pub use read::LoadError;
pub use write::DumpError;

/// All tables but `schema_migrations`, each behind those that it refers to.
const TABLES: &[&str] = &[
    "users",
    "tokens",
    "device_codes",
    "settings",
    "recordings",
    "tracks",
    "parts",
    "comments",
    "transcripts",
    "words",
    "events",
    "jobs",
    "tombstones",
    "speech_model",
];

/// The format that this program writes and reads.
const FORMAT: u32 = 1;

/// First line of a dump.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// [`FORMAT`].
    aside_backup: u32,
    /// Number of the newest migration that the database had.
    schema: i64,
}

/// Before the rows of a table.
#[derive(Debug, Serialize, Deserialize)]
struct TableHead {
    table: String,
    columns: Vec<(String, Kind)>,
}

/// Last line of a dump.
#[derive(Debug, Serialize, Deserialize)]
struct Tail {
    rows: u64,
    /// The number that the newest event had, be it still there or not; the next one is larger.
    last_event: i64,
}

/// What a column holds, in terms that both databases know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Bytes,
    Text,
    Int,
    Bool,
}

/// How many rows of which table a dump held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub Vec<(String, u64)>);

impl Counts {
    /// Of one table; 0 when it is not known.
    pub fn of(&self, table: &str) -> u64 {
        self.0
            .iter()
            .find(|(name, _)| name == table)
            .map_or(0, |(_, n)| *n)
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|(_, n)| n).sum()
    }
}
