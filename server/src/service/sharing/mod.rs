//! Who may see a recording: read, changed, asked for. Each change is one transaction with its event and its row of `audit`.

mod ask;
mod change;
mod defaults;
mod folder;
mod link;
mod people;
mod shared;
mod unlock;

pub use ask::{Question, answer, ask, reopen};
pub use change::{AudienceError, Change, change, change_audience};
pub use defaults::{Defaults, default_audience, defaults, set_own_default, set_server_default};
pub use folder::{
    FolderShared, add_to_folder, change_folder, folders_shared_with, read_folder,
    remove_from_folder, settle_imported, settle_imported_folders,
};
pub(super) use folder::{governor_of, settle_all, settle_moved};
pub use link::new_link;
pub use people::{Named, add, remove, share_many};
pub use shared::{ChangeError, Shared, read};
pub use unlock::{UnlockError, unlock};
