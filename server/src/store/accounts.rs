//! Rows of `users` and `settings`.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::account::{Email, User};
use crate::domain::sharing::Audience;
use crate::{in_tx, on_db};

/// Columns of `users` as every query here names them.
#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) created_at: i64,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;
    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: UserId(row.id),
            email: Email::from_stored(row.email),
            name: row.name,
            role: Table("users").parsed("role", row.role)?,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: Option<String>,
}

impl Store {
    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        const SQL: &str = "SELECT id, email, name, role, created_at FROM users WHERE id = $1";
        on_db!(self, |db| sqlx::query_as::<_, UserRow>(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?
        .map(User::try_from)
        .transpose()
    }

    /// The person and the hash of the password, if one was set.
    pub async fn credentials(&self, email: &Email) -> Result<Option<(User, Option<String>)>> {
        const SQL: &str =
            "SELECT id, email, name, role, created_at, password_hash FROM users WHERE email = $1";
        let row = on_db!(self, |db| sqlx::query_as::<_, CredentialsRow>(SQL)
            .bind(email.as_str())
            .fetch_optional(db)
            .await)?;
        row.map(|r| Ok((r.user.try_into()?, r.password_hash)))
            .transpose()
    }

    /// Whether nobody has an account yet.
    pub async fn is_empty(&self) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users)";
        let some: bool = on_db!(self, |db| sqlx::query_scalar(SQL).fetch_one(db).await)?;
        Ok(!some)
    }

    /// A server-wide secret or fact.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        const SQL: &str = "SELECT value FROM settings WHERE name = $1";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(name)
            .fetch_optional(db)
            .await)?)
    }

    /// The setting; `fresh` is stored under this name when there is none yet. Whoever comes second
    /// gets what the first one stored.
    pub async fn setting_or_insert(&self, name: &str, fresh: String) -> Result<String> {
        if let Some(value) = self.setting(name).await? {
            return Ok(value);
        }
        self.write(async |tx: &mut Tx| tx.insert_setting(name, &fresh).await)
            .await?;
        Ok(self.setting(name).await?.unwrap_or(fresh))
    }
}

impl Store {
    /// Everybody with an account that is not deactivated, by name.
    pub async fn people(&self) -> Result<Vec<User>> {
        const SQL: &str = "SELECT id, email, name, role, created_at FROM users WHERE deactivated_at IS NULL ORDER BY LOWER(name), id";
        on_db!(self, |db| sqlx::query_as::<_, UserRow>(SQL)
            .fetch_all(db)
            .await)?
        .into_iter()
        .map(User::try_from)
        .collect()
    }

    /// For whom a person's recordings are, where they said so.
    pub async fn own_default_audience(&self, id: UserId) -> Result<Option<Audience>> {
        const SQL: &str = "SELECT default_audience FROM users WHERE id = $1";
        let found: Option<Option<String>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        found
            .flatten()
            .map(|text| Table("users").parsed("default_audience", text))
            .transpose()
    }
}

impl Tx {
    pub async fn set_own_default_audience(
        &mut self,
        id: UserId,
        audience: Option<Audience>,
    ) -> Result<()> {
        const SQL: &str = "UPDATE users SET default_audience = $2 WHERE id = $1";
        expect_one(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(audience.map(Audience::as_str))
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }

    /// A setting, as this transaction sees it.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>> {
        const SQL: &str = "SELECT value FROM settings WHERE name = $1";
        Ok(in_tx!(self, |db| sqlx::query_scalar(SQL)
            .bind(name)
            .fetch_optional(db)
            .await)?)
    }

    /// Takes the place of what was there.
    pub async fn set_setting(&mut self, name: &str, value: &str) -> Result<()> {
        const SQL: &str = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(name)
            .bind(value)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// A duplicate e-mail is [`StoreError::is_duplicate`].
    pub async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> Result<()> {
        const SQL: &str = "INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(user.id.0)
            .bind(user.email.as_str())
            .bind(&user.name)
            .bind(user.role.as_str())
            .bind(password_hash)
            .bind(user.created_at.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Whether anybody has an account, as this transaction sees it.
    pub async fn any_user(&mut self) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users)";
        Ok(in_tx!(self, |db| sqlx::query_scalar(SQL)
            .fetch_one(db)
            .await)?)
    }

    /// Stores a setting unless there is one; says whether it did. Of two at once, the second waits
    /// for the first and then says no.
    pub async fn insert_setting(&mut self, name: &str, value: &str) -> Result<bool> {
        const SQL: &str =
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        Ok(in_tx!(self, |db| sqlx::query(SQL)
            .bind(name)
            .bind(value)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?
            == 1)
    }
}
