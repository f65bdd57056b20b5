//! The rows of one recording, and of a person's folders, in the form of a dump: out of one database ([`super::foreign`]: into another,
//! which has other people).
//!
//! As in a dump the columns come from the database itself. What they name outside of these tables stands in [`REFERENCES`]; a test
//! compares that with the foreign keys of the schema.

use aside_protocol::id::{RecordingId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::columns::{Column, columns};
use super::format::Kind;
use super::write::values;
use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

/// Tables with rows of a recording, each behind those that it refers to, and the column that says whose they are.
pub(super) const OF_RECORDING: &[(&str, &str)] = &[
    ("recordings", "id"),
    ("tracks", "recording_id"),
    ("inits", "recording_id"),
    ("parts", "recording_id"),
    ("grants", "recording_id"),
    ("comments", "recording_id"),
    ("attachments", "recording_id"),
    ("issues", "recording_id"),
    ("comment_removed_files", OF_COMMENT),
    ("comment_mentions", OF_COMMENT),
    ("comment_versions", OF_COMMENT),
    ("comment_reactions", OF_COMMENT),
    ("moment_reactions", "recording_id"),
    ("layouts", "recording_id"),
    ("marks", "recording_id"),
    ("recording_tags", "recording_id"),
    ("take_reports", "recording_id"),
    ("transcripts", "recording_id"),
    ("words", "recording_id"),
    ("transcript_versions", "recording_id"),
    ("sound_turns", "recording_id"),
    ("suggestions", "recording_id"),
    ("screen_texts", "recording_id"),
    ("assistant_runs", "recording_id"),
    ("translations", "recording_id"),
    ("views", "recording_id"),
];

/// The recording of what belongs to a comment.
const OF_COMMENT: &str = "(SELECT k.recording_id FROM comments k WHERE k.id = comment_id)";

/// Tables with rows of a person's folders, in the same way.
pub(super) const OF_FOLDERS: &[(&str, &str)] =
    &[("folders", "owner_id"), ("folder_grants", OF_FOLDER)];

/// Whose folder it is of which a row says something.
const OF_FOLDER: &str = "(SELECT f.owner_id FROM folders f WHERE f.id = folder_id)";

/// Tables with rows of a recording that are not taken along: what a server makes again, and what only concerns its own pages
/// and people.
#[cfg(test)]
pub(super) const LEFT_OUT: &[&str] = &[
    "access_requests",
    "agent_views",
    "attachment_thumbnails",
    "audit",
    "destination_places",
    "downloads",
    "events",
    "handovers",
    "notices",
    "outbound_events",
    "previews",
    "removed_folder_recordings",
    "search_changes",
    "search_lines",
    "search_screens",
    "search_windows",
    "sprites",
    "subscriptions",
    "viewings",
];

/// What a column names that lies outside of the exported tables, and what becomes of it in another database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// A person without whom the row cannot be.
    Owner,
    /// A person; without one the row says nobody, and a grant to nobody is none.
    Person,
    /// A group of people; without one: none.
    Group,
    /// A folder of the owner's; without one: none.
    Folder,
    /// Something of the old server.
    Nothing,
}

pub(super) const REFERENCES: &[(&str, &str, Reference)] = &[
    ("recordings", "owner_id", Reference::Owner),
    ("recordings", "folder_id", Reference::Folder),
    // The folders there say anew how it is shared.
    ("recordings", "shared_folder", Reference::Nothing),
    ("comments", "user_id", Reference::Person),
    ("comments", "guest_id", Reference::Nothing),
    ("comments", "assignee_id", Reference::Person),
    ("issues", "destination_id", Reference::Nothing),
    ("issues", "event_id", Reference::Nothing),
    ("issues", "asked_by", Reference::Person),
    ("comment_mentions", "user_id", Reference::Person),
    ("comment_mentions", "group_id", Reference::Nothing),
    ("comment_mentions", "guest_id", Reference::Nothing),
    ("comment_reactions", "user_id", Reference::Person),
    ("comment_reactions", "guest_id", Reference::Nothing),
    ("moment_reactions", "user_id", Reference::Person),
    ("moment_reactions", "guest_id", Reference::Nothing),
    ("grants", "user_id", Reference::Person),
    ("grants", "group_id", Reference::Group),
    ("folders", "owner_id", Reference::Owner),
    ("folder_grants", "user_id", Reference::Person),
    ("folder_grants", "group_id", Reference::Group),
    ("transcript_versions", "user_id", Reference::Person),
    ("translations", "asked_by", Reference::Person),
    ("views", "user_id", Reference::Person),
    ("views", "guest_id", Reference::Nothing),
];

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableRows {
    pub(super) table: String,
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl TableRows {
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }
}

/// Rows that belong together, as they are written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Number of the newest migration of the database they come from.
    pub(super) schema: i64,
    pub(super) tables: Vec<TableRows>,
}

