//! Who may see a recording: read, changed, asked for. Each change is one transaction with its event and its row of `audit`.

mod ask;
mod change;
mod defaults;
mod link;
mod people;
mod shared;
mod unlock;

pub use ask::{Question, answer, ask};
pub use change::{Change, change, change_audience};
pub use defaults::{Defaults, default_audience, defaults, set_own_default, set_server_default};
pub use link::new_link;
pub use people::{Named, add, remove};
pub use shared::{ChangeError, Shared, read};
pub use unlock::{UnlockError, unlock};
