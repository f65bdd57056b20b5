//! Deleting a comment; it can be brought back.

use aside_protocol::id::CommentId;

use super::ReadComment;
use super::change::{ChangeError, change, open_to};
use crate::domain::access::{Action, Viewer, decide};
use crate::domain::comment::Deleter;
use crate::resources::Resources;

/// `by_agent`: a program asks, with the token of the viewer.
pub async fn delete(
    resources: &Resources,
    viewer: &Viewer,
    by_agent: bool,
    id: CommentId,
) -> Result<ReadComment, ChangeError> {
    change(resources, viewer, id, |comment, facts, now| {
        let action = Action::DeleteComment(comment.author);
        decide(viewer, action, facts)?;
        open_to(by_agent, viewer, comment, action)?;
        let by = if viewer.owns(facts.recording) {
            Deleter::Owner
        } else {
            Deleter::Author
        };
        comment.delete(by, now);
        Ok(())
    })
    .await
}
