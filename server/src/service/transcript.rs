//! The state of a transcript, and taking up one that waits or was given up.

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::transcript::TranscriptState;
use crate::entropy::Entropy;
use crate::store::{Result, Store, Tx, events, jobs, transcripts};

/// Changes the state and tells the open pages, if it was another. Call it last: it holds a lock until the commit.
pub async fn set_state(
    tx: &mut Tx,
    recording: RecordingId,
    state: TranscriptState,
    now: Timestamp,
) -> Result<()> {
    if transcripts::set_state(tx, recording, state, now).await? {
        events::append(tx, recording, Change::Transcript, now).await?;
    }
    Ok(())
}

/// Takes a transcript up again if it is in the state `from`; says whether it was. Locks are taken in the order of an
/// upload: the recording, its job, the events.
pub async fn take_up(
    store: &Store,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    from: TranscriptState,
    now: Timestamp,
) -> Result<bool> {
    store
        .write(async |tx: &mut Tx| {
            tx.lock_recording(recording).await?;
            if transcripts::state(tx, recording).await? != from {
                return Ok(false);
            }
            if from == TranscriptState::Failed {
                // Anew from the beginning; the words stay until others take their place.
                transcripts::reset(tx, recording, now).await?;
            }
            let job = Job::TranscribeSpeech { recording };
            jobs::enqueue(tx, &job, now, now, JobId::new(now, entropy.array())).await?;
            set_state(tx, recording, TranscriptState::Waiting, now).await?;
            Ok(true)
        })
        .await
}
