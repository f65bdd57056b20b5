//! Removes objects that no row knows, such as a part whose upload was cut off between its bytes and its row; and forgets
//! jobs that ended long ago. Nothing younger than a day is touched.

use std::pin::pin;
use std::time::Duration;

use aside_protocol::time::Timestamp;
use futures_util::StreamExt as _;

use super::{Context, Next, Trouble};
use crate::objects::ObjectKey;
use crate::store::{Tx, jobs};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So long an operator can see how a job ended.
const REMEMBERED: Duration = DAY.saturating_mul(7);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let before = cx.now().minus(REMEMBERED);
    cx.write(async |tx: &mut Tx| Ok(jobs::forget_ended(tx, before).await?))
        .await?;

    let yesterday = cx.now().minus(DAY);
    let mut swept = 0_u64;
    let mut old = pin!(cx.app.objects.written_before(yesterday));
    while let Some(key) = old.next().await {
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: Duration::ZERO,
            });
        }
        swept += u64::from(sweep(cx, &key?, yesterday).await?);
    }
    if swept > 0 {
        tracing::info!(swept, "removed {swept} objects that belonged to nothing");
    }
    Ok(Next::Again { after: DAY })
}

async fn sweep(cx: &Context<'_>, key: &ObjectKey, yesterday: Timestamp) -> Result<bool, Trouble> {
    let store = &cx.app.store;
    let orphaned = match key {
        ObjectKey::Part {
            recording,
            track,
            number,
            sha256,
        } => {
            store
                .is_orphaned_part(*recording, *track, *number, sha256, yesterday)
                .await?
        }
        ObjectKey::Poster { recording, .. } => {
            store
                .is_orphaned_poster(*recording, key.path().as_ref())
                .await?
        }
    };
    // Written anew since it was listed: somebody is about to give it its row.
    let untouched = async || {
        Ok::<_, Trouble>(
            cx.app
                .objects
                .written_at(key)
                .await?
                .is_some_and(|at| at < yesterday),
        )
    };
    if !orphaned || !untouched().await? {
        return Ok(false);
    }
    cx.app.objects.delete(key).await?;
    Ok(true)
}
