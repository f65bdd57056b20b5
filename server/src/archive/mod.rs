//! Recordings as a folder: to be looked at without a server, kept, and taken in by another server under the same links.
//!
//! ```text
//! aside-export.json           what is in it; written last
//! index.html                  a list to look at
//! people.json, folders-….json whose recordings these are, where they lay, and who may look into that
//! groups.json, audit.ndjson   of an export of all: groups of people, and who changed what
//! recordings/DATE-ID/
//!     index.html              video, words and comments of one recording
//!     attachments/…           files of comments
//!     recording.mp4           picture, face and sound as one file
//!     recording.json          words, comments, chapters; for programs
//!     transcript.md, comments.md, captions.vtt
//!     rows.json, media.json, tracks/…   for `import`: the rows, and every part as it was uploaded
//! ```
//!
//! A track's file is its inits and parts one behind the other, which players read as fragmented MP4.

mod export;
mod export_error;
mod file;
mod import;
mod import_error;
mod of_all;
mod of_one;
mod output;
mod page;
mod point;
mod stage;
mod tar;
mod text;

use aside_protocol::id::{GroupId, RecordingId, UserId};
use aside_protocol::recording::{Sha256, TrackName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use export::{Exported, Wanted, export};
pub use export_error::ExportError;
pub use file::{FileDone, FileError, backup_file, is_whole, restore_file};
pub use import::{Imported, import};
pub use import_error::ImportError;
pub use point::{Done, PointError, backup, restore, rows_of, write_rows};
pub use stage::StageError;

/// The format that this program writes and reads.
const FORMAT: u32 = 1;
const MANIFEST: &str = "aside-export.json";
const PEOPLE: &str = "people.json";
const GROUPS: &str = "groups.json";
const AUDIT: &str = "audit.ndjson";
const ROWS: &str = "rows.json";
const MEDIA: &str = "media.json";
const TRACKS: &str = "tracks";
const ATTACHMENTS: &str = "attachments";

/// What a run is at; for a line of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Recording `n` of `of`, counted from 1, is done.
    Done { n: usize, of: usize, title: String },
    /// It was there already (import).
    There { n: usize, of: usize, title: String },
    /// It was left out, or something of it; why, for people.
    Lacking { title: String, why: String },
}

/// [`MANIFEST`].
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    aside_export: u32,
    /// Microseconds since 1970.
    exported_at: i64,
    /// Store id of the server, of which the log of changes is; none: it is not in the export.
    #[serde(default)]
    audit_of: Option<String>,
    recordings: Vec<Item>,
}

/// A recording in the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    id: RecordingId,
    /// Its link ends with this.
    slug: String,
    /// Below `recordings`.
    folder: String,
    title: String,
    owner: UserId,
    /// Microseconds since 1970.
    started_at: i64,
    length_ms: u64,
    /// In the trash.
    #[serde(default)]
    trashed: bool,
}

/// Somebody whom a recording names.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Person {
    id: UserId,
    email: String,
    name: String,
}

/// A group of people, in [`GROUPS`].
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PeopleGroup {
    id: GroupId,
    name: String,
    members: Vec<UserId>,
}

/// A line of [`AUDIT`].
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AuditLine {
    /// Ascending.
    seq: i64,
    /// Microseconds since 1970.
    at: i64,
    actor: Option<UserId>,
    actor_name: String,
    action: String,
    recording: Option<RecordingId>,
    detail: Value,
}

/// [`MEDIA`]: where in the files of `tracks` each part lies.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Media {
    tracks: Vec<TrackFile>,
    /// Paths of the poster and its small rendition in the object store, and their files.
    pictures: Vec<(String, String)>,
    /// The same of the files of comments.
    #[serde(default)]
    attachments: Vec<(String, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TrackFile {
    track: TrackName,
    file: String,
    parts: Vec<PartPlace>,
    /// Parts whose objects the server had lost.
    lacking: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct PartPlace {
    number: u32,
    /// Bytes from the beginning of the file.
    offset: u64,
    /// Bytes.
    size: u64,
    sha256: Sha256,
}
