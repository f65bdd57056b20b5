//! What people change of themselves: name, time zone, language, picture.

use aside_protocol::id::UserId;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::actor::Member;
use crate::domain::account::{AccountError, clean_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::profile::{Language, PersonPicture, Profile, ProfileError, TimeZone};
use crate::picture::{self, PictureError};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, audit, profiles};

/// What is not said stays; none inside takes away.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Option<String>,
    pub time_zone: Option<Option<String>>,
    pub language: Option<Option<String>>,
}

/// Why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error("the picture was not read to its end")]
    Broken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub async fn read(resources: &Resources, user: UserId) -> Result<Profile> {
    resources.store.profile(user).await
}

/// Changes what is said, all of it or nothing.
pub async fn change(
    resources: &Resources,
    member: &Member,
    change: Change,
) -> std::result::Result<(), ChangeError> {
    let user = &member.user;
    let name = change.name.as_deref().map(clean_name).transpose()?;
    let name = name.filter(|name| *name != user.name);
    let zone = change
        .time_zone
        .map(|it| it.map(|zone| zone.parse::<TimeZone>()).transpose());
    let zone = zone.transpose()?;
    let language = change
        .language
        .map(|it| it.map(|tag| tag.parse::<Language>()).transpose());
    let language = language.transpose()?;
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            if let Some(name) = &name {
                profiles::set_name(tx, user.id, name).await?;
                let detail = json!({ "before": user.name, "after": name });
                let entry = Entry::by(user, AuditAction::ProfileChanged, None, detail);
                audit::add(tx, &entry, now).await?;
            }
            if let Some(zone) = &zone {
                profiles::set_time_zone(tx, user.id, zone.as_ref()).await?;
            }
            if let Some(language) = &language {
                profiles::set_language(tx, user.id, language.as_ref()).await?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// Decodes a picture, makes it small and keeps it; answers its hash.
pub async fn set_picture(
    resources: &Resources,
    user: UserId,
    bytes: Vec<u8>,
) -> std::result::Result<[u8; 32], ChangeError> {
    let made = tokio::task::spawn_blocking(move || picture::small(&bytes));
    let png = made.await.map_err(|_| ChangeError::Broken)??;
    let picture = PersonPicture {
        sha256: Sha256::digest(&png).into(),
        png,
    };
    resources
        .store
        .write(async |tx: &mut Tx| profiles::set_picture(tx, user, &picture).await)
        .await?;
    Ok(picture.sha256)
}

pub async fn remove_picture(resources: &Resources, user: UserId) -> Result<()> {
    resources
        .store
        .write(async |tx: &mut Tx| profiles::remove_picture(tx, user).await)
        .await
}

/// Of somebody with an account.
pub async fn picture(resources: &Resources, user: UserId) -> Result<Option<PersonPicture>> {
    resources.store.picture(user).await
}
