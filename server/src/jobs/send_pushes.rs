//! Tells a person in one browser what concerns them and is due, one message after the other (decision 74).
//!
//! A row of the outbox ends in a transaction behind the push service's yes. A worker that dies between the two sends that message
//! again, under the same topic and tag: it takes the place of the one before.

use std::time::Duration;

use aside_protocol::time::Timestamp;

use super::push_service::{forget, send};
use super::take_back::{TakenBack, take_back};
use super::{Context, Next, Trouble};
use crate::checked_http::CheckedHttp;
use crate::domain::push::message::PushMessage;
use crate::domain::push::outcome::{Outcome, hold};
use crate::domain::push::{PushSubscription, SubscriptionId};
use crate::service::notices::next_push;
use crate::store::outbox::Channel;
use crate::store::{Tx, outbox, push_shown, push_subscriptions};

/// So many messages to one browser, then it is another's turn.
const BATCH: usize = 20;

pub(super) async fn run(cx: &Context<'_>, id: SubscriptionId) -> Result<Next, Trouble> {
    let Some(http) = cx.tools.http() else {
        return Ok(Next::GiveUp {
            why: "this worker asks nobody by HTTP".to_owned(),
        });
    };
    let (store, channel) = (&cx.resources.store, Channel::Push(id));
    for _ in 0..BATCH {
        if cx.leaving.is_cancelled() {
            return Ok(again(Duration::ZERO));
        }
        let Some(browser) = store.push_subscription(id, cx.now()).await? else {
            return Ok(Next::Done);
        };
        if browser.held_until > cx.now() {
            return Ok(later(Some(browser.held_until), cx.now()));
        }
        let Some(next) = next_push(cx.resources, &browser).await? else {
            if browser.failing_since.is_some() {
                // What it did not take is not to be sent any more.
                cx.write(async |tx: &mut Tx| Ok(push_subscriptions::clear(tx, id).await?))
                    .await?;
            }
            let more = match take_back(cx, http, &browser).await? {
                TakenBack::So(more) => more,
                TakenBack::Gone => return Ok(Next::Done),
            };
            let next = store.next_due(browser.user, channel).await?;
            let first = next.into_iter().chain(more).min();
            return Ok(later(first, cx.now()));
        };
        let tag = next.message.as_ref().map(|it| it.tag.clone());
        let outcome = match next.message {
            Some(message) => Some(attempt(cx, http, &browser, message).await?),
            None => None,
        };
        let now = cx.now();
        match outcome {
            Some(Outcome::NotNow { why, wait }) => {
                not_now(cx, &browser, &why, wait).await?;
                continue;
            }
            Some(Outcome::Gone) => {
                tracing::info!(%id, "a browser is told no more: its push service does not know it");
                forget(cx, &browser).await?;
                return Ok(Next::Done);
            }
            Some(Outcome::Never(status)) => {
                tracing::warn!(%id, service = browser.service(), status, "a push service refuses a message: {status}");
            }
            Some(Outcome::TooLarge) => {
                tracing::warn!(%id, service = browser.service(), "a push service takes not even a short message");
            }
            Some(Outcome::Taken) => {
                cx.write(async |tx: &mut Tx| {
                    outbox::end(tx, channel, &next.rows, now).await?;
                    push_shown::forget(tx, id, &next.closed).await?;
                    let tag = tag.as_deref().unwrap_or_default();
                    push_shown::add(tx, id, tag, &next.shown, now).await?;
                    Ok(push_subscriptions::delivered(tx, id, now).await?)
                })
                .await?;
                continue;
            }
            None => {}
        }
        // It was answered, or nothing was asked.
        cx.write(async |tx: &mut Tx| {
            outbox::end(tx, channel, &next.rows, now).await?;
            Ok(push_subscriptions::clear(tx, id).await?)
        })
        .await?;
    }
    Ok(again(Duration::ZERO))
}

/// Sends it; once more without its words where it is too large as it is.
async fn attempt(
    cx: &Context<'_>,
    http: &CheckedHttp,
    browser: &PushSubscription,
    message: PushMessage,
) -> Result<Outcome, Trouble> {
    match send(cx, http, browser, &message).await? {
        Outcome::TooLarge => send(cx, http, browser, &message.brief()).await,
        outcome => Ok(outcome),
    }
}

async fn not_now(
    cx: &Context<'_>,
    browser: &PushSubscription,
    why: &str,
    wait: Option<Duration>,
) -> Result<(), Trouble> {
    let (id, service, now) = (browser.id, browser.service(), cx.now());
    let since = browser.failing_since.unwrap_or(now);
    let chance = u64::from_be_bytes(cx.resources.entropy.array());
    let Some(until) = hold(wait, since, now, chance) else {
        tracing::warn!(%id, service, why, "a browser is told no more: nothing was taken for a week: {why}");
        return forget(cx, browser).await;
    };
    if browser.failing_since.is_none() {
        tracing::warn!(%id, service, why, "a push service does not take a message now: {why}");
    }
    cx.write(async |tx: &mut Tx| Ok(push_subscriptions::hold(tx, id, since, until).await?))
        .await
}

const fn again(after: Duration) -> Next {
    Next::Again { after }
}

/// When the next row is due; it may have become so meanwhile.
fn later(next: Option<Timestamp>, now: Timestamp) -> Next {
    next.map_or(Next::Done, |at| {
        let left = u64::try_from(at.micros() - now.micros()).unwrap_or(0);
        again(Duration::from_micros(left))
    })
}
