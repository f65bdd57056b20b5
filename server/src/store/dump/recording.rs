//! The rows of one recording, and of a person's folders, in the form of a dump: out of one database and into another, which has
//! other people.
//!
//! As in a dump the columns come from the database itself. What they name outside of these tables stands in [`REFERENCES`]; a test
//! compares that with the foreign keys of the schema.

use std::collections::HashMap;

use aside_protocol::id::{FolderId, GroupId, RecordingId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::columns::{Column, columns};
use super::format::Kind;
use super::read::{Misfit, Table};
use super::write::values;
use crate::domain::mention::{Mentioned, mentioned};
use crate::in_tx;
use crate::store::{Result, Store, StoreError, Tx};

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
    ("suggestions", "recording_id"),
    ("views", "recording_id"),
];

/// The recording of what belongs to a comment.
const OF_COMMENT: &str = "(SELECT k.recording_id FROM comments k WHERE k.id = comment_id)";

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
    "notices",
    "outbound_events",
    "search_changes",
    "search_lines",
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
    ("transcript_versions", "user_id", Reference::Person),
    ("views", "user_id", Reference::Person),
    ("views", "guest_id", Reference::Nothing),
];

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TableRows {
    table: String,
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<Value>>,
}

impl TableRows {
    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }
}

/// Rows that belong together, as they are written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Number of the newest migration of the database they come from.
    schema: i64,
    tables: Vec<TableRows>,
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

/// Rows of another database.
#[derive(Debug, Clone, Copy)]
pub struct ForeignRows<'a>(pub &'a Rows);

/// What rows are told about the database they come to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// From the people of the old database to those of the new one.
    pub people: &'a HashMap<UserId, UserId>,
    /// From the groups of the old database to those of the new one.
    pub groups: &'a HashMap<GroupId, GroupId>,
    /// Folders that are there.
    pub folders: &'a [FolderId],
    /// Objects that were not brought along: track and number.
    pub lacking: &'a [(String, i64)],
    /// Whether the poster was brought along.
    pub has_pictures: bool,
    /// Object paths of files of comments that were brought along.
    pub attached: &'a [String],
}

/// Why rows were not taken; the database is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the rows are damaged: {0}")]
    Damaged(&'static str),
    #[error(
        "the export was made by a newer program (schema {theirs}; here: {ours}); import it with that one"
    )]
    Newer { theirs: i64, ours: i64 },
}

impl From<Misfit> for RowsError {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Store(error) => Self::Store(error),
            Misfit::Row => Self::Damaged("a row does not fit its table"),
        }
    }
}

impl Store {
    /// The rows of a recording, as they are at one moment.
    pub async fn recording_rows(&self, id: RecordingId) -> Result<Rows> {
        self.rows(OF_RECORDING, id.0).await
    }

