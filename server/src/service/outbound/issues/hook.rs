//! What a tracker tells by a webhook.

use super::tell::tell;
use crate::domain::outbound::slack_app::{self, Asked};
use crate::domain::outbound::tracker::TrackerKind;
use crate::domain::outbound::tracker::hook::{Hook, HookError, digest, read, signature_header};
use crate::domain::outbound::{Destination, DestinationId, Target};
use crate::resources::Resources;
use crate::service::outbound::previews;
use crate::store::outbound::issues as rows;
use crate::store::{StoreError, Tx};

/// Why nothing is taken from it.
#[derive(Debug, thiserror::Error)]
pub enum RefusedHook {
    /// Also where there is no such destination: the same answer.
    #[error("the signature is not that of this destination")]
    Forged,
    #[error("it was sent too long ago, or tells what was before")]
    Stale,
    #[error("it was taken before")]
    Replayed,
    #[error("it is not what the tracker sends")]
    Shape,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HookError> for RefusedHook {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Forged => Self::Forged,
            HookError::Stale => Self::Stale,
            HookError::Shape => Self::Shape,
        }
    }
}

impl From<slack_app::Refused> for RefusedHook {
    fn from(error: slack_app::Refused) -> Self {
        match error {
            slack_app::Refused::Forged => Self::Forged,
            slack_app::Refused::Stale => Self::Stale,
            slack_app::Refused::Shape => Self::Shape,
        }
    }
}

/// Takes it, whoever it is about. `header`: reads a header of the request by its name in small letters. Answers the word that is to go back, where one is asked for.
pub async fn take<'h>(
    resources: &Resources,
    of: DestinationId,
    header: impl Fn(&str) -> Option<&'h str>,
    body: &'h [u8],
) -> Result<Option<String>, RefusedHook> {
    let (store, now) = (&resources.store, resources.now());
    let found = store.destination(of).await?;
    if let Some(destination) = &found
        && let Target::SlackApp(app) = &destination.target
    {
        let told = slack_app::Told {
            signature: header("x-slack-signature"),
            at: header("x-slack-request-timestamp"),
            body,
        };
        let asked = slack_app::read_told(app, &told, now)?;
        return slack(resources, destination, asked, body).await;
    }
    let Some(tracker) = found.as_ref().and_then(|it| it.target.tracker()) else {
        return Err(RefusedHook::Forged);
    };
    let hook = Hook {
        signature: header(signature_header(tracker.kind)),
        event: match tracker.kind {
            TrackerKind::Github => header("x-github-event"),
            _ => None,
        },
        body,
    };
    let told = read(tracker, &hook, now)?;
    let mut changed = Vec::new();
    store
        .write(async |tx: &mut Tx| -> Result<(), RefusedHook> {
            if !rows::hook_came(tx, of, &digest(body), now).await? {
                return Err(RefusedHook::Replayed);
            }
            let Some(remote) = &told else { return Ok(()) };
            let mut issues = rows::of_remote(tx, of, &remote.id).await?;
            let known = !issues.is_empty();
            // Of several that stand for the same, each may have been asked at another time.
            issues.retain(|it| remote.changed_at.is_none_or(|at| at >= it.changed_at));
            if known && issues.is_empty() {
                return Err(RefusedHook::Stale);
            }
            for issue in &issues {
                rows::set_remote(tx, issue.id, remote, now).await?;
            }
            // Each holds its recording until the commit: in one order, so that no two wait for each other.
            issues.sort_by_key(|it| it.recording.0);
            for issue in issues {
                tell(tx, &issue, now).await?;
                changed.push(issue.recording);
            }
            Ok(())
        })
        .await?;
    for recording in changed {
        resources.notify.notify(recording);
    }
    Ok(None)
}

async fn slack(
    resources: &Resources,
    to: &Destination,
    asked: Asked,
    body: &[u8],
) -> Result<Option<String>, RefusedHook> {
    let shared = match asked {
        Asked::Challenge(word) => return Ok(Some(word)),
        Asked::Nothing => return Ok(None),
        Asked::Previews(shared) => shared,
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), RefusedHook> {
            if !rows::hook_came(tx, to.id, &digest(body), resources.now()).await? {
                return Err(RefusedHook::Replayed);
            }
            Ok(previews::queue(tx, resources, to, &shared).await?)
        })
        .await?;
    resources.notify.notify_any();
    Ok(None)
}
