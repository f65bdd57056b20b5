//! Rows of `folder_grants`, and what recordings take from the folder in which they lie.

use aside_protocol::id::{FolderId, GrantId, GroupId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::shares::folder_names;
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::sharing::{Audience, GoverningFolder, Grant, Grantee, SharedFolder, Sharing};
use crate::{in_tx, on_db};

type GrantRow = (
    Uuid,
    Option<Uuid>,
    Option<Uuid>,
    i64,
    Option<String>,
    Option<String>,
    i64,
);

fn grant((id, user, group, at, name, group_name, size): GrantRow) -> Result<Grant> {
    let to = match (user, group) {
        (Some(id), None) => Grantee::Person(UserId(id)),
        (None, Some(id)) => Grantee::Group(GroupId(id)),
        _ => {
            return Err(StoreError::inconsistent(
                "folder_grants",
                "user_id",
                "nobody",
            ));
        }
    };
    Ok(Grant {
        id: GrantId(id),
        to,
        member: user.map(UserId).zip(name),
        group: group_name.zip(Some(u64::try_from(size).unwrap_or(0))),
        created_at: Timestamp::from_micros(at),
    })
}

type SharedRow = (Uuid, Option<Uuid>, String, Uuid, String, String);
type GoverningRow = (Uuid, String, String, i64, i64);

impl Store {
    /// Who is named for a folder, in the order in which they were.
    pub async fn folder_grants(&self, folder: FolderId) -> Result<Vec<Grant>> {
        const SQL: &str = "SELECT g.id, g.user_id, g.group_id, g.created_at, u.name, t.name, \
             CAST((SELECT COUNT(*) FROM user_group_members m WHERE m.group_id = g.group_id) AS BIGINT) FROM folder_grants g \
             LEFT JOIN users u ON u.id = g.user_id LEFT JOIN user_groups t ON t.id = g.group_id \
             WHERE g.folder_id = $1 ORDER BY g.created_at, g.id";
        let rows: Vec<GrantRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(folder.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(grant).collect()
    }

    /// Folders of others whose sharing means this person, by name.
    pub async fn folders_shared_with(&self, user: UserId) -> Result<Vec<SharedFolder>> {
        const SQL: &str = concat!(
            "SELECT f.id, f.parent_id, f.name, o.id, o.name, s.audience FROM users u \
             JOIN folders s ON s.owner_id <> u.id AND s.audience IS NOT NULL \
             JOIN folders f ON f.shared_by = s.id JOIN users o ON o.id = f.owner_id \
             WHERE u.id = $1 AND (s.audience = 'members' OR EXISTS (SELECT 1 FROM folder_grants g WHERE g.folder_id = s.id AND ",
            folder_names!(),
            ")) ORDER BY LOWER(f.name), f.id"
        );
        let rows: Vec<SharedRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .fetch_all(db)
            .await)?;
        let folder = |(id, parent, name, owner, owner_name, audience): SharedRow| {
            Ok(SharedFolder {
                id: FolderId(id),
                parent: parent.map(FolderId),
                name,
                owner: (UserId(owner), owner_name),
                audience: Table("folders").parsed("audience", audience)?,
            })
        };
        rows.into_iter().map(folder).collect()
    }

    /// The folder that says how a recording is shared; none: it lies in no shared one.
    pub async fn governing_folder(
        &self,
        recording: RecordingId,
    ) -> Result<Option<GoverningFolder>> {
        let row: Option<GoverningRow> = on_db!(self, |db| sqlx::query_as(GOVERNING)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        row.map(governing).transpose()
    }

    /// How many recordings outside of the trash a folder says it for.
    pub async fn governed_by(&self, folder: FolderId) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM recordings r JOIN folders f ON f.id = r.folder_id \
             WHERE f.shared_by = $1 AND r.deleted_at IS NULL";
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(folder.0)
            .fetch_one(db)
            .await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

const GOVERNING: &str = "SELECT s.id, s.name, s.audience, \
     CAST((SELECT COUNT(*) FROM folder_grants g WHERE g.folder_id = s.id AND g.user_id IS NOT NULL) AS BIGINT), \
     CAST((SELECT COUNT(*) FROM folder_grants g WHERE g.folder_id = s.id AND g.group_id IS NOT NULL) AS BIGINT) \
     FROM recordings r JOIN folders f ON f.id = r.folder_id JOIN folders s ON s.id = f.shared_by \
     WHERE r.id = $1 AND s.audience IS NOT NULL";

fn governing((id, name, audience, people, groups): GoverningRow) -> Result<GoverningFolder> {
    let table = Table("folders");
    Ok(GoverningFolder {
        id: FolderId(id),
        name,
        audience: table.parsed("audience", audience)?,
        people: table.unsigned("people", people)?,
        groups: table.unsigned("groups", groups)?,
    })
}

/// As [`Store::governing_folder`], as this transaction sees it.
pub async fn governing_folder(
    tx: &mut Tx,
    recording: RecordingId,
) -> Result<Option<GoverningFolder>> {
    let row: Option<GoverningRow> = in_tx!(tx, |db| sqlx::query_as(GOVERNING)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    row.map(governing).transpose()
}

/// Names somebody for a folder. Says whether they were not named before.
pub async fn add_grant(
    tx: &mut Tx,
    folder: FolderId,
    id: GrantId,
    to: &Grantee,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO folder_grants (id, folder_id, user_id, group_id, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let (user, group) = match to {
        Grantee::Person(id) => (Some(id.0), None),
        Grantee::Group(id) => (None, Some(id.0)),
        Grantee::Mail(_) => {
            return Err(StoreError::inconsistent(
                "folder_grants",
                "email",
                "there is none",
            ));
        }
    };
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(folder.0)
        .bind(user)
        .bind(group)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes a name back. Says whether there was one.
pub async fn remove_grant(tx: &mut Tx, folder: FolderId, id: GrantId) -> Result<bool> {
    const SQL: &str = "DELETE FROM folder_grants WHERE id = $2 AND folder_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(folder.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// How many are named for a folder.
pub async fn count_grants(tx: &mut Tx, folder: FolderId) -> Result<u64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM folder_grants WHERE folder_id = $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(folder.0)
        .fetch_one(db)
        .await)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Takes the locks of all recordings in these folders in the order in which everybody takes them (PostgreSQL).
pub async fn hold_all(tx: &mut Tx, folders: &[FolderId]) -> Result<()> {
    const LOCK: &str =
        "SELECT id FROM recordings WHERE folder_id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    if let Tx::Postgres(tx) = tx {
        let folders: Vec<Uuid> = folders.iter().map(|it| it.0).collect();
        sqlx::query(LOCK).bind(folders).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The recordings in a folder, those in the trash too, by id; nobody else changes them until the commit.
pub async fn held_in(tx: &mut Tx, folder: FolderId) -> Result<Vec<RecordingId>> {
    const SQL: &str = "SELECT id FROM recordings WHERE folder_id = $1 ORDER BY id";
    const LOCK: &str =
        "SELECT id FROM recordings WHERE folder_id = $1 ORDER BY id FOR NO KEY UPDATE";
    let ids: Vec<Uuid> = match tx {
        Tx::Sqlite(tx) => {
            sqlx::query_scalar(SQL)
                .bind(folder.0)
                .fetch_all(&mut **tx)
                .await?
        }
        Tx::Postgres(tx) => {
            sqlx::query_scalar(LOCK)
                .bind(folder.0)
                .fetch_all(&mut **tx)
                .await?
        }
    };
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Writes what counts for those recordings of a folder whose own choice is (`own`, `narrowed`). Their choice stays what it was.
pub async fn settle(
    tx: &mut Tx,
    folder: FolderId,
    (own, narrowed): (Audience, bool),
    now: &Sharing,
) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET audience = $4, shared_folder = $5, own_audience = $6, version = version + 1, \
         share_epoch = share_epoch + 1 WHERE folder_id = $1 AND COALESCE(own_audience, audience) = $2 AND narrowed = $3";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(folder.0)
        .bind(own.as_str())
        .bind(narrowed)
        .bind(now.audience.as_str())
        .bind(now.from_folder.folder.map(|it| it.0))
        .bind(now.from_folder.own.map(Audience::as_str))
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Ends the media links of what takes its sharing from a folder; answers which recordings.
pub async fn end_links(tx: &mut Tx, folder: FolderId) -> Result<Vec<RecordingId>> {
    const LOCK: &str =
        "SELECT id FROM recordings WHERE shared_folder = $1 ORDER BY id FOR NO KEY UPDATE";
    const SQL: &str = "UPDATE recordings SET share_epoch = share_epoch + 1, version = version + 1 WHERE shared_folder = $1 RETURNING id";
    if let Tx::Postgres(tx) = tx {
        sqlx::query(LOCK).bind(folder.0).execute(&mut **tx).await?;
    }
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(folder.0)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Notes which folder says how this one is shared.
pub async fn set_governor(tx: &mut Tx, folder: FolderId, by: Option<FolderId>) -> Result<()> {
    const SQL: &str = "UPDATE folders SET shared_by = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(folder.0)
        .bind(by.map(|it| it.0))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}
