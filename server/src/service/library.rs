//! Lists of one's own recordings.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::store::Result;

/// A recording in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub recording: Recording,
    /// Length in milliseconds of what is watchable.
    pub length_ms: u64,
    /// Not deleted ones, replies too.
    pub comments: u64,
}

/// Some recordings in a row, and whether more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cards {
    pub cards: Vec<Card>,
    pub more: bool,
}

/// What a person recorded, newest first, without the trash: at most `limit`, older than `before`.
pub async fn own(
    resources: &Resources,
    owner: UserId,
    before: Option<RecordingId>,
    limit: u32,
) -> Result<Cards> {
    let found = resources.store.recordings_of(owner, before, limit + 1);
    cards(resources, found.await?, limit).await
}

/// What a person moved to the trash, the newest move first: at most `limit`, moved before `before`.
pub async fn trash(
    resources: &Resources,
    owner: UserId,
    before: Option<(Timestamp, RecordingId)>,
    limit: u32,
) -> Result<Cards> {
    let found = resources.store.trash_of(owner, before, limit + 1);
    cards(resources, found.await?, limit).await
}

/// One recording as lists show it.
pub async fn card(resources: &Resources, recording: Recording) -> Result<Card> {
    let store = &resources.store;
    Ok(Card {
        length_ms: store.duration_ms(&recording).await?,
        comments: store.count_comments(recording.id).await?,
        recording,
    })
}

/// Of `found`, which holds one more than `limit` where more follow.
async fn cards(resources: &Resources, mut found: Vec<Recording>, limit: u32) -> Result<Cards> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let mut cards = Vec::with_capacity(found.len());
    for recording in found {
        cards.push(card(resources, recording).await?);
    }
    Ok(Cards { cards, more })
}
