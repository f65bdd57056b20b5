//! What people say of themselves: columns of `users`, and rows of `pictures`.

use aside_protocol::id::UserId;

use super::accounts::UserRow;
use super::cell::Table;
use super::{Result, Store, Tx, expect_one};
use crate::domain::account::{Email, Role, User};
use crate::domain::page_language::PageLanguage;
use crate::domain::profile::{Language, PersonPicture, Profile, TimeZone};
use crate::{in_tx, on_db};

impl Store {
    pub async fn profile(&self, id: UserId) -> Result<Profile> {
        type Row = (Option<String>, Option<String>, Option<Vec<u8>>, bool);
        const SQL: &str = "SELECT u.time_zone, u.language, p.sha256, u.password_hash IS NOT NULL \
             FROM users u LEFT JOIN pictures p ON p.user_id = u.id WHERE u.id = $1";
        let row: Option<Row> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        let Some((time_zone, language, picture, has_password)) = row else {
            return Ok(Profile::default());
        };
        let hash = picture.map(|cell| Table("pictures").bytes("sha256", cell));
        Ok(Profile {
            time_zone,
            language,
            picture: hash.transpose()?,
            has_password,
        })
    }

    pub async fn picture(&self, id: UserId) -> Result<Option<PersonPicture>> {
        const SQL: &str = "SELECT sha256, png FROM pictures WHERE user_id = $1";
        let row: Option<(Vec<u8>, Vec<u8>)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(|(sha256, png)| {
            let sha256 = Table("pictures").bytes("sha256", sha256)?;
            Ok(PersonPicture { sha256, png })
        })
        .transpose()
    }

    /// In which language a person is written to.
    pub async fn language_of(&self, id: UserId) -> Result<PageLanguage> {
        let row: Option<Option<String>> = on_db!(self, |db| sqlx::query_scalar(LANGUAGE)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(PageLanguage::of_choice(row.flatten().as_deref()))
    }

    /// Whether the address of an account is proved to be its person's.
    pub async fn has_proved_mail(&self, id: UserId) -> Result<bool> {
        const SQL: &str = "SELECT email_proved FROM users WHERE id = $1";
        let proved: Option<bool> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(proved.unwrap_or(false))
    }

    /// The hash of a person's password.
    pub async fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        const SQL: &str = "SELECT password_hash FROM users WHERE id = $1";
        let row: Option<Option<String>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.flatten())
    }
}

const LANGUAGE: &str = "SELECT language FROM users WHERE id = $1";

/// In which language a person is written to.
pub async fn language(tx: &mut Tx, id: UserId) -> Result<PageLanguage> {
    let row: Option<Option<String>> = in_tx!(tx, |db| sqlx::query_scalar(LANGUAGE)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    Ok(PageLanguage::of_choice(row.flatten().as_deref()))
}

/// The same of whoever has this address; none where nobody has.
pub async fn language_at(tx: &mut Tx, email: &Email) -> Result<Option<PageLanguage>> {
    const SQL: &str = "SELECT language FROM users WHERE email = $1";
    let row: Option<Option<String>> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(email.as_str())
        .fetch_optional(db)
        .await)?;
    Ok(row.map(|tag| PageLanguage::of_choice(tag.as_deref())))
}

/// A person, as this transaction sees them.
pub async fn user(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    const SQL: &str = "SELECT id, email, name, role, created_at FROM users WHERE id = $1";
    let row: Option<UserRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    row.map(User::try_from).transpose()
}

/// The person who has this address, as this transaction sees it.
pub async fn user_by_email(tx: &mut Tx, email: &Email) -> Result<Option<User>> {
    const SQL: &str = "SELECT id, email, name, role, created_at FROM users WHERE email = $1";
    let row: Option<UserRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(email.as_str())
        .fetch_optional(db)
        .await)?;
    row.map(User::try_from).transpose()
}

/// Whether the mailbox of a person's address was asked, or whoever runs the server vouched for it.
pub async fn has_proved_email(tx: &mut Tx, id: UserId) -> Result<bool> {
    const SQL: &str = "SELECT email_proved FROM users WHERE id = $1";
    let proved: Option<bool> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
    Ok(proved.unwrap_or(false))
}

/// Another role for a person, by their groups at a provider.
pub async fn set_role(tx: &mut Tx, id: UserId, role: Role) -> Result<()> {
    const SQL: &str = "UPDATE users SET role = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(role.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Another name for a person.
pub async fn set_name(tx: &mut Tx, id: UserId, name: &str) -> Result<()> {
    const SQL: &str = "UPDATE users SET name = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(name)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

pub async fn set_time_zone(tx: &mut Tx, id: UserId, zone: Option<&TimeZone>) -> Result<()> {
    const SQL: &str = "UPDATE users SET time_zone = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(zone.map(TimeZone::as_str))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

pub async fn set_language(tx: &mut Tx, id: UserId, language: Option<&Language>) -> Result<()> {
    const SQL: &str = "UPDATE users SET language = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(language.map(Language::as_str))
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Another address, which is proved to be theirs; one that somebody has is [`super::StoreError::is_duplicate`].
pub async fn set_email(tx: &mut Tx, id: UserId, email: &Email) -> Result<()> {
    const SQL: &str = "UPDATE users SET email = $2, email_proved = TRUE WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(email.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<()> {
    const SQL: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";
    expect_one(in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(hash)
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?)
}

/// Takes the place of the picture that was there.
pub async fn set_picture(tx: &mut Tx, id: UserId, picture: &PersonPicture) -> Result<()> {
    const SQL: &str = "INSERT INTO pictures (user_id, sha256, png) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id) DO UPDATE SET sha256 = excluded.sha256, png = excluded.png";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(picture.sha256.as_slice())
        .bind(picture.png.as_slice())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

pub async fn remove_picture(tx: &mut Tx, id: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM pictures WHERE user_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
