//! The library: one's own recordings, their titles and audiences, the trash.

mod card;
mod change;
mod list;
mod trash;
mod trashed;

pub use card::{Person, RecordingCard};
pub use change::*;
pub use list::*;
pub use trash::*;
pub use trashed::*;
