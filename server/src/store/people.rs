//! Rows of `users` as who runs the server sees them, and what ends with an account.

use std::collections::BTreeSet;

use aside_protocol::id::{CommentId, GroupId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::shares::named;
use super::{Result, Store, StoreError, Tx, dialect, expect_one};
use crate::domain::account::{Email, Role};
use crate::domain::people::{FORMER_MEMBER, Person};
use crate::{in_tx, on_db};

const USERS: Table = Table("users");

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    created_at: i64,
    last_seen_at: Option<i64>,
    deactivated_at: Option<i64>,
    recordings: i64,
    people_version: i64,
}

impl TryFrom<PersonRow> for Person {
    type Error = StoreError;
    fn try_from(row: PersonRow) -> Result<Self> {
        Ok(Self {
            id: UserId(row.id),
            email: Email::from_stored(row.email),
            name: row.name,
            role: USERS.parsed("role", row.role)?,
            created_at: Timestamp::from_micros(row.created_at),
            last_seen_at: row.last_seen_at.map(Timestamp::from_micros),
            deactivated_at: row.deactivated_at.map(Timestamp::from_micros),
            recordings: USERS.unsigned("recordings", row.recordings)?,
            version: row.people_version,
        })
    }
}

macro_rules! select {
    () => {
        "SELECT u.id, u.email, u.name, u.role, u.created_at, u.last_seen_at, u.deactivated_at, u.people_version, \
         CAST((SELECT COUNT(*) FROM recordings r WHERE r.owner_id = u.id) AS BIGINT) AS recordings FROM users u "
    };
}

impl Store {
    /// Everybody with an account, by name.
    pub async fn roster(&self) -> Result<Vec<Person>> {
        const SQL: &str = concat!(select!(), "ORDER BY LOWER(u.name), u.id");
        on_db!(self, |db| sqlx::query_as::<_, PersonRow>(SQL)
            .fetch_all(db)
            .await)?
        .into_iter()
        .map(Person::try_from)
        .collect()
    }

    /// Everybody whose account counts.
    pub async fn present_members(&self) -> Result<BTreeSet<UserId>> {
        const SQL: &str = "SELECT id FROM users WHERE deactivated_at IS NULL";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_all(db).await)?;
        Ok(ids.into_iter().map(UserId).collect())
    }

    /// Whether this person was deactivated.
    pub async fn is_deactivated(&self, id: UserId) -> Result<bool> {
        const SQL: &str =
            "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND deactivated_at IS NOT NULL)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_one(db)
            .await)?)
    }

    /// A person's recordings, those in the trash too.
    pub async fn recordings_owned_by(&self, id: UserId) -> Result<Vec<RecordingId>> {
        const SQL: &str = "SELECT id FROM recordings WHERE owner_id = $1 ORDER BY id";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(RecordingId).collect())
    }
}

/// A person as this transaction sees them; nobody else changes people or groups until the commit.
pub async fn held(tx: &mut Tx, id: UserId) -> Result<Option<Person>> {
    const SQL: &str = concat!(select!(), "WHERE u.id = $1");
    lock(tx).await?;
    in_tx!(tx, |db| sqlx::query_as::<_, PersonRow>(SQL)
        .bind(id.0)
        .fetch_optional(db)
        .await)?
    .map(Person::try_from)
    .transpose()
}

/// Nobody else changes people or groups until the commit (PostgreSQL; SQLite has one writer anyway).
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if let Tx::Postgres(tx) = tx {
        sqlx::query(dialect::PEOPLE_LOCK_POSTGRES)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Owners that are not deactivated.
pub async fn count_owners(tx: &mut Tx) -> Result<u64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM users WHERE role = 'owner' AND deactivated_at IS NULL";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL).fetch_one(db).await)?;
    USERS.unsigned("count", count)
}

pub async fn has_address(tx: &mut Tx, email: &Email) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE email = $1)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(email.as_str())
        .fetch_one(db)
        .await)?)
}

