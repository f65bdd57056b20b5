//! Forgets rows nobody asks for any more: events and ended jobs that are older than a week, files for download that nobody
//! asked for in a month, deliveries that are older than that, files of comments that nothing names, links of accounts that have run out,
//! passwords and folders that were removed, answers by mail that cannot come again, answers to requests with a key.
//! And takes up recordings whose pictures nobody read.

use std::time::Duration;

use super::{Context, Next, Trouble};
use crate::domain::download::KEPT_FOR;
use crate::domain::reply;
use crate::domain::sharing::ANSWER_TAKEN_BACK_WITHIN;
use crate::service::attachments::forget;
use crate::service::download::forget_unused;
use crate::service::idempotency::KEPT_FOR as KEYS_KEPT_FOR;
use crate::service::screen_text;
use crate::store::{
    Tx, account_links, events, handovers, idempotency, jobs, outbound, outbox, push_shown,
    removed_folders, replies, shares,
};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Files that are forgotten at once.
const BATCH: u32 = 100;
/// So long an operator can see how a job ended, and a page that was away can resume.
const REMEMBERED: Duration = DAY.saturating_mul(7);
/// So long a notification is taken back that is read elsewhere.
const SHOWN: Duration = DAY.saturating_mul(14);
/// So long the log says what became of a delivery.
const LOGGED: Duration = DAY.saturating_mul(30);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let before = cx.now().minus(REMEMBERED);
    cx.write(async |tx: &mut Tx| {
        jobs::forget_ended(tx, before).await?;
        events::prune(tx, before).await?;
        account_links::prune(tx, cx.now()).await?;
        outbox::prune(tx, before).await?;
        push_shown::prune(tx, cx.now().minus(SHOWN)).await?;
        let (mails, keys) = (reply::REMEMBERED, reply::KNOWN_FOR);
        replies::prune(tx, cx.now().minus(mails), cx.now().minus(keys)).await?;
        outbound::prune(tx, cx.now().minus(DAY), cx.now().minus(LOGGED)).await?;
        idempotency::prune(tx, cx.now().minus(KEYS_KEPT_FOR)).await?;
        shares::forget_removed_passwords(tx, cx.now()).await?;
        handovers::forget(tx, cx.now()).await?;
        removed_folders::forget(tx, cx.now()).await?;
        shares::forget_answered(tx, cx.now().minus(ANSWER_TAKEN_BACK_WITHIN)).await?;
        Ok(())
    })
    .await?;
    loop {
        let unasked = cx.now().minus(KEPT_FOR);
        let forgotten =
            cx.write(async |tx: &mut Tx| Ok(forget_unused(tx, unasked, BATCH, cx.now()).await?));
        if forgotten.await? < BATCH as usize {
            break;
        }
    }
    loop {
        let forgotten = cx.write(async |tx: &mut Tx| Ok(forget(tx, BATCH, cx.resources).await?));
        if forgotten.await? < BATCH as usize {
            break;
        }
    }
    // There may be more of them than are taken up when a worker starts.
    if cx.tools.screen().is_some() {
        screen_text::begin_older(cx.resources).await?;
    }
    Ok(Next::Again { after: DAY })
}
