//! Recordings that were cancelled while their server did not answer: it is told now.

use std::time::Duration;

use super::super::app::{App, runtime};
use super::super::failure::Failure;
use crate::http::Http;
use crate::spool::Spool;
use crate::upload::{Client, cancel};

/// How long one of them may take. What does not get through is tried at the next start.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Tells the server that is configured of what it is to remove. A server that does not answer is told at the next start.
pub(super) fn tell_servers(app: &App, spool: &Spool) -> Result<(), Failure> {
    let Some(account) = app.account()? else {
        return Ok(());
    };
    let Some(token) = &account.token else {
        return Ok(());
    };
    let ours: Vec<_> = spool
        .cancellations()?
        .into_iter()
        .filter(|c| c.server == account.address())
        .collect();
    if ours.is_empty() {
        return Ok(());
    }
    let http = Http::new(&account.server, Some(token.clone()))?;
    let runtime = runtime()?;
    for cancellation in ours {
        let client = Client::new(http.clone(), cancellation.id);
        let answer =
            runtime.block_on(async { tokio::time::timeout(TIMEOUT, cancel(&client)).await });
        match answer {
            Ok(Ok(_)) => spool.forget_cancellation(cancellation.id)?,
            // One that is not answered says how it is with the others.
            Ok(Err(_)) | Err(_) => break,
        }
    }
    Ok(())
}
