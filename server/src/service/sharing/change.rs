//! Audience and conditions. What is not given stays as it is now.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use serde_json::json;

use super::folder::governor_of;
use super::shared::{ChangeError, Effect, Shared, changed, told};
use crate::auth::password::Passwords;
use crate::domain::account::Password;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::recording::Recording;
use crate::domain::sharing::{
    Audience, Commenters, REMOVED_PASSWORD_KEPT_FOR, SharingError, check_end, clean_embed,
};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::notices::{Cause, Told, tell};
use crate::store::{StoreError, Tx, audit, events, shares};

/// What is to be changed; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub audience: Option<Audience>,
    /// It is shared as the folder in which it lies.
    pub as_folder: bool,
    pub ends_at: Option<Option<Timestamp>>,
    /// As it was typed.
    pub password: Option<Option<String>>,
    /// The one that was removed a moment ago is asked for again.
    pub password_back: bool,
    pub comments: Option<Commenters>,
    pub download: Option<bool>,
    pub embed: Option<Vec<String>>,
}

/// Changes what is given. With `version`, only if that is still the version.
pub async fn change(
    resources: &Resources,
    passwords: &Passwords,
    member: &Member,
    id: RecordingId,
    version: Option<i64>,
    wanted: Change,
) -> Result<Shared, ChangeError> {
    let embed = wanted.embed.as_deref().map(clean_embed).transpose()?;
    if let Some(Some(end)) = wanted.ends_at {
        check_end(end, resources.now())?;
    }
    let hash = match wanted.password {
        Some(Some(typed)) => {
            let password = Password::new(&typed)?;
            Some(Some(passwords.hash(password, &*resources.entropy).await?))
        }
        Some(None) => Some(None),
        None => None,
    };
    changed(
        resources,
        member,
        id,
        version,
        async |tx: &mut Tx, recording: &Recording, now| {
            let before = &recording.sharing;
            let mut after = before.clone();
            if wanted.as_folder {
                after.as_folder(governor_of(tx, id).await?)?;
            } else if let Some(audience) = wanted.audience {
                after.choose(audience, governor_of(tx, id).await?)?;
            }
            after.ends_at = wanted.ends_at.unwrap_or(before.ends_at);
            after.comments = wanted.comments.unwrap_or(before.comments);
            after.download = wanted.download.unwrap_or(before.download);
            after.embed = embed.unwrap_or_else(|| before.embed.clone());
            let new_password = match &hash {
                // There was none either.
                Some(None) if before.password.is_none() => None,
                hash => hash.as_ref(),
            };
            let back = wanted.password_back && before.password.is_none();
            if back && !shares::put_password_back(tx, id, now).await? {
                return Err(SharingError::PasswordForgotten.into());
            }
            if after == *before && new_password.is_none() && !back {
                return Ok(None);
            }
            let ends_links = after.differs_for_viewers(before) || new_password.is_some() || back;
            shares::set(tx, id, &after, ends_links).await?;
            match new_password {
                Some(Some(hash)) => shares::set_password(tx, id, hash).await?,
                Some(None) => {
                    let until = now.plus(REMOVED_PASSWORD_KEPT_FOR);
                    shares::remove_password(tx, id, until).await?;
                }
                None => {}
            }
            let now = tx.recording(id).await?.map(|it| it.sharing);
            let detail = json!({ "before": told(before), "after": now.as_ref().map(told) });
            let opened = before.audience == Audience::Owner && after.audience != Audience::Owner;
            let woken = if opened && recording.finished_at.is_some() {
                let cause = Cause::Published { recording: id };
                tell(tx, resources, Some(recording.owner), cause).await?
            } else {
                Told::default()
            };
            Ok(Some(Effect {
                action: AuditAction::SharingChanged,
                detail,
                told: woken,
            }))
        },
    )
    .await
}

/// Why an audience is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    #[error(transparent)]
    Sharing(#[from] SharingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes the audience alone (none: as the folder says in which it lies), in a transaction that holds the recording and tells open
/// pages.
pub async fn change_audience(
    tx: &mut Tx,
    member: &Member,
    recording: &Recording,
    audience: Option<Audience>,
    now: Timestamp,
) -> Result<(), AudienceError> {
    let governor = governor_of(tx, recording.id).await?;
    let before = &recording.sharing;
    let mut after = before.clone();
    match audience {
        Some(audience) => after.choose(audience, governor)?,
        None => after.as_folder(governor)?,
    }
    if after == *before {
        return Ok(());
    }
    shares::set(tx, recording.id, &after, true).await?;
    let detail = json!({ "before": told(before), "after": told(&after) });
    let action = AuditAction::SharingChanged;
    let entry = Entry::by(&member.user, action, Some(recording.id), detail);
    audit::add(tx, &entry, now).await?;
    events::append(tx, recording.id, Event::Sharing, now).await?;
    Ok(())
}
