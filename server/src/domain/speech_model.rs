//! How the speech model of the workers stands.

use super::names::names;

/// What a worker found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It cannot be loaded, or not be downloaded (yet).
    Missing,
    Downloading,
    /// It is on disk and was loaded once.
    Ready,
}

names!(Phase, "state of a speech model", {
    Missing: "missing",
    Downloading: "downloading",
    Ready: "ready",
});

/// The model that is named in the settings of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus {
    pub phase: Phase,
    /// As in the setting: a known name or a path.
    pub name: String,
    /// Of a download.
    pub percent: Option<u8>,
}
