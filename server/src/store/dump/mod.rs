//! Every row of the database as lines of text, and back, into either kind of database.
//!
//! A dump is newline-delimited JSON: a head, for each table a head and its rows (one array each, in the order of the
//! columns), and a tail that tells a whole dump from one that was cut off. Bytes and UUIDs are base64 (RFC 4648 §4, with
//! padding), booleans `true` and `false`, everything else a number or a string.
//!
//! Columns are read from the database itself, so a new column is in the dump without a line here. A new table must be added to
//! `format::TABLES`; a test compares.

mod columns;
mod foreign;
mod format;
mod objects;
mod read;
mod recording;
#[cfg(test)]
mod tests;
mod write;

pub use foreign::{ForeignRows, Place, RowsError};
pub use format::Counts;
pub use objects::{NamedObjects, named_objects};
pub use read::LoadError;
pub use recording::Rows;
pub use write::DumpError;
