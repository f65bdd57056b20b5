//! Lists of one's own recordings.

use std::collections::HashMap;

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::library::{Facts, Filter, Folder, TagCount};
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

/// A recording in the library of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub card: Card,
    pub folder: Option<FolderId>,
    /// Ascending.
    pub tags: Vec<String>,
}

/// What a person recorded, without the trash: at most `limit`, behind `after` in the order of the filter; and whether more follow.
pub async fn own(
    resources: &Resources,
    owner: UserId,
    filter: &Filter,
    after: Option<RecordingId>,
    limit: u32,
) -> Result<(Vec<Listed>, bool)> {
    let (store, now) = (&resources.store, resources.now());
    let found = store.library_page(owner, filter, after, limit + 1, now);
    let (found, more) = cut(found.await?, limit);
    let mut listed = Vec::with_capacity(found.len());
    for recording in found {
        let Facts {
            folder,
            length_ms,
            comments,
            tags,
        } = store.library_facts(recording.id).await?;
        let length_ms = match length_ms {
            Some(length) => length,
            None => store.duration_ms(&recording).await?,
        };
        let card = Card {
            recording,
            length_ms,
            comments,
        };
        listed.push(Listed { card, folder, tags });
    }
    Ok((listed, more))
}

/// How a person's recordings are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// By name, each with how many recordings lie in it outside of the trash.
    pub folders: Vec<(Folder, u64)>,
    pub tags: Vec<TagCount>,
}

/// Folders and tags of a person.
pub async fn overview(resources: &Resources, owner: UserId) -> Result<Overview> {
    let store = &resources.store;
    let counts: HashMap<FolderId, u64> = store.folder_counts(owner).await?.into_iter().collect();
    let folders = store.folders_of(owner).await?.into_iter();
    let counted = folders.map(|folder| {
        let count = counts.get(&folder.id).copied().unwrap_or(0);
        (folder, count)
    });
    Ok(Overview {
        folders: counted.collect(),
        tags: store.tags_of(owner).await?,
    })
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
fn cut(mut found: Vec<Recording>, limit: u32) -> (Vec<Recording>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

async fn cards(resources: &Resources, found: Vec<Recording>, limit: u32) -> Result<Cards> {
    let (found, more) = cut(found, limit);
    let mut cards = Vec::with_capacity(found.len());
    for recording in found {
        cards.push(card(resources, recording).await?);
    }
    Ok(Cards { cards, more })
}
