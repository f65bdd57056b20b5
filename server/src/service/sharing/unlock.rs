//! Proving to know the password of a recording.

use std::net::IpAddr;

use aside_protocol::id::Slug;

use crate::auth::password::{PasswordError, Passwords};
use crate::domain::access::{Refusal, Watch};
use crate::domain::account::Password;
use crate::domain::capability::Pass;
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::service::actor::Presented;
use crate::service::gate::{self, AskError, GateError};
use crate::service::media_link::MediaKeys;
use crate::store::StoreError;

/// Why nobody gets a pass.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    #[error("This is not the password of this recording.")]
    Wrong,
    #[error("too many wrong passwords")]
    TooMany(Wait),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A pass for whoever knows the password; none where nobody asks them for one, because they have a pass or need none.
pub async fn unlock(
    resources: &Resources,
    (passwords, limits, keys): (&Passwords, &Limits, &MediaKeys),
    presented: &Presented,
    (slug, pass): (&Slug, Option<Pass>),
    typed: &str,
    address: IpAddr,
) -> Result<Option<String>, UnlockError> {
    match gate::knock::<Watch>(resources, presented, pass, slug).await {
        Ok(_) => return Ok(None),
        Err(AskError::Gate(GateError::Refused(Refusal::Password))) => {}
        Err(error) => return Err(error.into()),
    }
    let recording = resources.store.recording_by_slug(slug).await?;
    let recording = recording.ok_or(AskError::Gate(GateError::NotFound))?;
    limits
        .unlock(recording.id, address)
        .map_err(UnlockError::TooMany)?;
    // What can be no password is wrong.
    let Ok(password) = Password::new(typed) else {
        return Err(UnlockError::Wrong);
    };
    let set = resources.store.share_password(recording.id).await?;
    let (hash, version) = set.unzip();
    let right = passwords.verify(password, hash).await?;
    let Some(version) = version.filter(|_| right) else {
        return Err(UnlockError::Wrong);
    };
    limits.unlocked(recording.id, address);
    let pass = Pass::new(recording.id, version, resources.now());
    Ok(Some(keys.get(resources).await?.sign_pass(&pass)))
}
