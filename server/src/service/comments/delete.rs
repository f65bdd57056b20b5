//! Deleting a comment; it can be brought back.

use aside_protocol::id::CommentId;

use super::ReadComment;
use super::change::{ChangeError, change};
use crate::domain::access::{Action, Viewer, decide};
use crate::domain::comment::Deleter;
use crate::resources::Resources;

pub async fn delete(
    resources: &Resources,
    viewer: &Viewer,
    id: CommentId,
) -> Result<ReadComment, ChangeError> {
    change(resources, viewer, id, |comment, facts, now| {
        decide(viewer, Action::DeleteComment(comment.author), facts)?;
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
