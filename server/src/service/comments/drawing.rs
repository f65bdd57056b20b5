//! What is drawn on the picture of a comment.

use aside_protocol::id::CommentId;

use crate::domain::access::{Allowed, Watch};
use crate::resources::Resources;
use crate::store::Result;

/// The drawing of a comment of this recording, as JSON; none of one that was deleted, or has none.
pub async fn drawing(
    resources: &Resources,
    recording: &Allowed<Watch>,
    id: CommentId,
) -> Result<Option<String>> {
    let found = resources.store.comment(id).await?;
    let shown = found.is_some_and(|it| {
        it.recording == recording.id
            && it.deleted_at.is_none()
            && it.read_by(recording.viewer())
            && it.drawn
    });
    if !shown {
        return Ok(None);
    }
    resources.store.drawing(id).await
}
