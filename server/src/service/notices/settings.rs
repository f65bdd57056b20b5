//! How people want to be told. What waits is due anew by what they say now.

use aside_protocol::id::{JobId, UserId};

use crate::domain::job::Job;
use crate::domain::notice_settings::{NoticeSettings, NoticeSettingsError};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{Result, StoreError, Tx, jobs, notice_settings, outbox};

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Settings(#[from] NoticeSettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a person wants to be told, and the time zone that counts.
pub async fn read(
    resources: &Resources,
    member: &Member,
) -> Result<(NoticeSettings, Option<String>)> {
    resources.store.notice_settings(member.user.id).await
}

pub async fn change(
    resources: &Resources,
    member: &Member,
    wanted: NoticeSettings,
) -> std::result::Result<(), ChangeError> {
    wanted.check()?;
    Ok(apply(resources, member.user.id, &wanted).await?)
}

/// Keeps settings that were checked.
pub(super) async fn apply(
    resources: &Resources,
    user: UserId,
    wanted: &NoticeSettings,
) -> Result<()> {
    let now = resources.now();
    let (_, zone) = resources.store.notice_settings(user).await?;
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            notice_settings::set(tx, user, wanted).await?;
            for (notice, kind) in outbox::waiting(tx, user).await? {
                match wanted.due(kind, zone.as_deref(), now) {
                    Some(due) => {
                        outbox::move_to(tx, notice, &due).await?;
                        let id = JobId::new(now, resources.id_entropy());
                        jobs::enqueue(tx, &Job::SendNotices { user }, due.at, now, id).await?;
                    }
                    None => outbox::end(tx, &[notice], now).await?,
                }
            }
            Ok(())
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}
