//! What all changes of a comment have in common.

use aside_protocol::id::CommentId;
use aside_protocol::time::Timestamp;

use super::{People, ReadComment, check_mentions};
use crate::domain::access::{Action, Facts, Refusal, Viewer};
use crate::domain::attachment::Attachment;
use crate::domain::comment::{Comment, CommentError};
use crate::domain::reaction::ReactionError;
use crate::limits::Wait;
use crate::resources::Resources;
use crate::service::gate;
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::comment_changed;
use crate::store::comment_people::mentioned_people;
use crate::store::{StoreError, Tx, attachments, tombstones};

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
    Reaction(#[from] ReactionError),
    #[error("too many reactions in a short time")]
    TooMany(Wait),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether whoever asks may do it, if that is a program.
pub(super) fn open_to(
    by_agent: bool,
    viewer: &Viewer,
    comment: &Comment,
    action: Action,
) -> Result<(), Refusal> {
    if by_agent {
        comment.open_to_agents(viewer, action)
    } else {
        Ok(())
    }
}

/// Changes a comment as it is now by `rule`, which decides first; tells open pages if that changed anything.
///
/// `rule` is asked twice: outside of the transaction, so that who may not do this takes no lock, and within.
pub(super) async fn change(
    resources: &Resources,
    viewer: &Viewer,
    id: CommentId,
    rule: impl Fn(&mut Comment, &Facts<'_>, Timestamp) -> Result<(), ChangeError>,
) -> Result<ReadComment, ChangeError> {
    let (store, now) = (&resources.store, resources.now());
    let readable = |comment: Comment| Some(comment).filter(|it| it.read_by(viewer));
    let mut seen = store
        .comment(id)
        .await?
        .and_then(readable)
        .ok_or(ChangeError::NotFound)?;
    let recording = gate::seen(resources, viewer, seen.recording);
    let recording = recording.await?.ok_or(ChangeError::NotFound)?;
    rule(&mut seen, &recording.facts(now), now)?;

    let mut told = Told::default();
    let read = store
        .write(async |tx: &mut Tx| -> Result<ReadComment, ChangeError> {
            let before = tx.comment(id).await?.and_then(readable);
            let before = before.ok_or(ChangeError::NotFound)?;
            let recording = gate::seen_held(tx, viewer, before.recording, now);
            let recording = recording.await?.ok_or(ChangeError::NotFound)?;
            let owns = viewer.owns(&recording.recording);
            let mut after = before.clone();
            rule(&mut after, &recording.facts(now), now)?;
            if after == before {
                return Ok(ReadComment {
                    comment: before,
                    owns,
                });
            }
            after.version = before.version + 1;
            tx.update_comment(&after).await?;
            let rewritten =
                after.body != before.body || after.attachments.len() != before.attachments.len();
            if after.body != before.body {
                let people = People {
                    recording: before.recording,
                    thread: Some(before.thread()),
                    viewer,
                };
                check_mentions::<ChangeError>(tx, people, &after.body, &before.body).await?;
            }
            if rewritten {
                tx.comment_rewritten(&before, &after).await?;
            }
            let gone = |it: &&Attachment| !after.attachments.iter().any(|left| left.id == it.id);
            for file in before.attachments.iter().filter(gone) {
                if let Some(key) = attachments::remove(tx, id, file, now).await? {
                    tombstones::add(tx, &key, now).await?;
                }
            }
            // With the names of whom it mentions and who is to do it.
            let comment = tx.comment(id).await?.ok_or(ChangeError::NotFound)?;
            let by = viewer.member();
            if comment.body != before.body {
                let mentioned = mentioned_people(tx, id).await?;
                let cause = Cause::Edited {
                    comment: &comment,
                    mentioned: &mentioned,
                };
                told.add(tell(tx, resources, by, cause).await?);
            }
            if comment.resolved_at.is_some() && before.resolved_at.is_none() {
                let cause = Cause::Resolved { thread: &comment };
                told.add(tell(tx, resources, by, cause).await?);
            }
            if comment.resolved_at.is_none() && before.resolved_at.is_some() {
                let cause = Cause::Reopened { thread: &comment };
                told.add(tell(tx, resources, by, cause).await?);
            }
            comment_changed(tx, &comment, now).await?;
            Ok(ReadComment { comment, owns })
        })
        .await?;
    resources.notify.notify(read.comment.recording);
    told.wake(resources);
    Ok(read)
}
