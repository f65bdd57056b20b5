//! The library: folders, tags, what its lists are sorted and filtered by, and how long the trash is kept.

use std::collections::HashMap;
use std::time::Duration;

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::text::line;
use aside_protocol::time::Timestamp;
use serde::Deserialize;

use super::access::Seen;
use super::retention::Word;
use super::sharing::{Audience, FolderWord};
use super::views::Switches;

/// So long a recording stays in the trash; then it is removed for good.
pub const TRASH_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Of one person: pages load them all.
pub const MAX_FOLDERS: usize = 1_000;
/// Folders inside of folders.
pub const MAX_DEPTH: usize = 10;
/// Of a folder's name, in characters.
pub const MAX_FOLDER_NAME: usize = 100;
/// Of a tag, in characters.
pub const MAX_TAG: usize = 40;
/// Of one recording.
pub const MAX_TAGS: usize = 20;
/// Recordings that are changed at once.
pub const MAX_AT_ONCE: usize = 500;

/// A row of `folders`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub id: FolderId,
    pub owner: UserId,
    /// None: at the top.
    pub parent: Option<FolderId>,
    pub name: String,
    pub created_at: Timestamp,
    /// How long what lies in it stays; none: as the folder that it lies in, or the server, says.
    pub retention: Option<Word>,
    /// Who may see what lies in it, beside the people who are named for it; none: as the folder that it lies in.
    pub audience: Option<Audience>,
    /// The folder that says so, itself or one above; none: it is not shared.
    pub shared_by: Option<FolderId>,
}

impl Folder {
    /// What it says of who may see what lies in it.
    pub const fn word(&self) -> FolderWord {
        FolderWord {
            id: self.id,
            parent: self.parent,
            audience: self.audience,
        }
    }
}

/// Why something about the library is refused, and which field is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    #[error("A folder needs a name of at most {MAX_FOLDER_NAME} characters.")]
    FolderName,
    #[error("There can be at most {MAX_FOLDERS} folders. Remove some first.")]
    TooManyFolders,
    #[error("A folder cannot be moved into itself, or into a folder that lies in it.")]
    IntoItself,
    #[error("Folders can be nested {MAX_DEPTH} deep.")]
    TooDeep,
    #[error("This folder does not exist any more.")]
    NoSuchFolder,
    #[error("Something is in this folder. Move it elsewhere first.")]
    NotEmpty,
    #[error("A tag has 1 to {MAX_TAG} characters.")]
    Tag,
    #[error("A recording has at most {MAX_TAGS} tags. Remove some first.")]
    TooManyTags,
    #[error("At most {MAX_AT_ONCE} recordings can be changed at once.")]
    TooManyAtOnce,
}

impl LibraryError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::FolderName => "name",
            Self::TooManyFolders | Self::NotEmpty => "folders",
            Self::IntoItself | Self::TooDeep | Self::NoSuchFolder => "folder_id",
            Self::Tag | Self::TooManyTags => "tags",
            Self::TooManyAtOnce => "ids",
        }
    }
}

/// A folder's name as stored.
pub fn folder_name(raw: &str) -> Result<String, LibraryError> {
    let name = line(raw);
    if name.is_empty() || name.chars().count() > MAX_FOLDER_NAME {
        return Err(LibraryError::FolderName);
    }
    Ok(name)
}

/// A tag as stored: one line in lower case, so that nobody has `Bug` and `bug`.
pub fn tag(raw: &str) -> Result<String, LibraryError> {
    let tag = line(raw).to_lowercase();
    if tag.is_empty() || tag.chars().count() > MAX_TAG {
        return Err(LibraryError::Tag);
    }
    Ok(tag)
}

/// Whether `moved` (none: a new one) may lie in `into` (none: at the top). `folders`: all of their owner.
pub fn may_lie_in(
    folders: &[Folder],
    moved: Option<FolderId>,
    into: Option<FolderId>,
) -> Result<(), LibraryError> {
    let parents: HashMap<FolderId, Option<FolderId>> =
        folders.iter().map(|f| (f.id, f.parent)).collect();
    let mut above = 0;
    let mut at = into;
    while let Some(folder) = at {
        if Some(folder) == moved {
            return Err(LibraryError::IntoItself);
        }
        at = *parents.get(&folder).ok_or(LibraryError::NoSuchFolder)?;
        above += 1;
        if above > MAX_FOLDERS {
            return Err(LibraryError::TooDeep);
        }
    }
    let below = moved.map_or(1, |moved| height(folders, moved, MAX_DEPTH));
    if above + below > MAX_DEPTH {
        return Err(LibraryError::TooDeep);
    }
    Ok(())
}

/// How many folders lie one in the other from `root` on, itself included; `most` is enough to know.
fn height(folders: &[Folder], root: FolderId, most: usize) -> usize {
    let mut level = vec![root];
    let mut height = 0;
    while !level.is_empty() && height <= most {
        height += 1;
        let lies_here = |f: &&Folder| f.parent.is_some_and(|parent| level.contains(&parent));
        level = folders.iter().filter(lies_here).map(|f| f.id).collect();
    }
    height
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By when the server heard of it.
    #[default]
    Newest,
    Oldest,
    /// From A on.
    Title,
    Longest,
    Shortest,
}

/// Recordings in one of these states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// Being made, or paused.
    Live,
    Interrupted,
    Finished,
    /// Goes to the trash soon by a rule; told to its owner alone.
    Ending,
}

