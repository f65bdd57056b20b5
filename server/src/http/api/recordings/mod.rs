//! The library: one's own recordings, their titles and audiences, the trash.

mod card;
mod change;
mod layout;
mod list;
mod recorded_events;
mod screen_text;
mod trash;
mod trashed;

pub use card::{Person, RecordingCard};
pub use change::*;
pub use layout::*;
pub use list::*;
pub use recorded_events::*;
pub use screen_text::*;
pub use trash::*;
pub use trashed::*;
