//! Lists of recordings: one's own, those of others, the trash.

use std::collections::HashMap;
use std::time::Duration;

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use super::actor::Member;
use crate::domain::access::{Watch, allow};
use crate::domain::library::{Entry, Filter, Folder, TagCount};
use crate::domain::recording::Recording;
use crate::domain::views::is_unfinished;
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

/// A recording in a list of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub card: Card,
    pub owner: (UserId, String),
    /// Where its owner keeps it; nobody else is told.
    pub folder: Option<FolderId>,
    /// Ascending.
    pub tags: Vec<String>,
    /// How often it was watched, where that is counted.
    pub views: Option<u64>,
    /// Of somebody else's: what the member watched of it, where that is noted.
    pub watched: Option<SeenBefore>,
    /// Of one's own: whether no rule removes it.
    pub pinned: bool,
    /// Of one's own: when a rule moves it to the trash, once that was announced.
    pub trash_at: Option<Timestamp>,
}

/// What somebody watched of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBefore {
    Nothing,
    /// Until there, in milliseconds.
    Until(u64),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub listed: Vec<Listed>,
    /// Behind which recording the next one begins.
    pub next: Option<RecordingId>,
}

/// A list as a member sees it, without the trash: at most `limit`, behind `after` in the order of the filter. The policy decides
/// about each recording; what asks for a password is left out, because a list tells its title.
pub async fn list(
    resources: &Resources,
    member: &Member,
    filter: &Filter,
    after: Option<RecordingId>,
    limit: u32,
) -> Result<Page> {
    let (store, now) = (&resources.store, resources.now());
    let found = store.listed(member.user.id, filter, after, limit + 1, now);
    let (found, more) = cut(found.await?, limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|entry| entry.seen.recording.id);
    let mut listed = Vec::with_capacity(found.len());
    for entry in found {
        listed.extend(admitted(resources, member, entry).await?);
    }
    Ok(Page { listed, next })
}

/// So long what somebody began to watch is offered again.
const UNFINISHED_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Of what was watched last, so many are looked at.
const LOOKED_AT: u32 = 48;

/// What a member began to watch and did not finish, the newest first: at most `limit`.
pub async fn unfinished(
    resources: &Resources,
    member: &Member,
    limit: usize,
) -> Result<Vec<Listed>> {
    let since = resources.now().minus(UNFINISHED_FOR);
    let store = &resources.store;
    let found = store.last_watched(member.user.id, since, LOOKED_AT).await?;
    let mut listed = Vec::new();
    for entry in found {
        if listed.len() == limit {
            break;
        }
        let shown = admitted(resources, member, entry).await?;
        listed.extend(shown.filter(|it| match it.watched {
            Some(SeenBefore::Until(at)) => is_unfinished(at, it.card.length_ms),
            Some(SeenBefore::Nothing) | None => false,
        }));
    }
    Ok(listed)
}

/// What the list of a member tells of a recording, if the policy lets them watch it.
async fn admitted(resources: &Resources, member: &Member, entry: Entry) -> Result<Option<Listed>> {
    let Entry {
        seen,
        owner_name,
        folder,
        length_ms,
        comments,
        tags,
        views,
        position_ms,
        pinned,
        trash_at,
        switches,
    } = entry;
    let Ok(recording) = allow::<Watch>(&member.viewer(), seen, resources.now()) else {
        return Ok(None);
    };
    let own = recording.is_the_viewers();
    let recording = recording.into_recording();
    let length_ms = match length_ms {
        Some(length) => length,
        None => resources.store.duration_ms(&recording).await?,
    };
    Ok(Some(Listed {
        owner: (recording.owner, owner_name),
        card: Card {
            recording,
            length_ms,
            comments,
        },
        folder: folder.filter(|_| own),
        pinned: pinned && own,
        trash_at: trash_at.filter(|_| own),
        tags,
        views: switches.shown().then_some(views),
        watched: (switches.remembered() && !own)
            .then(|| position_ms.map_or(SeenBefore::Nothing, SeenBefore::Until)),
    }))
}

/// How a person's recordings are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// By name, each with how many recordings lie in it outside of the trash.
    pub folders: Vec<(Folder, u64)>,
    pub tags: Vec<TagCount>,
    /// How many recordings go to the trash soon by a rule.
    pub ending: u64,
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
        ending: store.announced_of(owner).await?,
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
fn cut<T>(mut found: Vec<T>, limit: u32) -> (Vec<T>, bool) {
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
