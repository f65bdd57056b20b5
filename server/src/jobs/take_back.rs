//! What a browser shows and was read elsewhere is taken back, by a message that shows nothing (decision 74).

use std::time::Duration;

use aside_protocol::time::Timestamp;

use super::push_service::{forget, send};
use super::{Context, Trouble};
use crate::checked_http::CheckedHttp;
use crate::domain::push::PushSubscription;
use crate::domain::push::message::{MAX_CLOSED, PushMessage};
use crate::domain::push::outcome::Outcome;
use crate::store::{Tx, push_shown, push_subscriptions};

/// Browsers count messages that show nothing: one in so long at most, and everything that was read by then in it.
const PAUSE: Duration = Duration::from_secs(4 * 3600);

/// What came of it.
pub(super) enum TakenBack {
    /// All that can be. When there is more to be done; none: nothing.
    So(Option<Timestamp>),
    /// The browser is told no more.
    Gone,
}

/// Takes back what was read.
pub(super) async fn take_back(
    cx: &Context<'_>,
    http: &CheckedHttp,
    browser: &PushSubscription,
) -> Result<TakenBack, Trouble> {
    let (id, now) = (browser.id, cx.now());
    if !browser.may_be_silent() {
        return Ok(TakenBack::So(None));
    }
    let tags = cx.resources.store.shown_and_read(id, now, MAX_CLOSED);
    let tags = tags.await?;
    if tags.is_empty() {
        return Ok(TakenBack::So(None));
    }
    let free_at = browser.silent_at.map(|at| at.plus(PAUSE));
    if let Some(at) = free_at.filter(|at| *at > now) {
        return Ok(TakenBack::So(Some(at)));
    }
    let message = PushMessage::closing(tags);
    if let Outcome::Gone = send(cx, http, browser, &message).await? {
        forget(cx, browser).await?;
        return Ok(TakenBack::Gone);
    }
    // Whatever else was answered, that is all: nobody misses it, and no failure of it ends a subscription.
    cx.write(async |tx: &mut Tx| {
        push_shown::forget(tx, id, &message.close).await?;
        Ok(push_subscriptions::was_silent(tx, id, now).await?)
    })
    .await?;
    let more = cx.resources.store.shown_and_read(id, now, 1).await?;
    Ok(TakenBack::So((!more.is_empty()).then(|| now.plus(PAUSE))))
}
