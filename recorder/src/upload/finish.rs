//! Bringing a take of a dead process to its server, from what lies on disk to its deletion.

use std::sync::Arc;

use aside_protocol::time::MediaTime;
use crossbeam_channel::Sender;
use tokio::sync::watch;

use super::client::Client;
use super::error::UploadError;
use super::retry::Policy;
use super::run::{Event, Job, upload};
use crate::entropy::Entropy;
use crate::http::Http;
use crate::spool::{Held, Permit, Recovered, SpoolError, covered_by};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// The server has proved that it holds everything; the take left this computer.
    Uploaded {
        url: String,
        parts: usize,
        duration: MediaTime,
        lost: u32,
    },
    /// There was not one part in it; the take is gone here and on the server.
    Empty,
}

/// Finishes a take that is held. `found` hears what was recovered before the first request.
pub async fn finish_take(
    held: Held,
    http: Http,
    events: Sender<Event>,
    entropy: Arc<dyn Entropy>,
    policy: Policy,
    found: impl FnOnce(&Recovered),
) -> Result<Finished, UploadError> {
    let (held, recovered) = in_the_background(move || {
        let recovered = held.recover()?;
        Ok::<_, SpoolError>((held, recovered))
    })
    .await?;
    found(&recovered);
    let client = Client::new(http.clone(), held.take.id);
    if let Some(permit) = Permit::nothing_recorded(&recovered.ledger) {
        // The server may never have heard of it, or not be there: nothing is lost either way.
        let _ = client.delete().await;
        in_the_background(move || held.delete(permit)).await?;
        return Ok(Finished::Empty);
    }
    let lost = recovered.lost;
    let (_ended, ledger) = watch::channel(recovered.ledger);
    let job = Job {
        client,
        server: http.address().to_owned(),
        take: Arc::new(held.take.clone()),
        folder: held.folder.clone(),
        ledger: ledger.clone(),
        received: held.received()?,
        events,
        entropy,
        policy,
    };
    let receipt = upload(job).await?;
    let permit = covered_by(&ledger.borrow(), &receipt)?;
    in_the_background(move || held.delete(permit)).await?;
    let ledger = ledger.borrow();
    Ok(Finished::Uploaded {
        url: receipt.url,
        parts: ledger.len(),
        duration: ledger.duration(),
        lost,
    })
}

/// Disk work that may take a while.
async fn in_the_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}
