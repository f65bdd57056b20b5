//! Removes the objects that the database remembers as deleted, and files of uploads that were never finished. Nothing
//! younger than a day is touched.

use super::{Context, Next, Trouble};
use crate::service::removal::{KEPT_FOR, remove};

const BATCH: u32 = 100;

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let before = cx.now().minus(KEPT_FOR);
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    let mut removed = 0_u64;
    let mut after = String::new();
    loop {
        let batch = store.tombstones(before, &after, BATCH).await?;
        for tombstone in &batch {
            if cx.leaving.is_cancelled() {
                return Ok(Next::Again {
                    after: std::time::Duration::ZERO,
                });
            }
            removed += u64::from(remove(store, objects, tombstone).await?);
        }
        match batch.last() {
            Some(last) => after.clone_from(&last.key),
            None => break,
        }
    }
    let unfinished = objects.remove_unfinished(before).await?;
    if removed + unfinished > 0 {
        tracing::info!(
            removed,
            unfinished,
            "removed {removed} objects that were deleted, and {unfinished} files of unfinished uploads"
        );
    }
    Ok(Next::Again { after: KEPT_FOR })
}
