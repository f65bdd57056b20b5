//! When a poster is looked for.

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use crate::domain::job::Job;
use crate::domain::poster::LOOK_AFTER;
use crate::entropy::Entropy;
use crate::store::{Result, Tx, jobs};

/// Call in the transaction that stores the first part of the track `video`.
pub async fn on_first_video_part(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    enqueue(tx, entropy, recording, now.plus(LOOK_AFTER), now).await
}

/// Call in the transaction that finishes a recording with pictures: whoever still looks need not wait longer. And in the one that
/// notes that a part of it is there again.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    enqueue(tx, entropy, recording, now, now).await
}

async fn enqueue(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let job = Job::MakePoster { recording };
    jobs::enqueue(tx, &job, run_at, now, JobId::new(now, entropy.array())).await
}
