//! Issues as pages show them.

use aside_protocol::id::CommentId;
use aside_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::outbound::{DeliveryState, Destination, DestinationId, IssueId, Way};
use crate::service::outbound::issues::list::Asked;
use crate::service::outbound::issues::list::Offer;

/// How far an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum IssueProgress {
    /// It is asked for.
    Waiting,
    /// It is there.
    Made,
    /// It came to nothing; `why` says what to do.
    Failed,
}

/// An issue of a tracker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Issue)]
pub struct IssueView {
    id: IssueId,
    /// The comment that it stands for; none: the recording, or a moment of it.
    #[schema(required)]
    comment_id: Option<CommentId>,
    at_ms: u64,
    /// It was there before: the recording is linked on it.
    linked: bool,
    /// Of the integration; none: it is gone.
    #[schema(required)]
    tracker: Option<String>,
    #[schema(required)]
    tracker_id: Option<DestinationId>,
    progress: IssueProgress,
    /// As people call it, such as `ABC-12`; empty while it is not there.
    name: String,
    url: String,
    /// In the tracker's words; empty: not known (yet).
    state: String,
    closed: bool,
    /// Why it is not there (yet), and what to do about it.
    #[schema(required)]
    why: Option<String>,
    /// When it is tried again.
    #[schema(required)]
    due_at: Option<Timestamp>,
    asked_at: Timestamp,
}

impl From<Asked> for IssueView {
    fn from(it: Asked) -> Self {
        let Asked {
            issue,
            tracker,
            delivery,
            due_at,
            why,
        } = it;
        let made = issue.remote.is_some();
        let waits = delivery == Some(DeliveryState::Waiting);
        let progress = match (made, waits) {
            (true, _) => IssueProgress::Made,
            (false, true) => IssueProgress::Waiting,
            (false, false) => IssueProgress::Failed,
        };
        Self {
            id: issue.id,
            comment_id: issue.comment,
            at_ms: issue.at_ms,
            linked: issue.linked.is_some(),
            tracker,
            tracker_id: issue.destination,
            progress,
            name: issue.name,
            url: issue.url,
            state: issue.state,
            closed: issue.closed,
            why: why.filter(|_| !made),
            due_at: due_at.filter(|_| waits && !made),
            asked_at: issue.created_at,
        }
    }
}

/// Where an issue can be made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tracker)]
pub(super) struct TrackerView {
    id: DestinationId,
    kind: Way,
    name: String,
    /// It is the server's.
    server: bool,
}

impl From<Destination> for TrackerView {
    fn from(it: Destination) -> Self {
        Self {
            id: it.id,
            kind: it.target.way(),
            server: it.owner.is_none(),
            name: it.name,
        }
    }
}

/// What can be done with a comment or a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Issues {
    /// The oldest first; for members.
    issues: Vec<IssueView>,
    /// For members who may comment.
    trackers: Vec<TrackerView>,
    /// For every other tracker: a title,
    title: String,
    /// and a text in Markdown: a link to the moment, the comment, what was said around it, the steps before it.
    markdown: String,
}

impl From<Offer> for Issues {
    fn from(it: Offer) -> Self {
        Self {
            issues: it.issues.into_iter().map(IssueView::from).collect(),
            trackers: it.trackers.into_iter().map(TrackerView::from).collect(),
            markdown: it.draft.markdown(),
            title: it.draft.title,
        }
    }
}
