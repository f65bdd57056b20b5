//! Asks a tracker how its issues stand, a few at once. Where it tells by webhooks that is once a day.

use std::time::Duration;

use super::deliver_issue::look;
use super::{Context, Next, Trouble};
use crate::domain::outbound::DestinationId;
use crate::domain::outbound::retry::Outcome;
use crate::service::outbound::issues::read;
use crate::store::Tx;

/// A tracker that does not answer as it should is left alone for so long.
const LATER: Duration = Duration::from_secs(3600);
/// Answers of one round that say no.
const REFUSED: u32 = 3;

pub(super) async fn run(cx: &Context<'_>, id: DestinationId) -> Result<Next, Trouble> {
    let Some(http) = cx.tools.http() else {
        return Ok(Next::GiveUp {
            why: "nothing is sent by this worker".to_owned(),
        });
    };
    let Some(round) = read::round(cx.resources, id).await? else {
        return Ok(Next::Done);
    };
    let mut refused = 0;
    for issue in &round.issues {
        if cx.leaving.is_cancelled() {
            break;
        }
        let Some(flow) = read::flow(&round.tracker, issue) else {
            continue;
        };
        let found = look(cx, http, flow).await;
        let remote = found.as_ref().ok().and_then(Option::as_ref);
        let news = cx
            .write(async |tx: &mut Tx| Ok(read::settle(tx, cx.resources, issue, remote).await?))
            .await?;
        if news {
            cx.resources.notify.notify(issue.recording);
        }
        match found {
            Ok(_) => {}
            Err(Outcome::NotNow { wait, .. }) => {
                return Ok(Next::Again {
                    after: wait.unwrap_or(LATER),
                });
            }
            // One may be gone; where all are, it is the token.
            Err(_) => refused += 1,
        }
        if refused == REFUSED {
            return Ok(Next::Again { after: LATER });
        }
    }
    Ok(round
        .again
        .map_or(Next::Done, |after| Next::Again { after }))
}
