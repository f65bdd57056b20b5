//! Columns of `recordings` that say who may see it, and rows of `grants` and `access_requests`.

use std::collections::BTreeSet;

use aside_protocol::id::{AccessRequestId, GrantId, GroupId, RecordingId, Slug, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::account::Email;
use crate::domain::sharing::{AccessRequest, Audience, Grant, Grantee, Sharing};
use crate::{in_tx, on_db};

/// Whether a grant called `g` means the person called `u`: by account, by an address that is proved to be theirs, or by a group.
macro_rules! names {
    () => {
        "(g.user_id = u.id OR (g.email = u.email AND u.email_proved) \
         OR g.group_id IN (SELECT m.group_id FROM user_group_members m WHERE m.user_id = u.id))"
    };
}

/// The same of a grant of a folder called `g`.
macro_rules! folder_names {
    () => {
        "(g.user_id = u.id OR g.group_id IN (SELECT m.group_id FROM user_group_members m WHERE m.user_id = u.id))"
    };
}

/// Whether the person called `u` (or nobody) is one of those who are named for the recording called `r`, or for the folder whose
/// sharing it takes.
macro_rules! named {
    () => {
        concat!(
            "(EXISTS (SELECT 1 FROM grants g WHERE g.recording_id = r.id AND ",
            $crate::store::shares::names!(),
            ") OR EXISTS (SELECT 1 FROM folder_grants g WHERE g.folder_id = r.shared_folder AND ",
            $crate::store::shares::folder_names!(),
            "))"
        )
    };
}
pub(super) use {folder_names, named, names};

/// Of grants called `g`, with the member or the group whom each means now.
const GRANTS: &str = "SELECT g.id, g.user_id, g.email, g.group_id, g.created_at, u.id AS member_id, u.name AS member_name, t.name AS group_name, \
     CAST((SELECT COUNT(*) FROM user_group_members m WHERE m.group_id = g.group_id) AS BIGINT) AS group_size FROM grants g \
     LEFT JOIN users u ON u.id = g.user_id OR (u.email = g.email AND u.email_proved) LEFT JOIN user_groups t ON t.id = g.group_id \
     WHERE g.recording_id = $1 ORDER BY g.created_at, g.id";

/// Everybody of [`named`] for recording $1 who is not deactivated.
const NAMED_MEMBERS: &str = "SELECT u.id FROM grants g JOIN users u ON u.id = g.user_id OR (u.email = g.email AND u.email_proved) \
     WHERE g.recording_id = $1 AND u.deactivated_at IS NULL \
     UNION SELECT u.id FROM grants g JOIN user_group_members m ON m.group_id = g.group_id JOIN users u ON u.id = m.user_id \
     WHERE g.recording_id = $1 AND u.deactivated_at IS NULL \
     UNION SELECT u.id FROM recordings r JOIN folder_grants g ON g.folder_id = r.shared_folder JOIN users u ON u.id = g.user_id \
     WHERE r.id = $1 AND u.deactivated_at IS NULL \
     UNION SELECT u.id FROM recordings r JOIN folder_grants g ON g.folder_id = r.shared_folder \
     JOIN user_group_members m ON m.group_id = g.group_id JOIN users u ON u.id = m.user_id \
     WHERE r.id = $1 AND u.deactivated_at IS NULL";

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Uuid,
    user_id: Option<Uuid>,
    email: Option<String>,
    group_id: Option<Uuid>,
    created_at: i64,
    group_name: Option<String>,
    group_size: i64,
    member_id: Option<Uuid>,
    member_name: Option<String>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;
    fn try_from(row: GrantRow) -> Result<Self> {
        let to = match (row.user_id, row.email, row.group_id) {
            (Some(id), None, None) => Grantee::Person(UserId(id)),
            (None, Some(email), None) => Grantee::Mail(Email::from_stored(email)),
            (None, None, Some(id)) => Grantee::Group(GroupId(id)),
            _ => return Err(StoreError::inconsistent("grants", "user_id", "nobody")),
        };
        Ok(Self {
            id: GrantId(row.id),
            to,
            member: row.member_id.map(UserId).zip(row.member_name),
            group: row
                .group_name
                .zip(Some(u64::try_from(row.group_size).unwrap_or(0))),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

type RequestRow = (Uuid, Uuid, String, String, i64);

const REQUESTS: &str = "SELECT q.id, q.user_id, u.name, q.message, q.created_at FROM access_requests q \
     JOIN users u ON u.id = q.user_id WHERE q.recording_id = $1 AND q.answered_at IS NULL ORDER BY q.created_at, q.id";

fn request((id, user, name, message, at): RequestRow) -> AccessRequest {
    AccessRequest {
        id: AccessRequestId(id),
        from: (UserId(user), name),
        message,
        created_at: Timestamp::from_micros(at),
    }
}

impl Store {
    /// The people who are named, in the order in which they were.
    pub async fn grants(&self, recording: RecordingId) -> Result<Vec<Grant>> {
        on_db!(self, |db| sqlx::query_as::<_, GrantRow>(GRANTS)
            .bind(recording.0)
            .fetch_all(db)
            .await)?
        .into_iter()
        .map(Grant::try_from)
        .collect()
    }

    /// Everybody who is named now, by whatever; deactivated people are not.
    pub async fn named_members(&self, recording: RecordingId) -> Result<BTreeSet<UserId>> {
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(NAMED_MEMBERS)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(UserId).collect())
    }

    /// Who asked to see it and has no answer yet, oldest first.
    pub async fn access_requests(&self, recording: RecordingId) -> Result<Vec<AccessRequest>> {
        let rows: Vec<RequestRow> = on_db!(self, |db| sqlx::query_as(REQUESTS)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(request).collect())
    }

    /// The hash of the password that is asked for, and its version.
    pub async fn share_password(&self, recording: RecordingId) -> Result<Option<(String, i64)>> {
        const SQL: &str = "SELECT share_password, password_version FROM recordings WHERE id = $1 AND share_password IS NOT NULL";
        Ok(on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?)
    }
}

/// Writes how a recording is shared, but for its password. `ends_links`: links that were given end.
pub async fn set(
    tx: &mut Tx,
    recording: RecordingId,
    sharing: &Sharing,
    ends_links: bool,
) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET audience = $2, share_ends_at = $3, comments_by = $4, downloads = $5, embed = $6, \
        version = version + 1, share_epoch = share_epoch + $7, shared_folder = $8, own_audience = $9, narrowed = $10 WHERE id = $1";
    // A list of texts always has a JSON form.
    let embed = serde_json::to_string(&sharing.embed).unwrap_or_default();
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(sharing.audience.as_str())
        .bind(sharing.ends_at.map(Timestamp::micros))
        .bind(sharing.comments.as_str())
        .bind(sharing.download)
        .bind(embed)
        .bind(i64::from(ends_links))
        .bind(sharing.from_folder.folder.map(|it| it.0))
        .bind(sharing.from_folder.own.map(Audience::as_str))
        .bind(sharing.from_folder.narrowed)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Sets the hash of the password. Whoever knew the one before has to know the new one.
pub async fn set_password(tx: &mut Tx, recording: RecordingId, hash: &str) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET share_password = $2, removed_password = NULL, password_version = password_version + 1 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(hash)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Removes the password; it can be put back until then.
pub async fn remove_password(
    tx: &mut Tx,
    recording: RecordingId,
    kept_until: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET removed_password = share_password, password_kept_until = $2, share_password = NULL, \
        password_version = password_version + 1 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(kept_until.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Puts the removed password back. Says whether it is still kept, and no other has taken its place.
pub async fn put_password_back(
    tx: &mut Tx,
    recording: RecordingId,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE recordings SET share_password = removed_password, removed_password = NULL, password_version = password_version + 1 \
        WHERE id = $1 AND removed_password IS NOT NULL AND password_kept_until > $2";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Forgets removed passwords that are not kept any more.
pub async fn forget_removed_passwords(tx: &mut Tx, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET removed_password = NULL WHERE removed_password IS NOT NULL AND password_kept_until <= $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Ends the links that were given, and counts a change.
pub async fn touch(tx: &mut Tx, recording: RecordingId, ends_links: bool) -> Result<()> {
    const SQL: &str =
        "UPDATE recordings SET version = version + 1, share_epoch = share_epoch + $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(i64::from(ends_links))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Gives the recording another link. The old one is nothing from now on.
pub async fn set_slug(tx: &mut Tx, recording: RecordingId, slug: &Slug) -> Result<()> {
    const SQL: &str = "UPDATE recordings SET slug = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(slug.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Names somebody. Says whether they were not named before.
pub async fn add_grant(
    tx: &mut Tx,
    recording: RecordingId,
    id: GrantId,
    to: &Grantee,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO grants (id, recording_id, user_id, email, created_at, group_id) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let (user, email, group) = match to {
        Grantee::Person(id) => (Some(id.0), None, None),
        Grantee::Mail(email) => (None, Some(email.as_str()), None),
        Grantee::Group(id) => (None, None, Some(id.0)),
    };
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(recording.0)
        .bind(user)
        .bind(email)
        .bind(now.micros())
        .bind(group)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes a name back. Says whether there was one.
pub async fn remove_grant(tx: &mut Tx, recording: RecordingId, id: GrantId) -> Result<bool> {
    const SQL: &str = "DELETE FROM grants WHERE id = $2 AND recording_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Takes back the name of somebody. Says whether they were named.
pub async fn remove_grants_of(tx: &mut Tx, recording: RecordingId, of: &Grantee) -> Result<bool> {
    const PERSON: &str = "DELETE FROM grants WHERE recording_id = $1 AND user_id = $2";
    const GROUP: &str = "DELETE FROM grants WHERE recording_id = $1 AND group_id = $2";
    const MAIL: &str = "DELETE FROM grants WHERE recording_id = $1 AND email = $2";
    let removed = match of {
        Grantee::Mail(email) => in_tx!(tx, |db| sqlx::query(MAIL)
            .bind(recording.0)
            .bind(email.as_str())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
        Grantee::Person(UserId(id)) | Grantee::Group(GroupId(id)) => {
            let sql = match of {
                Grantee::Group(_) => GROUP,
                _ => PERSON,
            };
            in_tx!(tx, |db| sqlx::query(sql)
                .bind(recording.0)
                .bind(*id)
                .execute(db)
                .await
                .map(|d| d.rows_affected()))?
        }
    };
    Ok(removed > 0)
}

/// How many people are named.
pub async fn count_grants(tx: &mut Tx, recording: RecordingId) -> Result<u64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM grants WHERE recording_id = $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Notes that a member asks to see the recording; asking again changes the words. Answers which question that is now.
pub async fn add_request(
    tx: &mut Tx,
    recording: RecordingId,
    id: AccessRequestId,
    from: UserId,
    message: &str,
    now: Timestamp,
) -> Result<AccessRequestId> {
    const SQL: &str = "INSERT INTO access_requests (id, recording_id, user_id, message, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (recording_id, user_id) DO UPDATE SET message = excluded.message, \
        id = CASE WHEN access_requests.answered_at IS NULL THEN access_requests.id ELSE excluded.id END, \
        created_at = CASE WHEN access_requests.answered_at IS NULL THEN access_requests.created_at ELSE excluded.created_at END, \
        answered_at = NULL, granted = NULL RETURNING id";
    let id: Uuid = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(id.0)
        .bind(recording.0)
        .bind(from.0)
        .bind(message)
        .bind(now.micros())
        .fetch_one(db)
        .await)?;
    Ok(AccessRequestId(id))
}

/// Notes that a question is answered: whose it was.
pub async fn answer_request(
    tx: &mut Tx,
    recording: RecordingId,
    id: AccessRequestId,
    now: Timestamp,
) -> Result<Option<UserId>> {
    const SQL: &str = "UPDATE access_requests SET answered_at = $3 WHERE id = $2 AND recording_id = $1 AND answered_at IS NULL RETURNING user_id";
    let user: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(id.0)
        .bind(now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(user.map(UserId))
}

/// Notes which grant a yes made.
pub async fn note_granted(tx: &mut Tx, id: AccessRequestId, grant: GrantId) -> Result<()> {
    const SQL: &str = "UPDATE access_requests SET granted = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(grant.0)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Takes back an answer that was given after `since`: whose question it is, and the grant that a yes made.
pub async fn reopen_request(
    tx: &mut Tx,
    recording: RecordingId,
    id: AccessRequestId,
    since: Timestamp,
) -> Result<Option<(UserId, Option<GrantId>)>> {
    const FOUND: &str = "SELECT user_id, granted FROM access_requests WHERE id = $2 AND recording_id = $1 AND answered_at > $3";
    const SQL: &str = "UPDATE access_requests SET answered_at = NULL, granted = NULL WHERE id = $1";
    let found: Option<(Uuid, Option<Uuid>)> = in_tx!(&mut *tx, |db| sqlx::query_as(FOUND)
        .bind(recording.0)
        .bind(id.0)
        .bind(since.micros())
        .fetch_optional(db)
        .await)?;
    if found.is_some() {
        in_tx!(tx, |db| sqlx::query(SQL)
            .bind(id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(found.map(|(user, grant)| (UserId(user), grant.map(GrantId))))
}

/// Forgets questions that were answered before.
pub async fn forget_answered(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM access_requests WHERE answered_at <= $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
