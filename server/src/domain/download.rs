//! A finished recording as one file, for people who want it on their disk and for players that know one picture only.

use std::time::Duration;

use super::names::names;

/// A file that nobody asked for this long is removed; it can be made again.
pub const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a change of the layout waits for the next one before the file is made again.
pub const SETTLES_AFTER: Duration = Duration::from_secs(10);

/// How far the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DownloadState {
    /// Nobody has asked for it.
    None,
    /// No worker has begun.
    Waiting,
    Running,
    /// It is there.
    Ready,
    /// It could not be made; asking again tries again.
    Failed,
}

names!(DownloadState, "state of a download", {
    None: "none",
    Waiting: "waiting",
    Running: "running",
    Ready: "ready",
    Failed: "failed",
});

/// A row of `downloads`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    pub state: DownloadState,
    /// 0 to 100.
    pub percent: u8,
    /// Why it failed, for people.
    pub why: Option<String>,
    pub file: Option<File>,
}

/// The file of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Object path: of the file, or of the tables by which it is put together of parts.
    pub key: String,
    /// Bytes of the file.
    pub size: u64,
}

impl Download {
    /// In this state, without a file.
    pub const fn without_file(state: DownloadState) -> Self {
        Self {
            state,
            percent: 0,
            why: None,
            file: None,
        }
    }

    /// Whether asking for it lets a worker begin.
    pub const fn begins_when_asked(&self) -> bool {
        matches!(self.state, DownloadState::None | DownloadState::Failed)
    }
}

/// Name of the file for whoever saves it.
pub fn file_name(title: &str) -> String {
    format!("{}.mp4", file_stem(title))
}

/// A title as far as file systems take it, at most 80 characters.
pub fn file_stem(title: &str) -> String {
    let taken = |c: char| {
        let forbidden = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if forbidden || c.is_control() { ' ' } else { c }
    };
    let cleaned: String = title.chars().map(taken).collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(80).collect();
    let name = name.trim_matches([' ', '.']);
    let name = if name.is_empty() { "recording" } else { name };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_as_its_recording_as_far_as_file_systems_take_it() {
        assert_eq!(file_name("Bug in login"), "Bug in login.mp4");
        assert_eq!(file_name("../etc: a\"b\n/c"), "etc a b c.mp4");
        assert_eq!(file_name("Überblick 概要"), "Überblick 概要.mp4");
        for empty in ["", " . ", "///"] {
            assert_eq!(file_name(empty), "recording.mp4");
        }
        assert_eq!(file_name(&"a".repeat(500)).len(), 84);
    }
}
