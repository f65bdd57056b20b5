//! Asks a tracker for an issue: one request after the other, and what came of it is written down with the delivery.

use super::exchange::{answer, ask};
use super::settle_delivery::{attempt as attempt_of, settle};
use super::{Context, Trouble};
use crate::checked_http::{CheckedHttp, Told};
use crate::domain::outbound::retry::Outcome;
use crate::domain::outbound::tracker::Remote;
use crate::domain::outbound::tracker::flow::{Flow, Led};
use crate::service::outbound::issues::work::{self, Work};
use crate::service::outbound::send::{Sending, Settled};
use crate::store::Tx;

/// Bytes of an answer that are read: an issue comes back whole, and so do fifty of a list.
pub(super) const ANSWER: usize = 4 * 1024 * 1024;

pub(super) async fn attempt(
    cx: &Context<'_>,
    http: &CheckedHttp,
    sending: &Sending,
    mut work: Work,
) -> Result<Settled, Trouble> {
    let (at, began) = (cx.now(), cx.resources.clock.monotonic());
    let mut last: Option<Told> = None;
    let (outcome, remote) = loop {
        if let (true, Some(issue)) = (work.flow.writes(), &work.issue) {
            let to = &sending.destination;
            let begun = cx
                .write(async |tx: &mut Tx| Ok(work::begin(tx, cx.resources, issue, to).await?))
                .await?;
            if !begun {
                // It stays due, and is made with what the destination is like now.
                return Ok(Settled::GoOn);
            }
        }
        match step(cx, http, &mut work.flow, &mut last).await {
            Led::On => {}
            Led::Done(remote) => break (Outcome::Taken, remote),
            Led::Refused(outcome) => break (outcome, None),
        }
    };
    let attempt = attempt_of(cx, (at, began), &outcome, last.as_ref());
    let (settled, woken) = cx
        .write(async |tx: &mut Tx| {
            let settled = settle(tx, cx, sending, (&outcome, &attempt)).await?;
            match (&work.issue, &remote) {
                (Some(issue), Some(remote)) => work::made(tx, cx.resources, issue, remote).await?,
                (Some(issue), None) => work::not_made(tx, cx.resources, issue).await?,
                (None, _) => {}
            }
            Ok(settled)
        })
        .await?;
    if let Some(issue) = &work.issue {
        cx.resources.notify.notify(issue.recording);
    }
    if let Some(woken) = woken {
        woken.wake(cx.resources);
    }
    Ok(settled)
}

/// Sends what is next, and says where that leads to.
pub(super) async fn step(
    cx: &Context<'_>,
    http: &CheckedHttp,
    flow: &mut Flow,
    last: &mut Option<Told>,
) -> Led {
    match http.send_reading(ask(flow.request().into()), ANSWER).await {
        Ok(told) => {
            let led = flow.heard(&answer(&told), cx.now());
            *last = Some(told);
            led
        }
        Err(error) => match flow.unheard() {
            Some(remote) => Led::Done(Some(remote)),
            None => Led::Refused(Outcome::NotNow {
                why: error.to_string(),
                wait: None,
                paced: false,
            }),
        },
    }
}

/// How an issue stands; an error says what the tracker wants instead.
pub(super) async fn look(
    cx: &Context<'_>,
    http: &CheckedHttp,
    mut flow: Flow,
) -> Result<Option<Remote>, Outcome> {
    loop {
        match step(cx, http, &mut flow, &mut None).await {
            Led::On => {}
            Led::Done(remote) => return Ok(remote),
            Led::Refused(outcome) => return Err(outcome),
        }
    }
}
