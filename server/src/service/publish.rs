//! Events for open pages: appended in the transaction of their cause. Append last: it holds a lock until the commit.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

use crate::domain::comment::Comment;
use crate::domain::event::Change;
use crate::store::{Result, Tx, events};

/// Tells open pages to look how the recording stands.
pub async fn recording_changed(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    events::append(tx, recording, Change::Recording, now).await?;
    Ok(())
}

/// A comment was written, changed, deleted or brought back.
pub async fn comment_changed(tx: &mut Tx, comment: &Comment, now: Timestamp) -> Result<()> {
    events::append(tx, comment.recording, Change::Comment(comment.id), now).await?;
    Ok(())
}
