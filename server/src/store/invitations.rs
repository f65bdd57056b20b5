//! Rows of `invitations` and `invitation_groups`.

use std::collections::HashMap;

use aside_protocol::id::{GroupId, InvitationId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx};
use crate::domain::account::Email;
use crate::domain::people::Invitation;
use crate::domain::token::TokenHash;
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    email: Option<String>,
    role: String,
    inviter: Option<String>,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl InvitationRow {
    fn read(self, groups: Vec<GroupId>) -> Result<Invitation> {
        Ok(Invitation {
            id: InvitationId(self.id),
            email: self.email.map(Email::from_stored),
            role: Table("invitations").parsed("role", self.role)?,
            groups,
            inviter: self.inviter,
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            used_at: self.used_at.map(Timestamp::from_micros),
            revoked_at: self.revoked_at.map(Timestamp::from_micros),
        })
    }
}

macro_rules! select {
    () => {
        "SELECT i.id, i.email, i.role, u.name AS inviter, i.created_at, i.expires_at, i.used_at, i.revoked_at \
         FROM invitations i LEFT JOIN users u ON u.id = i.invited_by "
    };
}

const GROUPS_OF: &str =
    "SELECT group_id FROM invitation_groups WHERE invitation_id = $1 ORDER BY group_id";

impl Store {
    /// Those that nobody used and nobody revoked, run out or not, newest first.
    pub async fn pending_invitations(&self) -> Result<Vec<Invitation>> {
        const SQL: &str = concat!(
            select!(),
            "WHERE i.used_at IS NULL AND i.revoked_at IS NULL ORDER BY i.created_at DESC, i.id DESC"
        );
        const GROUPS: &str = "SELECT g.invitation_id, g.group_id FROM invitation_groups g JOIN invitations i ON i.id = g.invitation_id \
             WHERE i.used_at IS NULL AND i.revoked_at IS NULL ORDER BY g.group_id";
        let rows = on_db!(self, |db| sqlx::query_as::<_, InvitationRow>(SQL)
            .fetch_all(db)
            .await)?;
        let pairs: Vec<(Uuid, Uuid)> =
            on_db!(self, |db| sqlx::query_as(GROUPS).fetch_all(db).await)?;
        let mut groups: HashMap<Uuid, Vec<GroupId>> = HashMap::new();
        for (invitation, group) in pairs {
            groups.entry(invitation).or_default().push(GroupId(group));
        }
        let read = |row: InvitationRow| {
            let groups = groups.remove(&row.id).unwrap_or_default();
            row.read(groups)
        };
        rows.into_iter().map(read).collect()
    }

    /// By the hash of its secret, whatever became of it.
    pub async fn invitation_by_secret(&self, hash: &TokenHash) -> Result<Option<Invitation>> {
        const SQL: &str = concat!(select!(), "WHERE i.hash = $1");
        let row = on_db!(self, |db| sqlx::query_as::<_, InvitationRow>(SQL)
            .bind(hash.as_slice())
            .fetch_optional(db)
            .await)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let groups: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(GROUPS_OF)
            .bind(row.id)
            .fetch_all(db)
            .await)?;
        Ok(Some(row.read(groups.into_iter().map(GroupId).collect())?))
    }
}

/// One as this transaction sees it.
pub async fn get(tx: &mut Tx, id: InvitationId) -> Result<Option<Invitation>> {
    const SQL: &str = concat!(select!(), "WHERE i.id = $1");
    let row = in_tx!(tx, |db| sqlx::query_as::<_, InvitationRow>(SQL)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let groups: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(GROUPS_OF)
        .bind(id.0)
        .fetch_all(db)
        .await)?;
    Ok(Some(row.read(groups.into_iter().map(GroupId).collect())?))
}

/// How many can be accepted now.
pub async fn count_open(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM invitations WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at > $1";
    let count: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(now.micros())
        .fetch_one(db)
        .await)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

pub async fn insert(
    tx: &mut Tx,
    invitation: &Invitation,
    hash: &TokenHash,
    by: Option<UserId>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO invitations (id, hash, email, role, invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    const GROUP: &str = "INSERT INTO invitation_groups (invitation_id, group_id) VALUES ($1, $2)";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(invitation.id.0)
        .bind(hash.as_slice())
        .bind(invitation.email.as_ref().map(Email::as_str))
        .bind(invitation.role.as_str())
        .bind(by.map(|id| id.0))
        .bind(invitation.created_at.micros())
        .bind(invitation.expires_at.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    for group in &invitation.groups {
        in_tx!(tx, |db| sqlx::query(GROUP)
            .bind(invitation.id.0)
            .bind(group.0)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Revokes those for an address that nobody used: a newer one takes their place.
pub async fn revoke_for(tx: &mut Tx, email: &Email, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE invitations SET revoked_at = $2 WHERE email = $1 AND used_at IS NULL AND revoked_at IS NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(email.as_str())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Revokes those that a person gave and nobody used.
pub async fn revoke_by(tx: &mut Tx, inviter: UserId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE invitations SET revoked_at = $2 WHERE invited_by = $1 AND used_at IS NULL AND revoked_at IS NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(inviter.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Revokes one, or takes that back. Says whether nobody had used it.
pub async fn set_revoked(tx: &mut Tx, id: InvitationId, at: Option<Timestamp>) -> Result<bool> {
    const SQL: &str = "UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND used_at IS NULL";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(at.map(Timestamp::micros))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Gives it another link and more time. Says whether nobody had used it.
pub async fn renew(
    tx: &mut Tx,
    id: InvitationId,
    hash: &TokenHash,
    expires_at: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE invitations SET hash = $2, expires_at = $3, revoked_at = NULL WHERE id = $1 AND used_at IS NULL";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(hash.as_slice())
        .bind(expires_at.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}

/// Notes who used it. Says whether it was open: of two at once one gets the account.
pub async fn take(tx: &mut Tx, id: InvitationId, by: UserId, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE invitations SET used_at = $3, used_by = $2 \
         WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3";
    Ok(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(by.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?
        == 1)
}
