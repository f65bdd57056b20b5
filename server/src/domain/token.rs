//! Tokens: by which people, programs, recorders and guests are known. The secrets themselves are `auth::token`.

use std::net::IpAddr;
use std::time::Duration;

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;

use super::names::names;

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
