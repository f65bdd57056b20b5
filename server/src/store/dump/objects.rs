//! Which objects the rows of a dump name: for whoever copies those and no others.

use std::collections::BTreeSet;
use std::io::BufRead;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::Sha256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::format::{FORMAT, Head, TableHead, Tail};
use super::read::{Lines, LoadError};
use crate::store::stored::NamedPart;

/// What a dump names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedObjects {
    pub parts: Vec<NamedPart>,
    /// Paths of posters, their small renditions, small pictures, previews, files for download, and files of comments.
    pub others: BTreeSet<String>,
}

/// Columns that hold the path of an object.
const PATHS: &[(&str, &str)] = &[
    ("recordings", "poster_key"),
    ("recordings", "thumbnail_key"),
    ("downloads", "key"),
    ("sprites", "key"),
    ("previews", "key"),
    ("attachments", "key"),
];

/// Reads a whole dump. Parts that were emptied, and those whose objects were known to be lost, name nothing that could be copied.
pub fn named_objects(input: &mut (impl BufRead + Send)) -> Result<NamedObjects, LoadError> {
    let mut lines = Lines::new(input);
    let first = lines.next()?.ok_or(LoadError::NotABackup)?;
    let head: Head = serde_json::from_str(&first).map_err(|_| LoadError::NotABackup)?;
    if head.aside_backup != FORMAT {
        return Err(LoadError::NewerFormat(head.aside_backup));
    }
    let mut named = NamedObjects::default();
    let mut table: Option<TableHead> = None;
    let mut rows = 0;
    loop {
        let text = lines.next()?.ok_or_else(|| lines.damaged())?;
        if text.starts_with('[') {
            rows += 1;
            let table = table.as_ref().ok_or_else(|| lines.damaged())?;
            if table.table == "parts" || PATHS.iter().any(|(of, _)| *of == table.table) {
                let row: Vec<Value> = lines.parse(&text)?;
                take(&mut named, table, &row).ok_or_else(|| lines.damaged())?;
            }
        } else if let Ok(head) = serde_json::from_str::<TableHead>(&text) {
            table = Some(head);
        } else {
            let tail: Tail = lines.parse(&text)?;
            if tail.rows != rows {
                return Err(lines.damaged());
            }
            return Ok(named);
        }
    }
}

/// None: the row does not say what it should.
fn take(named: &mut NamedObjects, table: &TableHead, row: &[Value]) -> Option<()> {
    let cell = |name: &str| {
        let at = table
            .columns
            .iter()
            .position(|(column, _)| column == name)?;
        row.get(at)
    };
    if table.table == "attachments" && cell("stored_at").is_some_and(Value::is_null) {
        // It may not be whole.
        return Some(());
    }
    for (_, column) in PATHS.iter().filter(|(of, _)| *of == table.table) {
        // A dump of an older program lacks the newer columns.
        if let Some(path) = cell(column).and_then(Value::as_str) {
            named.others.insert(path.to_owned());
        }
    }
    if table.table != "parts" {
        return Some(());
    }
    let is_gone = |name: &str| cell(name).is_some_and(|value| !value.is_null());
    if is_gone("emptied_at") || is_gone("lost_at") {
        return Some(());
    }
    let bytes = |name: &str| STANDARD.decode(cell(name)?.as_str()?).ok();
    named.parts.push(NamedPart {
        recording: RecordingId(Uuid::from_slice(&bytes("recording_id")?).ok()?),
        track: cell("track")?.as_str()?.parse().ok()?,
        number: u32::try_from(cell("number")?.as_u64()?).ok()?,
        sha256: Sha256(bytes("sha256")?.try_into().ok()?),
    });
    Some(())
}
