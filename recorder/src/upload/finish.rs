//! Bringing a take of a dead process to its server, from what lies on disk to its deletion.

use std::sync::Arc;

use aside_protocol::time::MediaTime;
use aside_protocol::upload::{PartRange, RecorderState};
use tokio::sync::watch;

use super::client::Client;
use super::error::UploadError;
use super::events::Events;
use super::retry::Policy;
use super::run::{Job, upload};
use crate::entropy::Entropy;
use crate::http::Http;
use crate::spool::{Held, Permit, Recovered, SpoolError, covered_by, missing_from};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// The server has proved that it holds every part that was made; the take left this computer.
    Uploaded {
        url: String,
        /// Parts that were made.
        parts: usize,
        /// Of those, how many the receipt lacks.
        missing: usize,
        duration: MediaTime,
    },
    /// Not one part was ever made; the take is gone here and on the server.
    Empty,
}

/// Finishes a take that is held. `found` hears what was recovered before the first request.
pub async fn finish_take(
    held: Held,
    http: Http,
    events: Events,
    entropy: Arc<dyn Entropy>,
    policy: Policy,
    found: impl FnOnce(&Recovered),
) -> Result<Finished, UploadError> {
    let (held, recovered, nothing) = run_blocking(move || {
        let recovered = held.recover()?;
        let nothing = Permit::nothing_recorded(&held.folder)?;
        Ok::<_, SpoolError>((held, recovered, nothing))
    })
    .await?;
    found(&recovered);
    let client = Client::new(http.clone(), held.take.id);
    let ledger = recovered.ledger;
    match nothing {
        Some(permit) => {
            delete_on_server(&client).await?;
            run_blocking(move || held.delete(permit)).await?;
            return Ok(Finished::Empty);
        }
        None if ledger.made() == 0 => {
            let held = count_on_server(&client).await.unwrap_or(0);
            return Err(UploadError::LostAll { held });
        }
        None => {}
    }
    let (_ended, shared) = watch::channel(ledger.clone());
    let job = Job {
        client,
        server: http.address().to_owned(),
        take: Arc::new(held.take.clone()),
        state: watch::channel(RecorderState::Recording).1,
        folder: held.folder.clone(),
        ledger: shared,
        received: Arc::new(held.received()?),
        events,
        entropy,
        policy,
    };
    let receipt = match upload(job).await {
        Ok(receipt) => receipt,
        Err(UploadError::Damaged { lost }) => {
            let note = u32::try_from(lost).unwrap_or(u32::MAX);
            // A hint for `aside takes`; the next attempt finds out again.
            let _ = run_blocking(move || held.note_damage(note)).await;
            return Err(UploadError::Damaged { lost });
        }
        Err(other) => return Err(other),
    };
    let permit = covered_by(&ledger, &receipt)?;
    let missing = missing_from(&ledger, &receipt);
    run_blocking(move || held.delete(permit)).await?;
    Ok(Finished::Uploaded {
        url: receipt.url,
        parts: ledger.made(),
        missing,
        duration: ledger.duration(),
    })
}

/// Takes the link of a take back of which nothing was ever recorded. The server's recording is deleted only if the
/// server says that it holds nothing: a spool that has lost everything, its journal too, is empty as well.
async fn delete_on_server(client: &Client) -> Result<(), UploadError> {
    match count_on_server(client).await {
        // It has never heard of the recording, or it does not answer: then one without a part stays there.
        None => Ok(()),
        Some(0) => {
            // Should this be lost on its way, a recording without a part stays there, shown as interrupted.
            let _ = client.delete().await;
            Ok(())
        }
        Some(held) => Err(UploadError::LostAll { held }),
    }
}

/// How many parts the server holds; `None` when it does not say.
async fn count_on_server(client: &Client) -> Option<usize> {
    let status = client.status().await.ok()?;
    let ranges = status.received.iter().flat_map(|track| &track.ranges);
    let parts = |r: &PartRange| r.last.saturating_sub(r.first) as usize + 1;
    Some(ranges.map(parts).sum())
}

/// Disk work that may take a while.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}
