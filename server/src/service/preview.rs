//! Lively seconds of a recording, and what older recordings lack: when they are made, and for whom.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use crate::domain::access::{Allowed, Watch};
use crate::domain::job::Job;
use crate::domain::preview::Preview;
use crate::entropy::Entropy;
use crate::resources::Resources;
use crate::store::previews::Made;
use crate::store::{Result, Tx, jobs};

/// So much later than a recording ended: poster, last words and small pictures are wanted first.
const AFTER: Duration = Duration::from_secs(8);
/// Recordings that are looked for at once.
const BATCH: u32 = 500;

/// Call in the transaction that finishes a recording with pictures, and in the one that notes that a part of it is there again.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    let job = Job::MakePreview { recording };
    let id = JobId::new(now, entropy.array());
    jobs::enqueue(tx, &job, now.plus(AFTER), now, id).await
}

/// That of a recording that its viewer may watch; none where it was not made (yet).
pub async fn of(resources: &Resources, recording: &Allowed<Watch>) -> Result<Option<Preview>> {
    resources.store.preview(recording.id).await
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    pub sprites: u64,
    pub previews: u64,
    pub suggestions: u64,
}

/// Asks workers for the small pictures, previews and suggestions that finished recordings lack: one job each `pace`, so that what
/// is recorded meanwhile does not wait behind them.
pub async fn fill(resources: &Resources, pace: Duration) -> Result<Filled> {
    let mut filled = Filled::default();
    let begin = resources.now();
    let mut at = begin;
    for made in [Made::Sprite, Made::Preview, Made::Suggestions] {
        let mut after = RecordingId(uuid::Uuid::nil());
        loop {
            let found = resources
                .store
                .recordings_without(made, after, BATCH)
                .await?;
            let Some(last) = found.last() else {
                break;
            };
            after = *last;
            let count = found.len() as u64;
            at = resources
                .store
                .write(async |tx: &mut Tx| -> Result<Timestamp> {
                    let mut at = at;
                    for recording in &found {
                        let recording = *recording;
                        let job = match made {
                            Made::Sprite => Job::MakeSprite { recording },
                            Made::Preview => Job::MakePreview { recording },
                            Made::Suggestions => Job::SuggestText { recording },
                        };
                        let id = JobId::new(begin, resources.id_entropy());
                        jobs::enqueue(tx, &job, at, begin, id).await?;
                        at = at.plus(pace);
                    }
                    Ok(at)
                })
                .await?;
            match made {
                Made::Sprite => filled.sprites += count,
                Made::Preview => filled.previews += count,
                Made::Suggestions => filled.suggestions += count,
            }
        }
    }
    Ok(filled)
}
