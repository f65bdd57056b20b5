//! Where recordings go, and the way of signing in there.

use serde::Deserialize;

/// Which server this computer is signed in to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Account {
    /// Not known yet.
    #[default]
    Unknown,
    SignedOut {
        server: Option<String>,
    },
    SignedIn {
        server: String,
    },
}

/// `aside account --json`.
#[derive(Debug, Deserialize)]
struct Said {
    server: Option<String>,
    signed_in: bool,
}

impl Account {
    /// Reads what `aside account --json` said.
    pub fn read(text: &str) -> Option<Self> {
        let said: Said = serde_json::from_str(text).ok()?;
        Some(match said {
            Said {
                server: Some(server),
                signed_in: true,
            } => Self::SignedIn { server },
            Said { server, .. } => Self::SignedOut { server },
        })
    }
}

/// A sign-in under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignIn {
    /// What was typed.
    pub server: String,
    pub step: Step,
    /// Recordings stay on this computer for now.
    pub skipped: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Step {
    #[default]
    Idle,
    /// The server is asked for a code.
    Asking,
    /// The code is to be confirmed in the browser.
    Code {
        code: String,
        page: String,
        page_with_code: String,
    },
    Failed(String),
}

/// A line of `aside login --json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LoginLine {
    Code {
        code: String,
        page: String,
        page_with_code: String,
    },
    SignedIn {
        server: String,
        person: String,
    },
    Error {
        message: String,
    },
    #[serde(other)]
    Other,
}
