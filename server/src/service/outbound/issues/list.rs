//! The issues of a recording, the trackers where another one can be made, and its words for every other tracker.

use aside_protocol::id::CommentId;

use super::ask::{IssueError, for_eyes_of, is_theirs, readable};
use super::material;
use crate::domain::access::Viewer;
use crate::domain::outbound::Destination;
use crate::domain::outbound::tracker::draft::Draft;
use crate::domain::recording::Recording;
use crate::resources::Resources;
pub use crate::store::outbound::issues::Asked;

/// What can be done with a comment or a moment.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Those that work, of whoever may comment and has an account.
    pub trackers: Vec<Destination>,
    /// About the same comment; without one, all that may be seen. Members see them.
    pub issues: Vec<Asked>,
    pub draft: Draft,
}

/// `server`: where people reach this server. `comments`: whether whoever asks may comment.
pub async fn offer(
    resources: &Resources,
    server: &str,
    recording: &Recording,
    viewer: &Viewer,
    comments: bool,
    about: (Option<CommentId>, u64),
) -> Result<Offer, IssueError> {
    let store = &resources.store;
    let (comment, at_ms) = about;
    let comment = match comment {
        None => None,
        Some(id) => Some(readable(store.comment(id).await?, recording.id, viewer)?),
    };
    let mut trackers = Vec::new();
    let mut issues = Vec::new();
    if let Some(who) = viewer.member() {
        if comments {
            trackers = store.destinations(Some(who)).await?;
            trackers.extend(store.destinations(None).await?);
            trackers.retain(|it| is_theirs(it, who) && it.paused.is_none());
        }
        issues = store.issues_of(recording.id).await?;
        match &comment {
            Some(comment) => issues.retain(|it| it.issue.comment == Some(comment.id)),
            None => {
                // An issue tells that its comment is there.
                let ids: Vec<CommentId> = issues.iter().filter_map(|it| it.issue.comment).collect();
                let read = match ids.is_empty() {
                    true => Vec::new(),
                    false => store.comments_by_id(&ids).await?,
                };
                let may = |id: CommentId| {
                    read.iter()
                        .any(|it| it.id == id && it.deleted_at.is_none() && it.read_by(viewer))
                };
                issues.retain(|it| it.issue.comment.is_none_or(may));
            }
        }
        issues = issues.into_iter().map(|it| for_eyes_of(it, who)).collect();
    }
    let draft = material::draft(
        resources,
        server,
        recording,
        viewer,
        comment.as_ref(),
        at_ms,
    );
    Ok(Offer {
        trackers,
        issues,
        draft: draft.await?,
    })
}
