//! Sharing that a recording takes from the folder in which it lies, and may narrow. Pure.

use std::collections::HashMap;

use aside_protocol::id::{FolderId, UserId};

use super::{Audience, Sharing, SharingError};
/// Most people and groups that one folder may be shared with by name.
pub const MAX_FOLDER_GRANTS: u64 = 50;

/// The folder that says who may see what lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Governor {
    pub folder: FolderId,
    /// The owner alone beside those who are named for the folder, or every member.
    pub audience: Audience,
}

/// What a recording takes from its folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FromFolder {
    /// The folder whose people may see it; none: it lies in no shared folder, or is narrowed.
    pub folder: Option<FolderId>,
    /// The audience that was chosen for the recording itself, where the folder decides. None: the audience is that.
    pub own: Option<Audience>,
    /// Its own audience counts in a shared folder too, as far as it is narrower.
    pub narrowed: bool,
}

impl FromFolder {
    pub const NOTHING: Self = Self {
        folder: None,
        own: None,
        narrowed: false,
    };
}

/// Somebody else's folder that one may look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFolder {
    pub id: FolderId,
    pub parent: Option<FolderId>,
    pub name: String,
    pub owner: (UserId, String),
    /// Of the folder that says how it is shared.
    pub audience: Audience,
}

/// The folder that says how a recording in it is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoverningFolder {
    pub id: FolderId,
    pub name: String,
    pub audience: Audience,
    /// How many people and how many groups are named for it.
    pub people: u64,
    pub groups: u64,
}

const fn width(audience: Audience) -> u8 {
    match audience {
        Audience::Owner => 0,
        Audience::Members => 1,
        Audience::Link => 2,
    }
}

impl Sharing {
    /// The audience that was chosen for the recording itself.
    pub fn own_audience(&self) -> Audience {
        self.from_folder.own.unwrap_or(self.audience)
    }

    /// What counts in a folder that is shared like this; none: in one that is not, or in no folder.
    pub fn settle(&mut self, governor: Option<Governor>) {
        let (own, narrowed) = (self.own_audience(), self.from_folder.narrowed);
        let Some(governor) = governor else {
            self.audience = own;
            self.from_folder = FromFolder {
                narrowed,
                ..FromFolder::NOTHING
            };
            return;
        };
        let narrower = narrowed && width(own) < width(governor.audience);
        self.audience = if narrower { own } else { governor.audience };
        self.from_folder = FromFolder {
            folder: (!narrowed).then_some(governor.folder),
            own: Some(own),
            narrowed,
        };
    }

    /// Before it leaves its folder with its owner: its own audience is no wider than what counted there. Answers the wider one that was
    /// chosen.
    pub fn keep_narrower(&mut self) -> Option<Audience> {
        let own = self.own_audience();
        if width(self.audience) >= width(own) {
            return None;
        }
        self.from_folder.own = Some(self.audience);
        Some(own)
    }

    /// The same backwards, in a folder that is for as few as it was; what was chosen since stays.
    pub fn choice_back(&mut self, own: Audience, governor: Option<Governor>) {
        let same =
            |it: Governor| self.own_audience() == it.audience && width(it.audience) < width(own);
        if governor.is_some_and(same) {
            self.from_folder.own = Some(own);
        }
    }

    /// An audience is chosen for the recording itself, which may be narrower than that of its folder.
    pub fn choose(
        &mut self,
        audience: Audience,
        governor: Option<Governor>,
    ) -> Result<(), SharingError> {
        if let Some(governor) = governor {
            if width(audience) > width(governor.audience) {
                return Err(SharingError::WiderThanFolder);
            }
            self.from_folder.narrowed = true;
        }
        self.from_folder.own = Some(audience);
        self.settle(governor);
        Ok(())
    }

    /// It is shared as its folder is.
    pub fn as_folder(&mut self, governor: Option<Governor>) -> Result<(), SharingError> {
        if governor.is_none() {
            return Err(SharingError::NoSharedFolder);
        }
        self.from_folder.narrowed = false;
        self.settle(governor);
        Ok(())
    }
}

/// What a folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderWord {
    pub id: FolderId,
    /// The folder in which it lies.
    pub parent: Option<FolderId>,
    /// For whom it is; none: as the folder in which it lies.
    pub audience: Option<Audience>,
}

/// Of each folder of one owner the nearest that says how it is shared: itself, or one in which it lies.
pub fn governors(folders: impl IntoIterator<Item = FolderWord>) -> HashMap<FolderId, Governor> {
    let known: HashMap<FolderId, FolderWord> = folders.into_iter().map(|it| (it.id, it)).collect();
    let nearest = |folder: &FolderWord| {
        let mut at = Some(folder.id);
        // As many as there are, so that a circle ends.
        for _ in 0..known.len() {
            let folder = known.get(&at?)?;
            if let Some(audience) = folder.audience {
                return Some(Governor {
                    folder: folder.id,
                    audience,
                });
            }
            at = folder.parent;
        }
        None
    };
    let found = known
        .values()
        .filter_map(|it| nearest(it).map(|governor| (it.id, governor)));
    found.collect()
}

