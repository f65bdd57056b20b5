//! What people follow and mute.

use crate::domain::access::Watch;
use crate::domain::notice::{Target, Word};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::store::{StoreError, Tx, subscriptions};

/// Why nothing can be said about it.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    #[error("there is no such recording, thread, folder or person")]
    NotFound,
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether this person may know that it is there.
async fn check(
    resources: &Resources,
    member: &Member,
    target: &Target,
) -> Result<(), SubscribeError> {
    let store = &resources.store;
    let missing = SubscribeError::NotFound;
    match *target {
        Target::Recording(id) => {
            gate::by_id::<Watch>(resources, &member.viewer(), id).await?;
        }
        Target::Thread(id) => {
            let thread = store.comment(id).await?.ok_or(missing)?;
            gate::by_id::<Watch>(resources, &member.viewer(), thread.recording).await?;
            if thread.parent.is_some() {
                return Err(SubscribeError::NotFound);
            }
        }
        Target::Folder(id) => {
            let own = store.folders_of(member.user.id).await?;
            if !own.iter().any(|it| it.id == id) {
                let shared = store.folders_shared_with(member.user.id).await?;
                shared.iter().find(|it| it.id == id).ok_or(missing)?;
            }
        }
        Target::Person(id) => {
            store.user(id).await?.ok_or(missing)?;
        }
    }
    Ok(())
}

/// What a person said about something.
pub async fn read(
    resources: &Resources,
    member: &Member,
    target: &Target,
) -> Result<Word, SubscribeError> {
    check(resources, member, target).await?;
    Ok(resources.store.subscription(member.user.id, target).await?)
}

/// Follows or mutes something; none: neither.
pub async fn set(
    resources: &Resources,
    member: &Member,
    target: &Target,
    word: Word,
) -> Result<(), SubscribeError> {
    check(resources, member, target).await?;
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| subscriptions::set(tx, member.user.id, target, word, now).await)
        .await?;
    Ok(())
}
