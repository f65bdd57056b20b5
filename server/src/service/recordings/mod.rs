//! Recordings: title and audience, into the trash and out of it. Rights, version and change are one transaction.

mod change;
mod trash;

pub use change::{Change, ChangeError, change};
pub use trash::{delete, restore};
