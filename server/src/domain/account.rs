//! People and their roles.

use std::fmt;
use std::str::FromStr;

use aside_protocol::id::UserId;
use aside_protocol::text::{compose, has_invisible, line, password};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_security::skeleton;

use super::names::names;

/// What a person may do on this server: [`super::roles`]. Each includes the one before.
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

names!(Role, "role", {
    Owner: "owner",
    Admin: "admin",
    Member: "member",
    Viewer: "viewer",
});

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

/// An e-mail address, trimmed, composed (NFC) and in lower case: how people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why something a person typed about an account is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("This does not look like an e-mail address.")]
    Email,
    #[error("A name has 1 to {MAX_NAME} characters that can be seen.")]
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
    /// As it was stored, by whatever rules then held.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = AccountError;
    /// Only the shape is checked (RFC 5321 §4.5.3.1 for the length); whether mail arrives, only mail can tell.
    fn from_str(s: &str) -> Result<Self, AccountError> {
        // Lower case may need composing anew.
        let email = compose(&compose(s.trim()).to_lowercase());
        let (local, domain) = email.rsplit_once('@').ok_or(AccountError::Email)?;
        let odd = |c: char| c.is_whitespace() || c.is_control();
        let bad = email.contains(odd) || has_invisible(&email);
        if local.is_empty() || domain.is_empty() || email.len() > 254 || bad {
            return Err(AccountError::Email);
        }
        Ok(Self(email))
    }
}

/// A name as shown to others, of a person, a guest, a token or a machine: on one line, without what
/// cannot be seen.
pub fn clean_name(raw: &str) -> Result<String, AccountError> {
    let name = line(raw);
    match name.chars().count() {
        1..=MAX_NAME => Ok(name),
        _ => Err(AccountError::Name),
    }
}

/// Whether people may take one name for the other: in another case, or with letters of other
/// scripts that look the same (Unicode UTS #39).
pub fn looks_like(one: &str, other: &str) -> bool {
    let shape = |name: &str| skeleton(&name.to_lowercase()).collect::<String>();
    shape(one) == shape(other)
}

/// A password, in the form in which it is hashed: NFKC, as NIST SP 800-63B asks for, so that it does
/// not matter how a keyboard composes letters. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    normal: String,
    /// As it was typed, where that is something else: how passwords were hashed before.
    typed: Option<String>,
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// A new one (NIST SP 800-63B §5.1.1: length, no recipes).
    pub fn new(typed: &str) -> Result<Self, AccountError> {
        if typed.len() > MAX_PASSWORD * 4 {
            return Err(AccountError::PasswordTooLong);
        }
        let normal = password(typed);
        match normal.chars().count() {
            n if n < MIN_PASSWORD => Err(AccountError::PasswordTooShort),
            n if n > MAX_PASSWORD => Err(AccountError::PasswordTooLong),
            _ => Ok(Self {
                typed: (normal != typed).then(|| typed.to_owned()),
                normal,
            }),
        }
    }

    pub fn normal(&self) -> &str {
        &self.normal
    }

    pub fn as_typed(&self) -> Option<&str> {
        self.typed.as_deref()
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
    fn addresses_that_look_the_same_are_one() {
        let email = |text: &str| text.parse::<Email>().unwrap();
        assert_eq!(email("ANA@example.org"), email("ana@example.org"));
        assert_eq!(email("e\u{301}@example.org"), email("É@example.org"));
        assert_eq!(email("İpek@example.org"), email("I\u{307}pek@example.org"));
        for bad in [
            "ana@example.org\u{200b}",
            "an\u{200d}a@example.org",
            "\u{202e}ana@example.org",
        ] {
            assert_eq!(bad.parse::<Email>(), Err(AccountError::Email), "{bad:?}");
        }
    }

    #[test]
    fn a_name_can_be_seen_and_turns_nobody_elses() {
        for nothing in ["\u{200b}\u{200b}", "\u{2800}", "\u{202e}"] {
            assert_eq!(clean_name(nothing), Err(AccountError::Name), "{nothing:?}");
        }
        assert_eq!(clean_name("An\u{200b}a").unwrap(), "Ana");
        assert_eq!(clean_name("\u{202e}anA").unwrap(), "anA");
    }

    #[test]
    fn a_name_that_looks_like_another_is_found() {
        for (one, other) in [("Ana", "ana"), ("Ana", "Аnа"), ("Zoë", "Zoe\u{308}")] {
            assert!(looks_like(one, other), "{one} {other}");
        }
        for (one, other) in [("Ana", "Anna"), ("Ana", "Ana B"), ("Zoë", "Zoe")] {
            assert!(!looks_like(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_password_is_long_enough_but_not_a_book() {
        let new = |text: &str| Password::new(text).map(|p| p.normal().to_owned());
        assert_eq!(new("1234567"), Err(AccountError::PasswordTooShort));
        assert_eq!(new("12345678").as_deref(), Ok("12345678"));
        assert_eq!(new(&"x".repeat(513)), Err(AccountError::PasswordTooLong));
        assert_eq!(new(&"é".repeat(512)), Ok("é".repeat(512)));
        assert!(!format!("{:?}", Password::new("12345678")).contains("1234"));
    }

    #[test]
    fn a_password_is_the_same_however_it_is_composed() {
        let normal = |text: &str| Password::new(text).unwrap().normal;
        let composed = normal("Mañana über 42");
        assert_eq!(composed, "Mañana über 42");
        assert_eq!(normal("Man\u{303}ana u\u{308}ber 42"), composed);
        assert_eq!(normal("Mañana über ４２"), composed);
        assert_eq!(normal("Mañana\u{a0}über 42"), composed);
    }
}
