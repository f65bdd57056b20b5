//! What came of an attempt to deliver: it is written down with the delivery, and whoever made a destination that is paused by it is told.

use std::time::Duration;

use aside_protocol::time::Timestamp;

use super::exchange::excerpt;
use super::{Context, Trouble};
use crate::checked_http;
use crate::domain::outbound::retry::Outcome;
use crate::service::notices::{Cause, Told, tell};
use crate::service::outbound::send::{self, Sending, Settled};
use crate::store::Tx;
use crate::store::outbound::deliveries::Attempt;

/// An attempt that ends now. `at`, `began`: when it began, by the calendar and by the clock that never goes back.
pub(super) fn attempt(
    cx: &Context<'_>,
    (at, began): (Timestamp, Duration),
    outcome: &Outcome,
    answered: Option<&checked_http::Told>,
) -> Attempt {
    let took = cx.resources.clock.monotonic().saturating_sub(began);
    Attempt {
        at,
        status: answered.map(|it| it.status),
        reason: outcome.why().map(str::to_owned),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        excerpt: answered.map(excerpt).unwrap_or_default(),
    }
}

/// Call in the transaction of the outcome; who is told is to be woken behind it.
pub(super) async fn settle(
    tx: &mut Tx,
    cx: &Context<'_>,
    sending: &Sending,
    (outcome, attempt): (&Outcome, &Attempt),
) -> Result<(Settled, Option<Told>), Trouble> {
    let chance = u64::from_be_bytes(cx.resources.entropy.array());
    let settled = send::settle(tx, cx.resources, sending, outcome, attempt, chance).await?;
    let (who, recording) = (sending.destination.made_by, sending.due.event.recording);
    let (Settled::Paused, Some(who), Some(recording)) = (settled, who, recording) else {
        return Ok((settled, None));
    };
    let cause = Cause::Stopped {
        recording,
        who,
        destination: sending.destination.id,
    };
    let told = tell(tx, cx.resources, None, cause).await?;
    Ok((settled, Some(told)))
}
