//! Who is meant where a recording is begun without a word about it.

use serde_json::json;

use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::roles::{Act, may};
use crate::domain::sharing::Audience;
use crate::resources::Resources;
use crate::store::{Result, Tx, audit};

/// The setting of the server.
const SETTING: &str = "default_audience";

/// What is meant: the person's own word, or the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// None: as the server says.
    pub own: Option<Audience>,
    pub server: Audience,
}

impl Defaults {
    pub fn audience(self) -> Audience {
        self.own.unwrap_or(self.server)
    }
}

pub async fn defaults(resources: &Resources, user: &User) -> Result<Defaults> {
    let server = resources.store.setting(SETTING).await?;
    Ok(Defaults {
        own: resources.store.own_default_audience(user.id).await?,
        // What another version of the program wrote is no reason to publish more.
        server: server.map_or(Audience::Link, |text| {
            text.parse().unwrap_or(Audience::Owner)
        }),
    })
}

/// For a new recording of `user`.
pub async fn default_audience(resources: &Resources, user: &User) -> Result<Audience> {
    Ok(defaults(resources, user).await?.audience())
}

/// For one's own recordings; none: as the server says.
pub async fn set_own_default(
    resources: &Resources,
    user: &User,
    audience: Option<Audience>,
) -> Result<()> {
    resources
        .store
        .write(async |tx: &mut Tx| tx.set_own_default_audience(user.id, audience).await)
        .await
}

/// For everybody who has said nothing else. Says whether the person may.
pub async fn set_server_default(
    resources: &Resources,
    user: &User,
    audience: Audience,
) -> Result<bool> {
    if !may(user.role, Act::SetServerDefaults) {
        return Ok(false);
    }
    let before = defaults(resources, user).await?.server;
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| {
            tx.set_setting(SETTING, audience.as_str()).await?;
            let detail = json!({ "before": before, "after": audience });
            let entry = Entry::by(user, AuditAction::DefaultChanged, None, detail);
            audit::add(tx, &entry, now).await
        })
        .await?;
    Ok(true)
}
