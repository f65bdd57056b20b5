//! Rows of `user_groups` and `user_group_members`.

use std::collections::HashMap;

use aside_protocol::id::{GroupId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx, expect_one};
use crate::domain::group::{Group, folded};
use crate::{in_tx, on_db};

type Row = (Uuid, String, i64);

fn group((id, name, version): Row, members: Vec<UserId>) -> Group {
    Group {
        id: GroupId(id),
        name,
        version,
        members,
    }
}

impl Store {
    /// All groups with their members, by name.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        const SQL: &str = "SELECT id, name, version FROM user_groups ORDER BY folded_name, id";
        const MEMBERS: &str =
            "SELECT group_id, user_id FROM user_group_members ORDER BY group_id, user_id";
        let rows: Vec<Row> = on_db!(self, |db| sqlx::query_as(SQL).fetch_all(db).await)?;
        let pairs: Vec<(Uuid, Uuid)> =
            on_db!(self, |db| sqlx::query_as(MEMBERS).fetch_all(db).await)?;
        let mut members: HashMap<Uuid, Vec<UserId>> = HashMap::new();
        for (group, user) in pairs {
            members.entry(group).or_default().push(UserId(user));
        }
        let read = |row: Row| {
            let of = members.remove(&row.0).unwrap_or_default();
            group(row, of)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Names of all groups, by name.
    pub async fn group_names(&self) -> Result<Vec<(GroupId, String)>> {
        const SQL: &str = "SELECT id, name FROM user_groups ORDER BY folded_name, id";
        let rows: Vec<(Uuid, String)> = on_db!(self, |db| sqlx::query_as(SQL).fetch_all(db).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, name)| (GroupId(id), name))
            .collect())
    }
}

/// One as this transaction sees it.
pub async fn get(tx: &mut Tx, id: GroupId) -> Result<Option<Group>> {
    const SQL: &str = "SELECT id, name, version FROM user_groups WHERE id = $1";
    const MEMBERS: &str =
        "SELECT user_id FROM user_group_members WHERE group_id = $1 ORDER BY user_id";
    let row: Option<Row> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let members: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(MEMBERS)
        .bind(id.0)
        .fetch_all(db)
        .await)?;
    Ok(Some(group(row, members.into_iter().map(UserId).collect())))
}

/// The group of this name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<GroupId>> {
    const SQL: &str = "SELECT id FROM user_groups WHERE folded_name = $1";
    let id: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(folded(name))
        .fetch_optional(db)
        .await)?;
    Ok(id.map(GroupId))
}

pub async fn count(tx: &mut Tx) -> Result<usize> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM user_groups";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL).fetch_one(db).await)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// A name that another group has is [`super::StoreError::is_duplicate`].
pub async fn insert(tx: &mut Tx, group: &Group, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO user_groups (id, name, folded_name, created_at, version) VALUES ($1, $2, $3, $4, $5)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(group.id.0)
        .bind(&group.name)
        .bind(folded(&group.name))
        .bind(now.micros())
        .bind(group.version)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The same for a new name.
pub async fn rename(tx: &mut Tx, id: GroupId, name: &str) -> Result<()> {
    const SQL: &str =
        "UPDATE user_groups SET name = $2, folded_name = $3, version = version + 1 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(name)
        .bind(folded(name))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// With what is shared with it, for nobody else.
pub async fn remove(tx: &mut Tx, id: GroupId) -> Result<()> {
    const SQL: &str = "DELETE FROM user_groups WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Says whether they were not in it.
pub async fn add_member(tx: &mut Tx, id: GroupId, user: UserId) -> Result<bool> {
    const SQL: &str =
        "INSERT INTO user_group_members (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(user.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Says whether they were in it.
pub async fn remove_member(tx: &mut Tx, id: GroupId, user: UserId) -> Result<bool> {
    const SQL: &str = "DELETE FROM user_group_members WHERE group_id = $1 AND user_id = $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(user.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}
