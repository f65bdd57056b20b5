//! Asking somebody to do what a thread says, and taking that back.

use aside_protocol::id::{CommentId, UserId};
use jiff::civil::Date;

use super::ReadComment;
use super::change::ChangeError;
use crate::domain::access::{self, Allowed, Refusal, Viewer};
use crate::domain::assignment::Assignment;
use crate::domain::comment::{CommentError, Visibility};
use crate::resources::Resources;
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::comment_changed;
use crate::store::Tx;

/// Who is to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assign {
    pub to: UserId,
    /// A day of their calendar.
    pub due: Option<Date>,
}

/// Assigns a thread, or with none takes that back. Who comments and has an account may. With `version`, only if that is still the
/// version.
pub async fn assign(
    resources: &Resources,
    recording: &Allowed<access::Comment>,
    id: CommentId,
    version: Option<i64>,
    wanted: Option<Assign>,
) -> Result<ReadComment, ChangeError> {
    let (store, now, viewer) = (&resources.store, resources.now(), recording.viewer());
    if !matches!(viewer, Viewer::Member { .. }) {
        return Err(Refusal::SignIn.into());
    }
    let known = match wanted {
        Some(it) => store.user(it.to).await?.is_some() && !store.is_deactivated(it.to).await?,
        None => true,
    };
    let mut told = Told::default();
    let read = store
        .write(async |tx: &mut Tx| -> Result<ReadComment, ChangeError> {
            let found = tx.comment(id).await?;
            let before = found.filter(|it| it.recording == recording.id && it.read_by(viewer));
            let before = before.ok_or(ChangeError::NotFound)?;
            if before.deleted_at.is_some() {
                return Err(ChangeError::Deleted);
            }
            if before.parent.is_some() {
                return Err(CommentError::AssignsReply.into());
            }
            if !known {
                return Err(CommentError::NoSuchPerson.into());
            }
            let others = wanted.is_some_and(|it| Some(it.to) != viewer.member());
            if others && before.visibility == Visibility::Author {
                return Err(CommentError::AssignsNote.into());
            }
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            let owns = viewer.owns(recording);
            let held = before.assignment.as_ref();
            if held.map(|it| (it.to, it.due)) == wanted.map(|it| (it.to, it.due)) {
                return Ok(ReadComment {
                    comment: before,
                    owns,
                });
            }
            let mut after = before;
            after.version += 1;
            after.assignment = wanted.map(|it| Assignment {
                to: it.to,
                name: String::new(),
                due: it.due,
                zone: None,
                named: false,
            });
            tx.update_comment(&after).await?;
            // With the name of who is to do it.
            let comment = tx.comment(id).await?.ok_or(ChangeError::NotFound)?;
            if let Some(to) = wanted.map(|it| it.to) {
                let cause = Cause::Assigned {
                    thread: &comment,
                    to,
                };
                told = tell(tx, resources, viewer.member(), cause).await?;
            }
            comment_changed(tx, &comment, now).await?;
            Ok(ReadComment { comment, owns })
        })
        .await?;
    resources.notify.notify(recording.id);
    told.wake(resources);
    Ok(read)
}
