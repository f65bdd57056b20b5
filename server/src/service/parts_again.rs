//! What was made of a recording while some of its parts were missing is made anew when they are there again.
//!
//! The words are not: they may have been corrected, and their owner is offered to have them made anew (`transcript::retry`). Nor is
//! text on the screen that was read to its end: its owner can have it read anew.

use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;

use super::{download, poster, preview, sprite};
use crate::domain::event::Change;
use crate::domain::recording::Recording;
use crate::entropy::Entropy;
use crate::store::{Result, Tx};

/// Call in the transaction in which parts of these tracks, which were noted as lost, turn out to be there; answers what open pages
/// are to be told. Of a recording that is not finished nothing was made that its end does not make anew.
pub async fn on_parts_again(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: &Recording,
    tracks: &[TrackName],
    now: Timestamp,
) -> Result<Option<Change>> {
    use TrackName::{Audio, Camera, Video};
    if recording.finished_at.is_none() {
        return Ok(None);
    }
    let id = recording.id;
    if tracks.contains(&Video) {
        poster::on_finish(tx, entropy, id, now).await?;
        sprite::on_finish(tx, entropy, id, now).await?;
        preview::on_finish(tx, entropy, id, now).await?;
    }
    if !tracks.iter().any(|it| matches!(it, Video | Audio | Camera)) {
        return Ok(None);
    }
    let told = download::on_parts_again(tx, entropy, id, now).await?;
    Ok(told.then_some(Change::Download))
}
