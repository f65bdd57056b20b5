//! Bringing a deleted comment back. Only who deleted it may: what the owner of the recording deleted, nobody else
//! brings back.

use aside_protocol::id::CommentId;

use super::ReadComment;
use super::change::{ChangeError, change, open_to};
use crate::domain::access::{Action, Viewer, decide};
use crate::resources::Resources;

/// `by_agent`: a program asks, with the token of the viewer.
pub async fn restore(
    resources: &Resources,
    viewer: &Viewer,
    by_agent: bool,
    id: CommentId,
) -> Result<ReadComment, ChangeError> {
    change(resources, viewer, id, |comment, facts, _| {
        // Restoring what is not deleted changes nothing; it is for who might delete it.
        let action = match comment.deleted_at {
            Some(_) => Action::RestoreComment(comment.author, comment.deleted_by),
            None => Action::DeleteComment(comment.author),
        };
        decide(viewer, action, facts)?;
        open_to(by_agent, viewer, comment, action)?;
        comment.restore();
        Ok(())
    })
    .await
}