    /// The folders of a person.
    pub async fn folder_rows(&self, owner: UserId) -> Result<Rows> {
        self.rows(&[("folders", "owner_id")], owner.0).await
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

impl ForeignRows<'_> {
    /// Inserts them, fitted to this database. The rows must be those of one recording that is not there.
    pub async fn insert(self, tx: &mut Tx, place: Place<'_>) -> std::result::Result<(), RowsError> {
        self.check(tx, OF_RECORDING).await?;
        for rows in &self.0.tables {
            insert(tx, &fitted(rows, place)?).await?;
        }
        Ok(())
    }

    /// Inserts folders that are not there; answers all of them.
    pub async fn insert_folders(
        self,
        tx: &mut Tx,
        people: &HashMap<UserId, UserId>,
    ) -> std::result::Result<Vec<FolderId>, RowsError> {
        self.check(tx, &[("folders", "owner_id")]).await?;
        let mut all = Vec::new();
        for rows in &self.0.tables {
            let place = Place {
                people,
                groups: &HashMap::new(),
                folders: &[],
                lacking: &[],
                has_pictures: true,
                attached: &[],
            };
            let mut fitted = fitted(rows, place)?;
            let id = column(rows, "id")?;
            let mut missing = Vec::new();
            for row in fitted.rows {
                let folder =
                    uuid(row.get(id)).ok_or(RowsError::Damaged("a folder without an id"))?;
                all.push(FolderId(folder));
                const SQL: &str = "SELECT EXISTS (SELECT 1 FROM folders WHERE id = $1)";
                let there: bool = in_tx!(&mut *tx, |db| sqlx::query_scalar(SQL)
                    .bind(folder)
                    .fetch_one(db)
                    .await)
                .map_err(StoreError::from)?;
                if !there {
                    missing.push(row);
                }
            }
            fitted.rows = missing;
            insert(tx, &fitted).await?;
        }
        Ok(all)
    }

    /// Whether the tables are the expected ones, and of a schema that this program knows.
    async fn check(
        self,
        tx: &mut Tx,
        expected: &[(&str, &str)],
    ) -> std::result::Result<(), RowsError> {
        const NEWEST: &str =
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations";
        let ours: i64 = in_tx!(tx, |db| sqlx::query_scalar(NEWEST).fetch_one(db).await)
            .map_err(StoreError::from)?;
        let theirs = self.0.schema;
        if theirs > ours {
            return Err(RowsError::Newer { theirs, ours });
        }
        let known = |table: &str| expected.iter().any(|(name, _)| *name == table);
        if self.0.tables.iter().all(|rows| known(&rows.table)) {
            Ok(())
        } else {
            Err(RowsError::Damaged("a table that does not belong there"))
        }
    }
}

async fn insert(tx: &mut Tx, rows: &TableRows) -> std::result::Result<(), RowsError> {
    let table = Table::new(tx, &rows.table, &rows.columns).await?;
    for row in &rows.rows {
        table.insert(tx, row).await?;
    }
    Ok(())
}

fn column(rows: &TableRows, name: &'static str) -> std::result::Result<usize, RowsError> {
    rows.column(name).ok_or(RowsError::Damaged(name))
}

/// Rows as they stand in the other database.
fn fitted(rows: &TableRows, place: Place<'_>) -> std::result::Result<TableRows, RowsError> {
    let mut fitted = rows.clone();
    for (_, name, what) in REFERENCES.iter().filter(|(table, ..)| *table == rows.table) {
        let Some(at) = rows.column(name) else {
            // Newer than the export.
            continue;
        };
        let person = |value: Option<&Value>| {
            let here = place.people.get(&UserId(uuid(value)?))?;
            Some(Value::from(STANDARD.encode(here.0)))
        };
        for row in &mut fitted.rows {
            let value = row
                .get_mut(at)
                .ok_or(RowsError::Damaged("a row is too short"))?;
            *value = match what {
                Reference::Owner => {
                    person(Some(value)).ok_or(RowsError::Damaged("its owner is not named"))?
                }
                Reference::Person => person(Some(value)).unwrap_or(Value::Null),
                Reference::Group => {
                    let here = uuid(Some(value)).and_then(|id| place.groups.get(&GroupId(id)));
                    here.map_or(Value::Null, |id| STANDARD.encode(id.0).into())
                }
                Reference::Folder
                    if uuid(Some(value))
                        .is_some_and(|id| place.folders.contains(&FolderId(id))) =>
                {
                    value.take()
                }
                Reference::Folder | Reference::Nothing => Value::Null,
            };
        }
    }
    match rows.table.as_str() {
        "grants" => {
            let named = ["user_id", "email", "group_id"].map(|name| rows.column(name));
            fitted
                .rows
                .retain(|row| named.iter().flatten().any(|at| !row[*at].is_null()));
        }
        "views" => {
            let (viewer, user) = (column(rows, "viewer")?, column(rows, "user_id")?);
            for row in &mut fitted.rows {
                let was = row[viewer].as_str().unwrap_or_default();
                // Who is known here watches on as themselves; of others it is only known that somebody watched.
                row[viewer] = match uuid(row.get(user)) {
                    Some(id) => format!("member {}", UserId(id)).into(),
                    None => format!("elsewhere {was}").into(),
                };
            }
        }
        "attachments" => {
            let (comment, key) = (column(rows, "comment_id")?, column(rows, "key")?);
            fitted.rows.retain(|row| {
                let path = row[key].as_str().unwrap_or_default();
                !row[comment].is_null() && place.attached.iter().any(|it| it == path)
            });
        }
        // Of people who are not here.
        "comment_mentions" | "comment_reactions" | "moment_reactions" => {
            let user = column(rows, "user_id")?;
            fitted.rows.retain(|row| !row[user].is_null());
        }
        "comments" | "comment_versions" => {
            let body = column(rows, "body")?;
            for row in &mut fitted.rows {
                if let Some(words) = row[body].as_str().filter(|it| it.contains("<@")) {
                    row[body] = Value::from(mentions_here(words, place));
                }
            }
        }
        "parts" => {
            let (track, number) = (column(rows, "track")?, column(rows, "number")?);
            let emptied = column(rows, "emptied_at")?;
            fitted.rows.retain(|row| {
                let part = (
                    row[track].as_str().unwrap_or_default().to_owned(),
                    row[number].as_i64().unwrap_or(-1),
                );
                !row[emptied].is_null() || !place.lacking.contains(&part)
            });
        }
        "recordings" if !place.has_pictures => {
            for name in ["poster_key", "thumbnail_key"] {
                let at = column(rows, name)?;
                fitted.rows.iter_mut().for_each(|row| row[at] = Value::Null);
            }
        }
        _ => {}
    }
    Ok(fitted)
}

/// The words of a comment with the ids that whom they mention have here.
fn mentions_here(words: &str, place: Place<'_>) -> String {
    let mut here = words.to_owned();
    for who in mentioned(words) {
        if let Mentioned::User(old) = who
            && let Some(new) = place.people.get(&old)
        {
            here = here.replace(&who.to_string(), &Mentioned::User(*new).to_string());
        }
    }
    here
}

fn uuid(value: Option<&Value>) -> Option<Uuid> {
    let bytes = STANDARD.decode(value?.as_str()?).ok()?;
    Uuid::from_slice(&bytes).ok()
}
