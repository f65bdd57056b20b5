//! Jobs that send.

use aside_protocol::id::JobId;
use aside_protocol::time::Timestamp;

use crate::domain::job::Job;
use crate::domain::outbound::DestinationId;
use crate::resources::Resources;
use crate::store::{Result, Tx, jobs};

/// Queues the job that sends to a destination. One that does not work has a job of another kind, so that healthy ones do not wait
/// for it.
pub(super) async fn ask(
    tx: &mut Tx,
    resources: &Resources,
    destination: DestinationId,
    failures: u32,
    at: Timestamp,
) -> Result<()> {
    let job = match failures {
        0 => Job::Deliver { destination },
        _ => Job::Redeliver { destination },
    };
    let now = resources.now();
    let id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(tx, &job, at.max(now), now, id).await
}
