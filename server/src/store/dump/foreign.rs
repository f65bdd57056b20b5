//! The rows of one recording, and of a person's folders, into another database than the one they came from: it has other people.

use std::collections::HashMap;

use aside_protocol::id::{FolderId, GroupId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::read::{Misfit, Table};
use super::recording::{OF_FOLDERS, OF_RECORDING, REFERENCES, Reference, Rows, TableRows, uuid};
use crate::domain::mention::{Mentioned, mentioned};
use crate::in_tx;
use crate::store::{StoreError, Tx};

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

impl ForeignRows<'_> {
    /// Inserts them, fitted to this database. The rows must be those of one recording that is not there.
    pub async fn insert(self, tx: &mut Tx, place: Place<'_>) -> std::result::Result<(), RowsError> {
        self.check(tx, OF_RECORDING).await?;
        for rows in &self.0.tables {
            insert(tx, &fitted(rows, place)?).await?;
        }
        Ok(())
    }

    /// Inserts folders that are not there, with whom they are for; answers all of them. One that is there stays as it is.
    pub async fn insert_folders(
        self,
        tx: &mut Tx,
        people: &HashMap<UserId, UserId>,
        groups: &HashMap<GroupId, GroupId>,
    ) -> std::result::Result<Vec<FolderId>, RowsError> {
        self.check(tx, OF_FOLDERS).await?;
        let place = Place {
            people,
            groups,
            folders: &[],
            lacking: &[],
            has_pictures: true,
            attached: &[],
        };
        let (mut all, mut made) = (Vec::new(), Vec::new());
        for rows in &self.0.tables {
            let mut fitted = fitted(rows, place)?;
            if rows.table == "folders" {
                all.extend(leave_missing(tx, &mut fitted, &mut made).await?);
            } else {
                let folder = column(rows, "folder_id")?;
                let is_made =
                    |row: &Vec<Value>| uuid(row.get(folder)).is_some_and(|it| made.contains(&it));
                fitted.rows.retain(is_made);
            }
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

/// Leaves the folders that are not there, and notes them in `made`; answers those that will be.
async fn leave_missing(
    tx: &mut Tx,
    folders: &mut TableRows,
    made: &mut Vec<Uuid>,
) -> std::result::Result<Vec<FolderId>, RowsError> {
    const SQL: &str = "SELECT owner_id FROM folders WHERE id = $1";
    let (id, owner) = (column(folders, "id")?, column(folders, "owner_id")?);
    let (mut all, mut missing, mut of_others) = (Vec::new(), Vec::new(), Vec::new());
    for row in std::mem::take(&mut folders.rows) {
        let folder = uuid(row.get(id)).ok_or(RowsError::Damaged("a folder without an id"))?;
        let there: Option<Uuid> = in_tx!(&mut *tx, |db| sqlx::query_scalar(SQL)
            .bind(folder)
            .fetch_optional(db)
            .await)
        .map_err(StoreError::from)?;
        // Of somebody else here, whatever the export says: nothing is put into it.
        if there.is_some_and(|it| Some(it) != uuid(row.get(owner))) {
            of_others.push(folder);
            continue;
        }
        all.push(FolderId(folder));
        if there.is_none() {
            made.push(folder);
            missing.push(row);
        }
    }
    if let Some(parent) = folders.column("parent_id") {
        for row in &mut missing {
            if uuid(row.get(parent)).is_some_and(|it| of_others.contains(&it)) {
                row[parent] = Value::Null;
            }
        }
    }
    folders.rows = missing;
    Ok(all)
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
        "grants" | "folder_grants" => {
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
