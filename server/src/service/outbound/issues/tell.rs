//! What open pages are told of an issue.

use aside_protocol::time::Timestamp;

use crate::domain::event::Change;
use crate::domain::issue::Issue;
use crate::store::{Result, Tx, events};

/// Tells them to look anew. Call it last: it holds a lock until the commit.
pub(super) async fn tell(tx: &mut Tx, issue: &Issue, now: Timestamp) -> Result<()> {
    let change = issue.comment.map_or(Change::Recording, Change::Comment);
    events::append(tx, issue.recording, change, now).await?;
    Ok(())
}
