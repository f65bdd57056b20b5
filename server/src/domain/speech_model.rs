//! How the speech model of the workers stands.

use std::str::FromStr;

/// What a worker found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It cannot be loaded, or not be downloaded (yet).
    Missing,
    Downloading,
    /// It is on disk and was loaded once.
    Ready,
}

impl Phase {
    pub const ALL: [Self; 3] = [Self::Missing, Self::Downloading, Self::Ready];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Downloading => "downloading",
            Self::Ready => "ready",
        }
    }
}

/// A text that names no phase.
#[derive(Debug, thiserror::Error)]
#[error("no such state of a speech model")]
pub struct NoSuchPhase;

impl FromStr for Phase {
    type Err = NoSuchPhase;
    fn from_str(s: &str) -> Result<Self, NoSuchPhase> {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == s)
            .ok_or(NoSuchPhase)
    }
}

/// The model that is named in the settings of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus {
    pub phase: Phase,
    /// As in the setting: a known name or a path.
    pub name: String,
    /// Of a download.
    pub percent: Option<u8>,
}
