//! What all changes of a comment have in common.

use aside_protocol::id::CommentId;
use aside_protocol::time::Timestamp;

use crate::domain::access::{Facts, Refusal, Viewer};
use crate::domain::comment::{Comment, CommentError};
use crate::resources::Resources;
use crate::service::gate;
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::comment_changed;
use crate::store::{StoreError, Tx};

/// Why a comment was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such comment")]
    NotFound,
    #[error("This comment was deleted.")]
    Deleted,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Comment(#[from] CommentError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes a comment as it is now by `rule`, which decides first; tells open pages if that changed anything.
///
/// `rule` is asked twice: outside of the transaction, so that who may not do this takes no lock, and within.
pub(super) async fn change(
    resources: &Resources,
    viewer: &Viewer,
    id: CommentId,
    rule: impl Fn(&mut Comment, &Facts<'_>, Timestamp) -> Result<(), ChangeError>,
) -> Result<Comment, ChangeError> {
    let (store, now) = (&resources.store, resources.now());
    let mut seen = store.comment(id).await?.ok_or(ChangeError::NotFound)?;
    let recording = gate::seen(resources, viewer, seen.recording);
    let recording = recording.await?.ok_or(ChangeError::NotFound)?;
    rule(&mut seen, &recording.facts(now), now)?;

    let (comment, told) = store
        .write(
            async |tx: &mut Tx| -> Result<(Comment, Told), ChangeError> {
                let before = tx.comment(id).await?.ok_or(ChangeError::NotFound)?;
                let recording = gate::seen_held(tx, viewer, before.recording, now);
                let recording = recording.await?.ok_or(ChangeError::NotFound)?;
                let mut after = before.clone();
                rule(&mut after, &recording.facts(now), now)?;
                let mut told = Told::default();
                if after != before {
                    after.version = before.version + 1;
                    tx.update_comment(&after).await?;
                    if after.resolved_at.is_some() && before.resolved_at.is_none() {
                        let cause = Cause::Resolved { thread: &after };
                        told = tell(tx, resources, viewer.member(), cause).await?;
                    }
                    comment_changed(tx, &after, now).await?;
                }
                Ok((after, told))
            },
        )
        .await?;
    resources.notify.notify(comment.recording);
    told.wake(&resources.notify);
    Ok(comment)
}
