//! How far a model is with a recording.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

use crate::domain::names::names;
use crate::domain::transcript::Word;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// For a worker, or for a model that does not answer.
    Waiting,
    Running,
    Done,
    /// It was given up; somebody may ask again.
    Failed,
}

names!(RunState, "state of a run", {
    Waiting: "waiting",
    Running: "running",
    Done: "done",
    Failed: "failed",
});

/// A row of `assistant_runs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub recording: RecordingId,
    pub state: RunState,
    pub model: String,
    /// Why it waits, failed, or is not whole.
    pub why: Option<String>,
    /// Of the words that were sent.
    pub fingerprint: String,
    /// Parts of the talk: asked about, and all.
    pub asked: u64,
    pub parts: u64,
    pub changed_at: Timestamp,
}

impl Run {
    /// In percent.
    pub fn percent(&self) -> u8 {
        let percent = self.asked.min(self.parts) * 100 / self.parts.max(1);
        u8::try_from(percent).unwrap_or(100)
    }
}

/// Which words were sent: another text has another one.
pub fn fingerprint(words: &[Word]) -> String {
    let mut all = String::new();
    for word in words {
        all.push_str(&word.start_ms.to_string());
        all.push(' ');
        all.push_str(&word.text);
        all.push('\n');
    }
    aside_protocol::recording::Sha256::of(all.as_bytes()).to_string()
}
