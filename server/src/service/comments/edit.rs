//! New words for a comment, and whether its thread is done.

use aside_protocol::id::{AttachmentId, CommentId};

use super::ReadComment;
use super::change::{ChangeError, change, open_to};
use crate::domain::access::{Action, Viewer, decide};
use crate::domain::comment::{CommentError, clean_body};
use crate::resources::Resources;

/// What is to be changed; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Markdown.
    pub body: Option<String>,
    /// Of a thread, whether it is done.
    pub resolved: Option<bool>,
    /// A program asks, with the token of the viewer.
    pub by_agent: bool,
}

/// Changes what is given; `name` is that of the viewer. With `version`, only if that is still the version.
pub async fn edit(
    resources: &Resources,
    viewer: &Viewer,
    name: Option<&str>,
    id: CommentId,
    version: Option<i64>,
    edit: &Edit,
) -> Result<ReadComment, ChangeError> {
    let body = edit.body.as_deref().map(clean_body).transpose()?;
    change(resources, viewer, id, |comment, facts, now| {
        let author = comment.author;
        if body.is_some() {
            decide(viewer, Action::EditComment(author), facts)?;
            open_to(edit.by_agent, viewer, comment, Action::EditComment(author))?;
        }
        if edit.resolved.is_some() {
            decide(viewer, Action::ResolveThread(author), facts)?;
            open_to(
                edit.by_agent,
                viewer,
                comment,
                Action::ResolveThread(author),
            )?;
            if comment.parent.is_some() {
                return Err(CommentError::NotAThread.into());
            }
        }
        if body.is_none() && edit.resolved.is_none() {
            decide(viewer, Action::Watch, facts)?;
        }
        if comment.deleted_at.is_some() {
            return Err(ChangeError::Deleted);
        }
        if version.is_some_and(|version| version != comment.version) {
            return Err(ChangeError::OtherVersion(comment.version));
        }
        if let Some(body) = &body {
            comment.edit(body, now);
        }
        if let Some(resolved) = edit.resolved {
            comment.resolve(resolved, name, now);
        }
        Ok(())
    })
    .await
}

/// Takes a file out of a comment for good; its author may.
pub async fn remove_file(
    resources: &Resources,
    viewer: &Viewer,
    id: CommentId,
    file: AttachmentId,
) -> Result<ReadComment, ChangeError> {
    change(resources, viewer, id, |comment, facts, now| {
        decide(viewer, Action::EditComment(comment.author), facts)?;
        if comment.deleted_at.is_some() {
            return Err(ChangeError::Deleted);
        }
        if comment.remove_file(file, now)? {
            Ok(())
        } else {
            Err(ChangeError::NotFound)
        }
    })
    .await
}
