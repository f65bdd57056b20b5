//! The name and the colour of the server, said by its admins for everybody.

use std::sync::{Arc, Mutex, PoisonError};

use aside_protocol::time::Timestamp;
use serde_json::json;

use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::roles::{Act, may};
use crate::domain::server_look::ServerLook;
use crate::resources::Resources;
use crate::store::{Result, Tx, audit};

const SETTING: &str = "server_look";

/// How long a process shows what it read, in microseconds: another process may have changed it.
const KEPT_FOR: i64 = 5_000_000;

/// When it was read, and what.
type Seen = Option<(Timestamp, Arc<ServerLook>)>;

/// The look as this process read it a moment ago: every page shows it, and none waits for the database because of it.
#[derive(Debug, Clone, Default)]
pub struct SeenLook(Arc<Mutex<Seen>>);

impl SeenLook {
    pub async fn get(&self, resources: &Resources) -> Arc<ServerLook> {
        let now = resources.now();
        let seen = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, look)) = &seen
            && now.micros().abs_diff(at.micros()) < KEPT_FOR.unsigned_abs()
        {
            return look.clone();
        }
        match read(resources).await {
            Ok(look) => self.put(now, look),
            // Pages are sent also while the database is away.
            Err(cause) => {
                tracing::debug!(%cause, "the look of the server is not known: {cause}");
                seen.map_or_else(Arc::default, |(_, look)| look)
            }
        }
    }

    fn put(&self, now: Timestamp, look: ServerLook) -> Arc<ServerLook> {
        let look = Arc::new(look);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some((now, look.clone()));
        look
    }

    /// Says it anew, here at once; false where this person may not.
    pub async fn set(&self, resources: &Resources, user: &User, look: ServerLook) -> Result<bool> {
        if !may(user.role, Act::SetServerDefaults) {
            return Ok(false);
        }
        let before = read(resources).await?;
        let now = resources.now();
        let text = serde_json::to_string(&look).unwrap_or_default();
        let detail = json!({ "before": before, "after": look });
        resources
            .store
            .write(async |tx: &mut Tx| {
                tx.set_setting(SETTING, &text).await?;
                let entry = Entry::by(user, AuditAction::LookChanged, None, detail.clone());
                audit::add(tx, &entry, now).await
            })
            .await?;
        self.put(now, look);
        Ok(true)
    }
}

/// As it is stored; the program's own where nobody said anything.
pub async fn read(resources: &Resources) -> Result<ServerLook> {
    Ok(stored(resources.store.setting(SETTING).await?))
}

/// The same, as this transaction sees it.
pub async fn read_in(tx: &mut Tx) -> Result<ServerLook> {
    Ok(stored(tx.setting(SETTING).await?))
}

/// Written by this program; of what another version wrote nothing is known.
fn stored(text: Option<String>) -> ServerLook {
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}
