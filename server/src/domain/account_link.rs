//! Links that do one thing for one account, once. Pure.

use std::time::Duration;

use aside_protocol::id::UserId;

use super::account::Email;
use super::names::names;

/// What a link does. The column `purpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sets a new password without the old one.
    Reset,
    /// Proves that a mail address is the person's, which makes it theirs.
    Mail,
}

names!(Purpose, "purpose", {
    Reset: "reset",
    Mail: "mail",
});

impl Purpose {
    /// How long the link can be followed.
    pub const fn lifetime(self) -> Duration {
        const HOUR: Duration = Duration::from_secs(3600);
        match self {
            Self::Reset => HOUR,
            Self::Mail => HOUR.saturating_mul(24),
        }
    }
}

/// Whose link it is, and for which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    pub user: UserId,
    pub email: Option<Email>,
}
