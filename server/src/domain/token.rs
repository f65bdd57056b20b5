//! Tokens: by which people, programs, recorders and guests are known. The secrets themselves are `auth::token`.

use std::net::IpAddr;
use std::time::Duration;

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::{UnknownName, names};

/// SHA-256 of a token's text; all the database holds of it.
pub type TokenHash = [u8; 32];

/// What a token is for. The column `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A browser in which somebody signed in.
    Session,
    /// Made by hand for a program.
    Api,
    /// A recorder, by device code.
    Device,
    /// A browser in which somebody gave a name.
    Guest,
}

names!(Kind, "kind of token", {
    Session: "session",
    Api: "api",
    Device: "device",
    Guest: "guest",
});

impl Kind {
    /// How long it lives; none means until it is revoked.
    pub const fn lifetime(self) -> Option<Duration> {
        match self {
            Self::Session => Some(Duration::from_secs(30 * 24 * 3600)),
            Self::Guest => Some(Duration::from_secs(365 * 24 * 3600)),
            Self::Api | Self::Device => None,
        }
    }
}

/// What a program may do with a token, of what its person may. None of them is part of another.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See and hear what the person may: recordings, words, comments, lists.
    Read,
    /// Write comments, and change what was written so.
    Comment,
    /// Send recordings.
    Record,
    /// Change recordings, how they are shared and ordered, who is told of what.
    Manage,
}

names!(Scope, "scope", {
    Read: "read",
    Comment: "comment",
    Record: "record",
    Manage: "manage",
});

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Comment, Self::Record, Self::Manage];
}

/// What a request needs of a token, if one is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// No token is looked at.
    Nothing,
    Scope(Scope),
    /// Whatever its person may: what makes keys of an account, or runs the server, is in no scope.
    Everything,
}

/// The scopes of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Option<Vec<Scope>>);

impl Scopes {
    /// Whatever its person may.
    pub const EVERYTHING: Self = Self(None);

    /// These, in order and each once; none when there is none.
    pub fn only(scopes: &[Scope]) -> Option<Self> {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        (!scopes.is_empty()).then_some(Self(Some(scopes)))
    }

    pub fn allow(&self, need: Need) -> bool {
        match (&self.0, need) {
            (None, _) | (_, Need::Nothing) => true,
            (Some(scopes), Need::Scope(scope)) => scopes.contains(&scope),
            (Some(_), Need::Everything) => false,
        }
    }

    /// None: everything.
    pub fn listed(&self) -> Option<&[Scope]> {
        self.0.as_deref()
    }

    /// The column: names with blanks between them.
    pub fn to_text(&self) -> Option<String> {
        let names = |scopes: &Vec<Scope>| scopes.iter().map(|it| it.as_str()).collect::<Vec<_>>();
        self.0.as_ref().map(|scopes| names(scopes).join(" "))
    }

    pub fn from_text(text: Option<&str>) -> Result<Self, UnknownName> {
        let scopes = text.map(|text| text.split(' ').map(str::parse).collect());
        Ok(Self(scopes.transpose()?))
    }
}

/// Longest time for which a token can be made, in days.
pub const MAX_DAYS: u32 = 3650;

/// Why no token is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("A token needs at least one scope: read, comment, record or manage.")]
    NoScope,
    #[error("A token works for 1 to {MAX_DAYS} days, or until it is ended.")]
    Days,
}

impl TokenError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::NoScope => "scopes",
            Self::Days => "expires_in_days",
        }
    }
}

/// A row of `tokens`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub kind: Kind,
    /// None for a guest.
    pub user: Option<UserId>,
    /// Of the token, or of the guest.
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub scopes: Scopes,
}

impl Token {
    /// Whether a program works with it for itself, and not in the place of its person: it was made for some things only.
    pub fn is_an_agents(&self) -> bool {
        self.kind == Kind::Api && self.scopes.listed().is_some()
    }
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: TokenId,
    /// What it calls itself, such as "Firefox on Linux".
    pub device: String,
    /// From where it was signed in; none where that was not noted.
    pub address: Option<String>,
    pub created_at: Timestamp,
    /// To the hour.
    pub last_used_at: Option<Timestamp>,
}

/// From where somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What the browser calls itself, such as "Firefox on Linux".
    pub device: String,
    pub address: IpAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_gives_itself_and_nothing_else() {
        for given in Scope::ALL {
            let scopes = Scopes::only(&[given, given]).unwrap();
            for needed in Scope::ALL {
                assert_eq!(scopes.allow(Need::Scope(needed)), given == needed);
            }
            assert!(scopes.allow(Need::Nothing) && !scopes.allow(Need::Everything));
        }
        assert!(Scopes::EVERYTHING.allow(Need::Everything));
        assert_eq!(Scopes::only(&[]), None);
    }

    #[test]
    fn the_column_is_read_as_it_was_written() {
        let some = Scopes::only(&[Scope::Comment, Scope::Read]).unwrap();
        assert_eq!(some.to_text().as_deref(), Some("read comment"));
        for scopes in [some, Scopes::EVERYTHING] {
            assert_eq!(Scopes::from_text(scopes.to_text().as_deref()), Ok(scopes));
        }
        assert!(Scopes::from_text(Some("read all")).is_err());
    }
}
