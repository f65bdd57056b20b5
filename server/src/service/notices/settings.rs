//! How people want to be told. What waits is due anew by what they say now.

use std::collections::BTreeMap;

use aside_protocol::id::{JobId, UserId};

use crate::domain::job::Job;
use crate::domain::notice_settings::{NoticeSettings, NoticeSettingsError};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::outbox::{Channel, Waiting};
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
            let mut due = BTreeMap::new();
            for waiting in outbox::waiting(tx, user).await? {
                let Waiting {
                    notice,
                    channel,
                    kind,
                } = waiting;
                match wanted.due(channel.way(), kind, zone.as_deref(), now) {
                    Some(news) => {
                        outbox::move_to(tx, notice, channel, &news).await?;
                        let job = match channel {
                            Channel::Mail => Job::SendNotices { user },
                            Channel::Push(browser) => Job::SendPushes { browser },
                        };
                        let first = due.entry(job.dedup_key()).or_insert((job, news.at));
                        first.1 = news.at.min(first.1);
                    }
                    None => outbox::end(tx, channel, &[notice], now).await?,
                }
            }
            // Mails first, then browsers: as everybody queues them.
            let (mails, browsers): (Vec<_>, Vec<_>) = due
                .into_values()
                .partition(|(job, _)| matches!(job, Job::SendNotices { .. }));
            for (job, at) in mails.into_iter().chain(browsers) {
                let id = JobId::new(now, resources.id_entropy());
                jobs::enqueue(tx, &job, at, now, id).await?;
            }
            Ok(())
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}
