//! Small pictures of a recording: when they are made, and for whom.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use crate::domain::access::{Allowed, Watch};
use crate::domain::job::Job;
use crate::domain::sprite::Sprite;
use crate::entropy::Entropy;
use crate::resources::Resources;
use crate::store::{Result, Tx, jobs};

/// So much later than a recording ended: its poster and its last words are wanted first.
const AFTER: Duration = Duration::from_secs(5);

/// Call in the transaction that finishes a recording with pictures, and in the one that notes that a part of it is there again.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    let job = Job::MakeSprite { recording };
    let id = JobId::new(now, entropy.array());
    jobs::enqueue(tx, &job, now.plus(AFTER), now, id).await
}

/// Those of a recording that its viewer may watch; none where they were not made (yet).
pub async fn of(resources: &Resources, recording: &Allowed<Watch>) -> Result<Option<Sprite>> {
    resources.store.sprite(recording.id).await
}