/// Whether a folder can be for them: a link opens one recording, never a folder.
pub const fn check_folder_audience(audience: Option<Audience>) -> Result<(), SharingError> {
    match audience {
        Some(Audience::Link) => Err(SharingError::FolderByLink),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use aside_protocol::time::Timestamp;

    use super::*;

    fn id(n: u8) -> FolderId {
        FolderId::new(Timestamp::from_micros(1), [n; 10])
    }

    fn folder(n: u8, parent: Option<u8>, audience: Option<Audience>) -> FolderWord {
        FolderWord {
            id: id(n),
            parent: parent.map(id),
            audience,
        }
    }

    fn governor(audience: Audience) -> Option<Governor> {
        Some(Governor {
            folder: id(1),
            audience,
        })
    }

    #[test]
    fn a_folder_is_shared_as_the_nearest_that_says_so_and_a_circle_ends() {
        let folders = [
            folder(1, None, Some(Audience::Members)),
            folder(2, Some(1), None),
            folder(3, Some(2), Some(Audience::Owner)),
            folder(4, Some(3), None),
            folder(5, None, None),
            folder(6, Some(7), None),
            folder(7, Some(6), None),
        ];
        let found = governors(folders);
        let of = |n| found.get(&id(n)).map(|it| (it.folder, it.audience));
        assert_eq!(of(1), Some((id(1), Audience::Members)));
        assert_eq!(of(2), Some((id(1), Audience::Members)));
        assert_eq!(of(3), Some((id(3), Audience::Owner)));
        assert_eq!(of(4), Some((id(3), Audience::Owner)));
        assert_eq!((of(5), of(6), of(7)), (None, None, None));
    }

    /// Own audience × audience of the folder → what counts as the folder says, and narrowed.
    #[test]
    fn a_folder_decides_and_a_recording_in_it_is_never_wider() {
        use Audience::{Link, Members, Owner};
        for (own, of_folder, narrowed) in [
            (Owner, Owner, Owner),
            (Owner, Members, Owner),
            (Members, Owner, Owner),
            (Members, Members, Members),
            (Link, Owner, Owner),
            (Link, Members, Members),
        ] {
            let mut sharing = Sharing::with(own);
            sharing.settle(governor(of_folder));
            assert_eq!(sharing.audience, of_folder, "{own:?} in {of_folder:?}");
            assert_eq!(sharing.from_folder.folder, Some(id(1)));
            sharing.from_folder.narrowed = true;
            sharing.settle(governor(of_folder));
            assert_eq!(sharing.audience, narrowed, "{own:?} in {of_folder:?}");
            assert_eq!(sharing.from_folder.folder, None);
            // Out of the folder it is what it was.
            sharing.settle(None);
            assert_eq!((sharing.audience, sharing.from_folder.own), (own, None));
        }
    }

    #[test]
    fn what_leaves_its_folder_with_its_owner_is_not_wider_than_it_was_there() {
        use Audience::{Link, Members, Owner};
        for own in [Owner, Members, Link] {
            for of_folder in [Owner, Members] {
                let mut sharing = Sharing::with(own);
                sharing.settle(governor(of_folder));
                let before = sharing.clone();
                let wider = sharing.keep_narrower();
                sharing.settle(None);
                let least = if width(own) < width(of_folder) {
                    own
                } else {
                    of_folder
                };
                assert_eq!(sharing.audience, least, "{own:?} in {of_folder:?}");
                assert_eq!(wider, (least != own).then_some(own));
                let mut elsewhere = sharing.clone();
                if let Some(own) = wider {
                    sharing.choice_back(own, governor(of_folder));
                    elsewhere.choice_back(own, None);
                }
                sharing.settle(governor(of_folder));
                assert_eq!(sharing, before);
                assert_eq!(elsewhere.audience, least);
            }
        }
    }

    #[test]
    fn what_is_chosen_for_a_recording_in_a_shared_folder_may_only_be_narrower() {
        let mut sharing = Sharing::with(Audience::Link);
        sharing.settle(governor(Audience::Members));
        assert_eq!(
            sharing.choose(Audience::Link, governor(Audience::Members)),
            Err(SharingError::WiderThanFolder)
        );
        assert_eq!(sharing.audience, Audience::Members);
        assert_eq!(
            sharing.choose(Audience::Owner, governor(Audience::Members)),
            Ok(())
        );
        assert_eq!(
            (sharing.audience, sharing.from_folder.folder),
            (Audience::Owner, None)
        );
        assert_eq!(sharing.as_folder(governor(Audience::Members)), Ok(()));
        assert_eq!(sharing.audience, Audience::Members);
        // What was chosen last is what is left of it outside.
        sharing.settle(None);
        assert_eq!(sharing.audience, Audience::Owner);
        assert_eq!(sharing.as_folder(None), Err(SharingError::NoSharedFolder));
        assert_eq!(
            check_folder_audience(Some(Audience::Link)),
            Err(SharingError::FolderByLink)
        );
    }
}