impl Rows {
    /// The recording they are of.
    pub fn recording(&self) -> Option<RecordingId> {
        let rows = self.tables.iter().find(|rows| rows.table == "recordings")?;
        let [row] = &rows.rows[..] else { return None };
        Some(RecordingId(uuid(row.get(rows.column("id")?))?))
    }

    /// The people whom they name.
    pub fn people(&self) -> Vec<UserId> {
        let mut people = Vec::new();
        for rows in &self.tables {
            let of_people = REFERENCES.iter().filter(|(table, _, what)| {
                *table == rows.table && matches!(what, Reference::Owner | Reference::Person)
            });
            for at in of_people.filter_map(|(_, name, _)| rows.column(name)) {
                people.extend(
                    rows.rows
                        .iter()
                        .filter_map(|row| uuid(row.get(at)).map(UserId)),
                );
            }
        }
        people
    }
}

impl Store {
    /// The rows of a recording, as they are at one moment.
    pub async fn recording_rows(&self, id: RecordingId) -> Result<Rows> {
        self.rows(OF_RECORDING, id.0).await
    }

    /// The folders of a person, and who is named for them.
    pub async fn folder_rows(&self, owner: UserId) -> Result<Rows> {
        self.rows(OF_FOLDERS, owner.0).await
    }

    /// Everybody who has folders.
    pub async fn folder_owners(&self) -> Result<Vec<UserId>> {
        const SQL: &str = "SELECT DISTINCT owner_id FROM folders ORDER BY owner_id";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_all(db).await)?;
        Ok(ids.into_iter().map(UserId).collect())
    }

    async fn rows(&self, of: &'static [(&'static str, &'static str)], whose: Uuid) -> Result<Rows> {
        let schema = self.schema().await?;
        let mut tx = self.begin_snapshot().await?;
        let mut tables = Vec::with_capacity(of.len());
        for (table, key) in of {
            let columns = columns(&mut tx, table).await?;
            let rows = rows_of(&mut tx, table, key, whose, &columns).await?;
            tables.push(TableRows {
                table: (*table).to_owned(),
                columns: columns.into_iter().map(|c| (c.name, c.kind)).collect(),
                rows,
            });
        }
        Ok(Rows { schema, tables })
    }

    /// The recordings that can be exported, oldest first: the finished ones of one person, without their trash, or of all, with it.
    pub async fn finished_recordings(&self, owner: Option<UserId>) -> Result<Vec<RecordingId>> {
        let which = match owner {
            Some(_) => "finished_at IS NOT NULL AND deleted_at IS NULL",
            None => "finished_at IS NOT NULL",
        };
        self.ids(which, owner).await
    }

    /// Those that cannot, because they are not finished.
    pub async fn unfinished_recordings(&self, owner: Option<UserId>) -> Result<Vec<RecordingId>> {
        self.ids("finished_at IS NULL AND deleted_at IS NULL", owner)
            .await
    }

    async fn ids(&self, which: &'static str, owner: Option<UserId>) -> Result<Vec<RecordingId>> {
        let mut tx = self.begin_snapshot().await?;
        let (sql, whose) = match owner {
            Some(owner) => (
                format!("SELECT id FROM recordings WHERE {which} AND owner_id = $1 ORDER BY id"),
                Some(owner.0),
            ),
            None => (
                format!("SELECT id FROM recordings WHERE {which} ORDER BY id"),
                None,
            ),
        };
        let ids: Vec<Uuid> = in_tx!(&mut tx, |db| {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
            if let Some(whose) = whose {
                query = query.bind(whose);
            }
            query.fetch_all(db).await
        })?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }
}

async fn rows_of(
    tx: &mut Tx,
    table: &str,
    key: &str,
    whose: Uuid,
    columns: &[Column],
) -> Result<Vec<Vec<Value>>> {
    let selected: Vec<String> = columns.iter().map(Column::selected).collect();
    // What is referred to comes first: an answer behind its comment, and the order of rows does not change from one export to the next.
    let order = match table {
        "comments" => "CASE WHEN parent_id IS NULL THEN 0 ELSE 1 END, id",
        "parts" => "track, number",
        "words" => "n",
        _ => "1, 2",
    };
    let sql = format!(
        "SELECT {} FROM {table} WHERE {key} = $1 ORDER BY {order}",
        selected.join(", ")
    );
    let mut all = Vec::new();
    in_tx!(tx, |db| {
        let mut found = sqlx::query(AssertSqlSafe(sql)).bind(whose).fetch(db);
        while let Some(row) = found.try_next().await? {
            all.push(values(&row, columns)?);
        }
    });
    Ok(all)
}

pub(super) fn uuid(value: Option<&Value>) -> Option<Uuid> {
    let bytes = STANDARD.decode(value?.as_str()?).ok()?;
    Uuid::from_slice(&bytes).ok()
}
