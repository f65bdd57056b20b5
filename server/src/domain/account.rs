//! People and their roles.

use std::fmt;
use std::str::FromStr;

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person may do on this server; each includes the next.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches and comments; does not record.
    Viewer,
    Member,
    Admin,
    /// The first visitor.
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Viewer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub const fn may_record(self) -> bool {
        !matches!(self, Self::Viewer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, thiserror::Error)]
#[error("no such role: expected owner, admin, member or viewer")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;
    fn from_str(s: &str) -> Result<Self, NoSuchRole> {
        Self::ALL
            .into_iter()
            .find(|r| r.as_str() == s)
            .ok_or(NoSuchRole)
    }
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
}

/// An e-mail address, trimmed and in lower case: how people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why something a person typed about an account is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("This does not look like an e-mail address.")]
    Email,
    #[error("A name has 1 to {MAX_NAME} characters.")]
    Name,
    #[error("A password needs at least {MIN_PASSWORD} characters.")]
    PasswordTooShort,
    #[error("A password may have at most {MAX_PASSWORD} characters.")]
    PasswordTooLong,
}

pub const MAX_NAME: usize = 80;
pub const MIN_PASSWORD: usize = 8;
/// Argon2 reads all of it, so a password of a megabyte would be a way to keep us busy.
pub const MAX_PASSWORD: usize = 512;

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = AccountError;
    /// Only the shape is checked (RFC 5321 §4.5.3.1 for the length); whether mail arrives, only mail can tell.
    fn from_str(s: &str) -> Result<Self, AccountError> {
        let email = s.trim().to_lowercase();
        let (local, domain) = email.rsplit_once('@').ok_or(AccountError::Email)?;
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if local.is_empty() || domain.is_empty() || email.len() > 254 || email.contains(odd) {
            return Err(AccountError::Email);
        }
        Ok(Self(email))
    }
}

/// A name as shown to others: trimmed, on one line.
pub fn clean_name(raw: &str) -> Result<String, AccountError> {
    let name = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME || name.contains(char::is_control) {
        return Err(AccountError::Name);
    }
    Ok(name)
}

/// Whether a new password is long enough to be one (NIST SP 800-63B §5.1.1: length, no recipes).
pub fn check_password(password: &str) -> Result<(), AccountError> {
    match password.chars().count() {
        n if n < MIN_PASSWORD => Err(AccountError::PasswordTooShort),
        n if n > MAX_PASSWORD => Err(AccountError::PasswordTooLong),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_typed() {
        assert_eq!(
            " Ana@Example.ORG ".parse::<Email>().unwrap().as_str(),
            "ana@example.org"
        );
        for bad in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "a na@example.org",
            "ana@exa\u{7}mple.org",
        ] {
            assert_eq!(bad.parse::<Email>(), Err(AccountError::Email), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_shown_on_one_line() {
        assert_eq!(clean_name("  Ana \n Sol ").unwrap(), "Ana Sol");
        assert_eq!(clean_name(" \t "), Err(AccountError::Name));
        assert_eq!(clean_name(&"x".repeat(81)), Err(AccountError::Name));
    }

    #[test]
    fn a_viewer_does_not_record() {
        assert!(!Role::Viewer.may_record());
        assert!(Role::Member.may_record() && Role::Admin.may_record() && Role::Owner.may_record());
    }

    #[test]
    fn a_password_is_long_enough_but_not_a_book() {
        assert_eq!(
            check_password("1234567"),
            Err(AccountError::PasswordTooShort)
        );
        assert_eq!(check_password("12345678"), Ok(()));
        assert_eq!(
            check_password(&"x".repeat(513)),
            Err(AccountError::PasswordTooLong)
        );
    }
}