/// Which recordings a list is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// One's own.
    #[default]
    Mine,
    /// Those of others for which one is named.
    Shared,
    /// Those of others that are for every member, or for whoever has the link.
    Everyone,
}

/// Where in the library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Everywhere,
    /// In no folder.
    Top,
    Folder(FolderId),
}

/// What a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub section: Section,
    /// In one's own folders.
    pub place: Place,
    /// Whose it is.
    pub by: Option<UserId>,
    pub tag: Option<String>,
    pub state: Option<StateFilter>,
    /// Not older, by when the server heard of it.
    pub since: Option<Timestamp>,
    /// Older.
    pub until: Option<Timestamp>,
    /// Not shorter, in milliseconds. What still runs counts as 0.
    pub min_ms: Option<u64>,
    /// Not longer, in milliseconds.
    pub max_ms: Option<u64>,
    pub order: Order,
}

/// A recording in a list, as it was read for one member; the policy has not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seen: Seen,
    pub owner_name: String,
    /// Of its owner.
    pub folder: Option<FolderId>,
    /// Of a finished one, in milliseconds.
    pub length_ms: Option<u64>,
    /// Not deleted, replies too.
    pub comments: u64,
    /// Ascending.
    pub tags: Vec<String>,
    pub views: u64,
    /// Where the member was last, in milliseconds, if they watched it.
    pub position_ms: Option<u64>,
    /// Its owner said that no rule removes it.
    pub pinned: bool,
    /// When it goes to the trash, as its owner was told.
    pub trash_at: Option<Timestamp>,
    /// Whether views are shown, and the member is told of their own.
    pub switches: Switches,
}

/// A tag, and how many recordings outside of the trash have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    pub tag: String,
    pub recordings: u64,
}

/// What is wanted of several recordings; none: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeMany {
    pub ids: Vec<RecordingId>,
    /// Into this folder; `Some(None)`: out of all.
    pub folder: Option<Option<FolderId>>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    /// Into the trash, or out of it.
    pub trashed: Option<bool>,
    /// Whether no rule removes it.
    pub pinned: Option<bool>,
    /// For whom it is.
    pub audience: Option<Audience>,
    /// It is shared as the folder in which it lies.
    pub as_folder: bool,
    /// Whose it is from now on.
    pub hand_over_to: Option<UserId>,
}

impl ChangeMany {
    /// Its tags as stored, each recording once and in an order that all writers share.
    pub fn checked(mut self) -> Result<Self, LibraryError> {
        if self.ids.len() > MAX_AT_ONCE {
            return Err(LibraryError::TooManyAtOnce);
        }
        if self.add_tags.len() > MAX_TAGS {
            return Err(LibraryError::TooManyTags);
        }
        self.ids.sort_unstable();
        self.ids.dedup();
        for tags in [&mut self.add_tags, &mut self.remove_tags] {
            *tags = tags.iter().map(|raw| tag(raw)).collect::<Result<_, _>>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> FolderId {
        FolderId::new(Timestamp::from_micros(1), [n; 10])
    }

    fn folder(n: u8, parent: Option<u8>) -> Folder {
        Folder {
            id: id(n),
            owner: UserId::new(Timestamp::from_micros(1), [0; 10]),
            parent: parent.map(id),
            name: n.to_string(),
            created_at: Timestamp::from_micros(1),
            retention: None,
            audience: None,
            shared_by: None,
        }
    }

    #[test]
    fn a_folder_lies_neither_in_itself_nor_in_what_lies_in_it() {
        let folders = [
            folder(1, None),
            folder(2, Some(1)),
            folder(3, Some(2)),
            folder(4, None),
        ];
        let moved = |n, into: Option<u8>| may_lie_in(&folders, Some(id(n)), into.map(id));
        assert_eq!(moved(1, Some(1)), Err(LibraryError::IntoItself));
        assert_eq!(moved(1, Some(3)), Err(LibraryError::IntoItself));
        assert_eq!(moved(1, Some(4)), Ok(()));
        assert_eq!(moved(3, Some(1)), Ok(()));
        assert_eq!(moved(3, None), Ok(()));
        assert_eq!(moved(3, Some(9)), Err(LibraryError::NoSuchFolder));
    }

    #[test]
    fn nesting_has_an_end_also_for_a_folder_that_brings_others() {
        let chain: Vec<Folder> = (1..=10)
            .map(|n| folder(n, (n > 1).then(|| n - 1)))
            .collect();
        assert_eq!(may_lie_in(&chain, None, Some(id(9))), Ok(()));
        assert_eq!(
            may_lie_in(&chain, None, Some(id(10))),
            Err(LibraryError::TooDeep)
        );
        let with = [chain, vec![folder(20, None), folder(21, Some(20))]].concat();
        assert_eq!(may_lie_in(&with, Some(id(20)), Some(id(8))), Ok(()));
        assert_eq!(
            may_lie_in(&with, Some(id(20)), Some(id(9))),
            Err(LibraryError::TooDeep)
        );
    }

    #[test]
    fn names_and_tags_are_one_line_of_what_can_be_seen() {
        assert_eq!(
            folder_name("  Bugs \n of\u{200b} May "),
            Ok("Bugs of May".to_owned())
        );
        for bad in ["", " \u{200b}", &"x".repeat(101)] {
            assert_eq!(folder_name(bad), Err(LibraryError::FolderName));
        }
        assert_eq!(tag(" Bug "), Ok("bug".to_owned()));
        assert_eq!(tag(&"x".repeat(41)), Err(LibraryError::Tag));
    }
}
