//! Removes for good what has been in the trash for thirty days.

use std::time::Duration;

use super::{Context, Next, Trouble};
use crate::service::recordings::empty_trash;

const HOUR: Duration = Duration::from_secs(3600);
/// Recordings between two looks at whether the worker is to leave.
const BATCH: u32 = 20;

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let mut removed = 0_u64;
    loop {
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: Duration::ZERO,
            });
        }
        match empty_trash(cx.resources, BATCH).await? {
            0 => break,
            some => removed += u64::from(some),
        }
    }
    if removed > 0 {
        tracing::info!(
            removed,
            "removed {removed} recordings that had been in the trash for thirty days"
        );
    }
    Ok(Next::Again { after: HOUR })
}
