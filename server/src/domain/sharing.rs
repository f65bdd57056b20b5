//! Who a recording is for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who may open the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody who has the link.
    Link,
    /// People with an account on this server.
    Members,
}

impl Audience {
    pub const ALL: [Self; 2] = [Self::Link, Self::Members];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Members => "members",
        }
    }
}

/// A text that names no audience.
#[derive(Debug, thiserror::Error)]
#[error("no such audience: expected link or members")]
pub struct NoSuchAudience;

impl FromStr for Audience {
    type Err = NoSuchAudience;
    fn from_str(s: &str) -> Result<Self, NoSuchAudience> {
        Self::ALL
            .into_iter()
            .find(|a| a.as_str() == s)
            .ok_or(NoSuchAudience)
    }
}
