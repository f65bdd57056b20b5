//! The parts of the program, built once and handed to whoever needs them. Cheap to clone.

use std::sync::Arc;

use aside_protocol::time::Timestamp;

use crate::auth::password::Passwords;
use crate::clock::Clock;
use crate::config::Config;
use crate::entropy::Entropy;
use crate::hub::Hub;
use crate::objects::Objects;
use crate::store::Store;
use crate::watching::Watching;

#[derive(Debug, Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub store: Store,
    pub objects: Objects,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Wakes blocked playlists in this process.
    pub hub: Hub,
    pub passwords: Passwords,
    /// What open pages listen to, and what their players ask for.
    pub watching: Watching,
}

impl App {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ten random bytes: the entropy of an id, e.g. `CommentId::new(app.now(), app.id_entropy())`.
    pub fn id_entropy(&self) -> [u8; 10] {
        self.entropy.array()
    }
}
