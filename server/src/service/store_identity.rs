//! Compares the store id of database and object store, and writes it where a pair is new or proven.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::key_of;
use crate::domain::store_identity::{Facts, StoreId, Stranger, Verdict, is_back, judge};
use crate::entropy::Entropy;
use crate::objects::{ObjectError, Objects};
use crate::store::{Store, StoreError};

const SETTING: &str = "store_id";
/// Parts of the newest and of the oldest recordings that are looked for.
const SAMPLE: u32 = 32;
/// Objects asked for at once.
const CONCURRENCY: usize = 8;

/// Why a database and an object store are not used together, or cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("{0}")]
    Stranger(#[from] Stranger),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the store id in the {0} cannot be read: {1:?}")]
    Unreadable(&'static str, String),
}

/// What was done at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Both carried the id.
    Known(StoreId),
    /// It was written where it was lacking.
    Completed(StoreId),
}

/// Reads both sides; changes nothing.
pub async fn look(store: &Store, objects: &Objects) -> Result<Facts, IdentityError> {
    let database = read("database", store.setting(SETTING).await?)?;
    let other = read("object store", objects.store_id().await?)?;
    if database.is_some() && other.is_some() {
        return Ok(Facts {
            database,
            objects: other,
            asked: 0,
            found: 0,
            holds_recordings: false,
        });
    }
    let parts = store.first_parts(SAMPLE).await?;
    let sizes: Vec<Option<u64>> = stream::iter(parts.clone())
        .map(|part| objects.find_size(key_of(&part)))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let found = sizes.into_iter().flatten().count();
    Ok(Facts {
        database,
        objects: other,
        // A database whose first parts are all known to be lost has recordings all the same.
        asked: match parts.len() {
            0 => usize::from(store.has_parts().await?),
            asked => asked,
        },
        found,
        holds_recordings: objects.holds_recordings().await?,
    })
}

/// At the start: fails when the two do not belong together.
pub async fn settle(
    store: &Store,
    objects: &Objects,
    entropy: &(dyn Entropy + 'static),
) -> Result<Settled, IdentityError> {
    match judge(&look(store, objects).await?) {
        Verdict::Same(id) => Ok(Settled::Known(id)),
        Verdict::Refuse(stranger) => Err(stranger.into()),
        Verdict::Complete(id) => {
            let fresh = id.unwrap_or_else(|| StoreId::from_entropy(entropy.array()));
            // The database decides between several that start at once.
            let id = store.setting_or_insert(SETTING, fresh.to_string()).await?;
            let id = parse("database", id)?;
            objects.create_store_id(&id.to_string()).await?;
            match read("object store", objects.store_id().await?)? {
                Some(other) if other == id => Ok(Settled::Completed(id)),
                Some(objects) => Err(Stranger::OtherStore {
                    database: id,
                    objects,
                }
                .into()),
                None => Err(ObjectError::NotFound("the store id".to_owned()).into()),
            }
        }
    }
}

/// An operator's word that the two belong together: the database takes over the id of the objects when it has none
/// of its own, else the objects take over that of the database. Nothing else changes.
pub async fn pair(
    store: &Store,
    objects: &Objects,
    entropy: &(dyn Entropy + 'static),
) -> Result<StoreId, IdentityError> {
    let other = read("object store", objects.store_id().await?)?;
    let fresh = other.unwrap_or_else(|| StoreId::from_entropy(entropy.array()));
    let id = parse(
        "database",
        store.setting_or_insert(SETTING, fresh.to_string()).await?,
    )?;
    if other != Some(id) {
        objects.replace_store_id(&id.to_string()).await?;
    }
    Ok(id)
}

/// Whether the object store carries the id of the database now: it does not when it was emptied or is not mounted.
/// A database without an id has nothing to compare.
pub async fn still_together(store: &Store, objects: &Objects) -> Result<bool, IdentityError> {
    match read("database", store.setting(SETTING).await?)? {
        None => Ok(true),
        database => Ok(read("object store", objects.store_id().await?)? == database),
    }
}

/// The same for a running server: an object store that lost its id together with its objects gets the id again when
/// everything that is looked for is back.
pub async fn together_again(store: &Store, objects: &Objects) -> Result<bool, IdentityError> {
    if still_together(store, objects).await? {
        return Ok(true);
    }
    let Some(id) = is_back(&look(store, objects).await?) else {
        return Ok(false);
    };
    objects.create_store_id(&id.to_string()).await?;
    tracing::warn!("the objects of this database are back, and carry its id {id} again");
    still_together(store, objects).await
}

fn read(side: &'static str, text: Option<String>) -> Result<Option<StoreId>, IdentityError> {
    text.map(|text| parse(side, text)).transpose()
}

fn parse(side: &'static str, text: String) -> Result<StoreId, IdentityError> {
    text.parse()
        .map_err(|_| IdentityError::Unreadable(side, text))
}
