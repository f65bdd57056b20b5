//! Sends what is due to one destination, one delivery after the other. Destinations that work and those that do not have jobs of
//! different kinds, so that a receiver that never answers holds up nobody but those that do not answer either (decision 76).
//!
//! A delivery ends in a transaction behind the receiver's answer. A worker that dies between the two sends it again, under the same
//! id.

use std::time::Duration;

use super::deliver_issue;
use super::exchange::{answer, ask};
use super::settle_delivery::{attempt as attempt_of, settle};
use super::{Context, Next, Trouble};
use crate::checked_http::{CheckedError, CheckedHttp, Told};
use crate::domain::outbound::DestinationId;
use crate::domain::outbound::outgoing::{Outgoing, read};
use crate::domain::outbound::retry::Outcome;
use crate::service::outbound::issues::work;
use crate::service::outbound::send::{self, Sending, Settled, Step};
use crate::store::Tx;
use aside_protocol::time::Timestamp;

/// So many to one destination, then it is another's turn.
const BATCH: usize = 50;

pub(super) async fn run(cx: &Context<'_>, id: DestinationId, again: bool) -> Result<Next, Trouble> {
    let (Some(http), Some(public)) = (cx.tools.http(), cx.tools.public()) else {
        return Ok(Next::GiveUp {
            why: "without public_url nothing can be linked to".to_owned(),
        });
    };
    for _ in 0..BATCH {
        if cx.leaving.is_cancelled() {
            return Ok(at_once());
        }
        match send::next(cx.resources, public, id, again).await? {
            Step::Wait(next) => return Ok(later(next, cx.now())),
            Step::HandOver(at) => {
                cx.write(async |tx: &mut Tx| {
                    Ok(send::hand_over(tx, cx.resources, id, again, at).await?)
                })
                .await?;
                return Ok(Next::Done);
            }
            Step::Drop(sending) => drop_it(cx, &sending).await?,
            Step::Send(sending, request) => {
                let settled = attempt(cx, http, &sending, *request).await?;
                if ends(cx, settled) {
                    return Ok(Next::Done);
                }
            }
            Step::Issue(sending, work) => {
                let settled = deliver_issue::attempt(cx, http, &sending, *work).await?;
                if ends(cx, settled) {
                    return Ok(Next::Done);
                }
            }
        }
    }
    Ok(at_once())
}

/// Ends what is not to be sent. Where it asked for an issue, open pages hear of it.
async fn drop_it(cx: &Context<'_>, sending: &Sending) -> Result<(), Trouble> {
    let issue = match sending.destination.target.tracker() {
        Some(_) => {
            let event = sending.due.event.id;
            cx.resources.store.issue_of_event(event).await?
        }
        None => None,
    };
    cx.write(async |tx: &mut Tx| {
        send::drop_it(tx, sending, cx.now()).await?;
        if let Some(issue) = &issue {
            work::not_made(tx, cx.resources, issue).await?;
        }
        Ok(())
    })
    .await?;
    if let Some(issue) = &issue {
        cx.resources.notify.notify(issue.recording);
    }
    Ok(())
}

/// Whether this job has nothing more to do.
fn ends(cx: &Context<'_>, settled: Settled) -> bool {
    if settled == Settled::HandedOver {
        cx.resources.notify.notify_any();
    }
    settled != Settled::GoOn
}

async fn attempt(
    cx: &Context<'_>,
    http: &CheckedHttp,
    sending: &Sending,
    request: Outgoing,
) -> Result<Settled, Trouble> {
    let (at, began) = (cx.now(), cx.resources.clock.monotonic());
    let told = http.send(ask(request)).await;
    let outcome = outcome(sending, &told);
    let attempt = attempt_of(cx, (at, began), &outcome, told.as_ref().ok());
    let (settled, woken) = cx
        .write(async |tx: &mut Tx| settle(tx, cx, sending, (&outcome, &attempt)).await)
        .await?;
    if let Some(woken) = woken {
        woken.wake(cx.resources);
    }
    Ok(settled)
}

fn outcome(sending: &Sending, told: &Result<Told, CheckedError>) -> Outcome {
    match told {
        Ok(told) => read(sending.way(), &answer(told)),
        Err(error) => Outcome::NotNow {
            why: error.to_string(),
            wait: None,
            paced: false,
        },
    }
}

const fn at_once() -> Next {
    Next::Again {
        after: Duration::ZERO,
    }
}

/// When the next one is due; it may have become so meanwhile.
fn later(next: Option<Timestamp>, now: Timestamp) -> Next {
    next.map_or(Next::Done, |at| {
        let left = u64::try_from(at.micros() - now.micros()).unwrap_or(0);
        Next::Again {
            after: Duration::from_micros(left),
        }
    })
}
