//! The picture that stands for a recording.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use super::job::Job;
use crate::entropy::Entropy;
use crate::store::{self, Tx, jobs};

/// So much of a running take is looked at before the first choice is made.
pub const LOOK_AFTER: Duration = Duration::from_secs(3);

/// Call in the transaction that stores the first part of the track `video`.
pub async fn on_first_video_part(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> store::Result<()> {
    let job = Job::MakePoster { recording };
    jobs::enqueue(
        tx,
        &job,
        now.plus(LOOK_AFTER),
        now,
        JobId::new(now, entropy.array()),
    )
    .await
}

/// Call in the transaction that finishes a recording with pictures: whoever still looks need not wait longer.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> store::Result<()> {
    let job = Job::MakePoster { recording };
    jobs::enqueue(tx, &job, now, now, JobId::new(now, entropy.array())).await
}