pub async fn set_role(tx: &mut Tx, id: UserId, role: Role) -> Result<()> {
    const SQL: &str =
        "UPDATE users SET role = $2, people_version = people_version + 1 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(role.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Deactivates, or brings back.
pub async fn set_deactivated(tx: &mut Tx, id: UserId, at: Option<Timestamp>) -> Result<()> {
    const SQL: &str =
        "UPDATE users SET deactivated_at = $2, people_version = people_version + 1 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(at.map(Timestamp::micros))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Says that the address of an account is not proved to be its person's.
pub async fn set_unproved(tx: &mut Tx, id: UserId) -> Result<()> {
    const SQL: &str = "UPDATE users SET email_proved = FALSE WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Ends every browser, program and recorder of a person, and those that are just being connected.
pub async fn end_tokens(tx: &mut Tx, id: UserId) -> Result<()> {
    for sql in [
        "DELETE FROM tokens WHERE user_id = $1",
        "DELETE FROM device_codes WHERE user_id = $1",
    ] {
        in_tx!(tx, |db| sqlx::query(sql)
            .bind(id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Ends the media links of all recordings that this person may watch because of the account; answers which.
pub async fn end_links(tx: &mut Tx, id: UserId) -> Result<Vec<RecordingId>> {
    const LOCK: &str = concat!(
        "SELECT r.id FROM recordings r JOIN users u ON u.id = $1 WHERE r.owner_id = u.id OR r.audience = 'members' OR ",
        named!(),
        " ORDER BY r.id FOR NO KEY UPDATE OF r"
    );
    const SQL: &str = concat!(
        "UPDATE recordings SET share_epoch = share_epoch + 1 WHERE id IN (SELECT r.id FROM recordings r JOIN users u ON u.id = $1 \
         WHERE r.owner_id = u.id OR r.audience = 'members' OR ",
        named!(),
        ") RETURNING id"
    );
    hold(tx, LOCK, id.0).await?;
    changed(tx, SQL, id.0).await
}

/// Ends the media links of all recordings that are shared with a group; answers which.
pub async fn end_links_of_group(tx: &mut Tx, group: GroupId) -> Result<Vec<RecordingId>> {
    const LOCK: &str = "SELECT r.id FROM recordings r WHERE r.id IN (SELECT recording_id FROM grants WHERE group_id = $1) \
         OR r.shared_folder IN (SELECT folder_id FROM folder_grants WHERE group_id = $1) ORDER BY r.id FOR NO KEY UPDATE OF r";
    const SQL: &str = "UPDATE recordings SET share_epoch = share_epoch + 1 WHERE id IN (SELECT recording_id FROM grants WHERE group_id = $1) \
         OR shared_folder IN (SELECT folder_id FROM folder_grants WHERE group_id = $1) RETURNING id";
    hold(tx, LOCK, group.0).await?;
    changed(tx, SQL, group.0).await
}

/// Takes the locks of recordings in the order in which everybody takes them (PostgreSQL).
async fn hold(tx: &mut Tx, lock: &'static str, of: Uuid) -> Result<()> {
    if let Tx::Postgres(tx) = tx {
        sqlx::query(lock).bind(of).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn changed(tx: &mut Tx, sql: &'static str, of: Uuid) -> Result<Vec<RecordingId>> {
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(sql)
        .bind(of)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Gives all recordings of one person to another, out of their folders, for nobody who could not see them there; answers which.
pub async fn hand_over(tx: &mut Tx, from: UserId, to: UserId) -> Result<Vec<RecordingId>> {
    const LOCK: &str =
        "SELECT id FROM recordings WHERE owner_id = $1 ORDER BY id FOR NO KEY UPDATE";
    // An owner is not named beside.
    const GRANTS: &str = "DELETE FROM grants WHERE recording_id IN (SELECT id FROM recordings WHERE owner_id = $1) \
         AND (user_id = $2 OR email = (SELECT email FROM users WHERE id = $2))";
    const SQL: &str = "UPDATE recordings SET owner_id = $2, folder_id = NULL, own_audience = NULL, shared_folder = NULL, \
         audience = CASE WHEN 'owner' IN (audience, COALESCE(own_audience, audience)) THEN 'owner' \
         WHEN 'members' IN (audience, COALESCE(own_audience, audience)) THEN 'members' ELSE 'link' END, \
         trash_at = NULL, version = version + 1, share_epoch = share_epoch + 1 \
         WHERE owner_id = $1 RETURNING id";
    hold(tx, LOCK, from.0).await?;
    in_tx!(tx, |db| sqlx::query(GRANTS)
        .bind(from.0)
        .bind(to.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(from.0)
        .bind(to.0)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Recordings on which a person wrote, in the order in which they are locked.
pub async fn commented(tx: &mut Tx, id: UserId) -> Result<Vec<RecordingId>> {
    const SQL: &str =
        "SELECT DISTINCT recording_id FROM comments WHERE user_id = $1 ORDER BY recording_id";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(id.0)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Takes a person's name off their comments; with `words`, deletes what they wrote as well. Answers which comments, and of what.
pub async fn leave_comments(
    tx: &mut Tx,
    person: &Person,
    words: bool,
    now: Timestamp,
) -> Result<Vec<(RecordingId, CommentId)>> {
    const KEPT: &str = "UPDATE comments SET author_name = $2, version = version + 1 WHERE user_id = $1 RETURNING recording_id, id";
    const GONE: &str = "UPDATE comments SET author_name = $2, version = version + 1, body = '', deleted_by = 'author', \
         deleted_at = COALESCE(deleted_at, $3) WHERE user_id = $1 RETURNING recording_id, id";
    const RESOLVED: &str = "UPDATE comments SET resolved_by = $2 WHERE resolved_by = $1";
    // Named by nothing, and not to be named again: the job that forgets such files removes them.
    const FILES: &str = "UPDATE attachments SET comment_id = NULL, stored_at = NULL WHERE comment_id IN \
         (SELECT id FROM comments WHERE user_id = $1)";
    const FILES_OF_NOTES: &str = "UPDATE attachments SET comment_id = NULL, stored_at = NULL WHERE comment_id IN \
         (SELECT id FROM comments WHERE user_id = $1 AND visibility = 'author')";
    // Nobody else ever read them.
    const NOTES: &str = "DELETE FROM comments WHERE user_id = $1 AND visibility = 'author'";
    const VERSIONS: &str = "DELETE FROM comment_versions WHERE comment_id IN (SELECT id FROM comments WHERE user_id = $1)";
    const REMOVED: &str = "DELETE FROM comment_removed_files WHERE comment_id IN (SELECT id FROM comments WHERE user_id = $1)";
    const MENTIONS: &str = "DELETE FROM comment_mentions WHERE comment_id IN (SELECT id FROM comments WHERE user_id = $1)";
    let forgotten: &[&'static str] = if words {
        &[FILES, NOTES, VERSIONS, REMOVED, MENTIONS]
    } else {
        &[FILES_OF_NOTES, NOTES]
    };
    for sql in forgotten {
        in_tx!(&mut *tx, |db| sqlx::query(*sql)
            .bind(person.id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    let rows: Vec<(Uuid, Uuid)> = if words {
        in_tx!(tx, |db| sqlx::query_as(GONE)
            .bind(person.id.0)
            .bind(FORMER_MEMBER)
            .bind(now.micros())
            .fetch_all(db)
            .await)?
    } else {
        in_tx!(tx, |db| sqlx::query_as(KEPT)
            .bind(person.id.0)
            .bind(FORMER_MEMBER)
            .fetch_all(db)
            .await)?
    };
    in_tx!(tx, |db| sqlx::query(RESOLVED)
        .bind(&person.name)
        .bind(FORMER_MEMBER)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(rows
        .into_iter()
        .map(|(recording, id)| (RecordingId(recording), CommentId(id)))
        .collect())
}

/// Removes the account and every row that belongs to it.
pub async fn remove(tx: &mut Tx, person: &Person) -> Result<()> {
    // Their address is one of their traces.
    const INVITATIONS: &str = "DELETE FROM invitations WHERE used_by = $1 OR email = $2";
    const GRANTS: &str = "DELETE FROM grants WHERE email = $1";
    const SQL: &str = "DELETE FROM users WHERE id = $1";
    let email = person.email.as_str();
    in_tx!(tx, |db| sqlx::query(INVITATIONS)
        .bind(person.id.0)
        .bind(email)
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(tx, |db| sqlx::query(GRANTS)
        .bind(email)
        .execute(db)
        .await
        .map(|_| ()))?;
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(person.id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}
