//! Rows of `folders`.

use aside_protocol::id::{FolderId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, StoreError, Tx, dialect, expect_one};
use crate::domain::library::Folder;
use crate::domain::retention;
use crate::domain::sharing::Audience;
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
struct FolderRow {
    id: Uuid,
    owner_id: Uuid,
    parent_id: Option<Uuid>,
    name: String,
    created_at: i64,
    retention: Option<String>,
    audience: Option<String>,
    shared_by: Option<Uuid>,
}

impl TryFrom<FolderRow> for Folder {
    type Error = StoreError;
    fn try_from(row: FolderRow) -> Result<Self> {
        let audience = row.audience;
        Ok(Self {
            id: FolderId(row.id),
            owner: UserId(row.owner_id),
            parent: row.parent_id.map(FolderId),
            name: row.name,
            created_at: Timestamp::from_micros(row.created_at),
            retention: row.retention.as_deref().map(retention::stored),
            audience: audience
                .map(|text| Table("folders").parsed("audience", text))
                .transpose()?,
            shared_by: row.shared_by.map(FolderId),
        })
    }
}

const OF_OWNER: &str = "SELECT id, owner_id, parent_id, name, created_at, retention, audience, shared_by FROM folders WHERE owner_id = $1 ORDER BY LOWER(name), id";

impl Store {
    /// All folders of a person, by name.
    pub async fn folders_of(&self, owner: UserId) -> Result<Vec<Folder>> {
        let rows = on_db!(self, |db| sqlx::query_as::<_, FolderRow>(OF_OWNER)
            .bind(owner.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Folder::try_from).collect()
    }

    /// How many recordings outside of the trash lie in each folder of a person.
    pub async fn folder_counts(&self, owner: UserId) -> Result<Vec<(FolderId, u64)>> {
        const SQL: &str = "SELECT folder_id, CAST(COUNT(*) AS BIGINT) FROM recordings \
             WHERE owner_id = $1 AND folder_id IS NOT NULL AND deleted_at IS NULL GROUP BY folder_id";
        let rows: Vec<(Uuid, i64)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(owner.0)
            .fetch_all(db)
            .await)?;
        let count = |n| u64::try_from(n).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|(id, n)| (FolderId(id), count(n)))
            .collect())
    }
}

/// All folders of a person as this transaction sees them; nobody else changes them until the commit.
pub async fn held(tx: &mut Tx, owner: UserId) -> Result<Vec<Folder>> {
    if let Tx::Postgres(tx) = tx {
        sqlx::query(dialect::FOLDERS_LOCK_POSTGRES)
            .bind(owner.0)
            .execute(&mut **tx)
            .await?;
    }
    let rows = in_tx!(tx, |db| sqlx::query_as::<_, FolderRow>(OF_OWNER)
        .bind(owner.0)
        .fetch_all(db)
        .await)?;
    rows.into_iter().map(Folder::try_from).collect()
}

pub async fn insert(tx: &mut Tx, folder: &Folder) -> Result<()> {
    const SQL: &str = "INSERT INTO folders (id, owner_id, parent_id, name, created_at, retention, audience, shared_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(folder.id.0)
        .bind(folder.owner.0)
        .bind(folder.parent.map(|id| id.0))
        .bind(&folder.name)
        .bind(folder.created_at.micros())
        .bind(folder.retention.map(|word| word.to_string()))
        .bind(folder.audience.map(Audience::as_str))
        .bind(folder.shared_by.map(|id| id.0))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Writes what may change: its name, where it lies, how long what lies in it stays, and for whom it is.
pub async fn update(tx: &mut Tx, folder: &Folder) -> Result<()> {
    const SQL: &str = "UPDATE folders SET parent_id = $2, name = $3, retention = $4, audience = $5, shared_by = $6 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(folder.id.0)
        .bind(folder.parent.map(|id| id.0))
        .bind(&folder.name)
        .bind(folder.retention.map(|word| word.to_string()))
        .bind(folder.audience.map(Audience::as_str))
        .bind(folder.shared_by.map(|id| id.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Recordings of the trash that lay in it lie in none.
pub async fn remove(tx: &mut Tx, id: FolderId) -> Result<()> {
    const SQL: &str = "DELETE FROM folders WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Whether a recording outside of the trash lies in it.
pub async fn holds_recordings(tx: &mut Tx, id: FolderId) -> Result<bool> {
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM recordings WHERE folder_id = $1 AND deleted_at IS NULL)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(id.0)
        .fetch_one(db)
        .await)?)
}
