//! An issue of a tracker that stands for a comment, for a recording or for a moment of one, or on which a recording is linked
//! (decision 80). Pure.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use super::outbound::{DestinationId, EventId, IssueId};

/// Of one recording.
pub const MAX_ISSUES: i64 = 500;

/// A row of `issues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub id: IssueId,
    /// None: it is gone.
    pub destination: Option<DestinationId>,
    pub recording: RecordingId,
    pub comment: Option<CommentId>,
    /// The newest one that asks for it; none: it is forgotten.
    pub event: Option<EventId>,
    /// With whose rights it is told; none: they are gone.
    pub asked_by: Option<UserId>,
    /// By [`subject`].
    pub subject: String,
    pub at_ms: u64,
    /// An issue that was there before, as people call it: the recording is linked on it.
    pub linked: Option<String>,
    pub created_at: Timestamp,
    /// Since when the tracker may have it.
    pub begun_at: Option<Timestamp>,
    /// The password of the recording that whoever asked for it proved to know then.
    pub password: Option<i64>,
    /// By what the tracker knows it; none: it is not there (yet).
    pub remote: Option<String>,
    /// As people call it.
    pub name: String,
    pub url: String,
    pub state: String,
    pub closed: bool,
    /// At the tracker.
    pub changed_at: Timestamp,
}

/// What comments show of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLink {
    pub name: String,
    pub url: String,
    pub state: String,
    pub closed: bool,
}

/// What an issue is about: who asks for the same at one tracker again means the one that is there.
pub fn subject(
    recording: RecordingId,
    comment: Option<CommentId>,
    at_ms: u64,
    linked: Option<&str>,
) -> String {
    match (comment, linked) {
        (_, Some(issue)) => format!("{recording} on {issue}"),
        (Some(comment), None) => comment.to_string(),
        (None, None) => format!("{recording} at {}", at_ms / 1000),
    }
}

/// By what an issue is found at its tracker when nobody knows whether it was made.
pub fn mark(id: IssueId) -> String {
    format!("aside-{}", id.0.simple())
}
