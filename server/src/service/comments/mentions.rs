//! Whom a comment may mention: whoever its writer sees.

use aside_protocol::id::{CommentId, RecordingId};

use crate::domain::access::Viewer;
use crate::domain::comment::CommentError;
use crate::domain::mention::mentioned;
use crate::store::comment_people::{known_in_thread, known_to_member};
use crate::store::{StoreError, Tx};

/// Who writes where.
#[derive(Debug, Clone, Copy)]
pub(super) struct People<'v> {
    pub(super) recording: RecordingId,
    /// None where the comment opens one.
    pub(super) thread: Option<CommentId>,
    pub(super) viewer: &'v Viewer,
}

/// Refuses words that mention somebody of whom the writer knows nothing; who stood in the words `before` may stay.
pub(super) async fn check_mentions<E: From<StoreError> + From<CommentError>>(
    tx: &mut Tx,
    people: People<'_>,
    body: &str,
    before: &str,
) -> Result<(), E> {
    let old = mentioned(before);
    for who in mentioned(body) {
        if old.contains(&who) {
            continue;
        }
        let known = match people.viewer {
            Viewer::Member { .. } => known_to_member(tx, people.recording, who).await?,
            _ => known_in_thread(tx, people.recording, people.thread, who).await?,
        };
        if !known {
            return Err(CommentError::UnknownMention.into());
        }
    }
    Ok(())
}
