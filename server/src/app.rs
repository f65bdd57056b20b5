//! The parts of the program, built once and handed to whoever needs them. Cheap to clone.

use std::sync::{Arc, Mutex};

use aside_protocol::time::Timestamp;

use crate::auth::password::Passwords;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::upload::writer::PartWriter;
use crate::entropy::Entropy;
use crate::http::body::Intake;
use crate::limits::Limits;
use crate::notify::Notify;
use crate::objects::Objects;
use crate::proxy_notice::ProxyNotice;
use crate::store::Store;
use crate::store::reachable::Reachable;
use crate::watching::Watching;

#[derive(Debug, Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub store: Store,
    /// Whether the database answers.
    pub reachable: Reachable,
    pub objects: Objects,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Wakes what waits in this process for rows of a recording.
    pub notify: Notify,
    pub passwords: Passwords,
    /// How often strangers may do what costs something.
    pub limits: Limits,
    pub proxy_notice: ProxyNotice,
    /// Commits parts in groups.
    pub parts: PartWriter,
    /// Takes the bodies of parts in.
    pub intake: Intake,
    /// When the object store was last seen to belong to the database, and whether it did.
    pub objects_seen: Arc<Mutex<Option<(Timestamp, bool)>>>,
    /// What open pages listen to, and what their players ask for.
    pub watching: Watching,
}

/// Memory for parts that are on their way from the line to the object store, in bytes.
const UPLOAD_MEMORY: u32 = 4 * 1024 * 1024;

impl App {
    /// Puts the parts together; call it on the runtime that will serve.
    pub fn new(
        config: Config,
        store: Store,
        objects: Objects,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        passwords: Passwords,
    ) -> Self {
        let notify = Notify::default();
        Self {
            watching: Watching::new(store.clone(), notify.clone(), clock.clone()),
            parts: PartWriter::start(
                store.clone(),
                notify.clone(),
                clock.clone(),
                entropy.clone(),
            ),
            proxy_notice: ProxyNotice::default(),
            limits: Limits::new(clock.clone()),
            intake: Intake::new(config.data.clone(), UPLOAD_MEMORY),
            config: Arc::new(config),
            reachable: store.watch(),
            store,
            objects,
            clock,
            entropy,
            notify,
            passwords,
            objects_seen: Arc::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ten random bytes: the entropy of an id, e.g. `CommentId::new(app.now(), app.id_entropy())`.
    pub fn id_entropy(&self) -> [u8; 10] {
        self.entropy.array()
    }
}
