//! Forgets rows nobody asks for any more: events and ended jobs that are older than a week.

use std::time::Duration;

use super::{Context, Next, Trouble};
use crate::store::{Tx, events, jobs};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So long an operator can see how a job ended, and a page that was away can resume.
const REMEMBERED: Duration = DAY.saturating_mul(7);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let before = cx.now().minus(REMEMBERED);
    cx.write(async |tx: &mut Tx| {
        jobs::forget_ended(tx, before).await?;
        events::prune(tx, before).await?;
        Ok(())
    })
    .await?;
    Ok(Next::Again { after: DAY })
}
