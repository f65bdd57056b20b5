//! Forgets jobs that ended long ago.

use std::time::Duration;

use super::{Context, Next, Trouble};
use crate::store::{Tx, jobs};

const EVERY: Duration = Duration::from_secs(3600);
/// So long an operator can see how a job ended.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let before = cx.now().minus(REMEMBERED);
    let forgotten = cx.write(async |tx: &mut Tx| Ok(jobs::forget_ended(tx, before).await?)).await?;
    tracing::debug!(forgotten, "forgot {forgotten} jobs that ended long ago");
    Ok(Next::Again { after: EVERY })
}
