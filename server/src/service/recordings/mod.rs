//! Recordings: title and audience, into the trash and out of it, and a take that was cancelled. Rights, version and change are one transaction.

mod cancel;
mod change;
mod purge;
mod trash;

pub use cancel::{CancelError, cancel};
pub use change::{Change, ChangeError, change};
pub use purge::{empty_trash, remove_all_of};
pub use trash::{delete, restore};
