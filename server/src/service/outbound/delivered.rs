//! What is sent to a destination, for who looks after it: a test, once more, and the log.

use super::manage::{ManageError, theirs};
use super::reader::reader;
use super::work::ask;
use crate::domain::access::{Watch, allow};
use crate::domain::outbound::{
    DeliveryId, DeliveryState, Destination, DestinationId, Event, EventId, EventKind,
};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::Tx;
use crate::store::outbound as rows;
use crate::store::outbound::deliveries;
pub use crate::store::outbound::deliveries::{Attempt, Replay};
use crate::store::outbound::log::Line;

/// Queues a message that says nothing but that it arrives.
pub async fn test(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
) -> Result<DeliveryId, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.destination(id).await?)?;
    let event = Event {
        id: EventId::new(now, resources.id_entropy()),
        kind: EventKind::Test,
        recording: None,
        comment: None,
        actor: None,
        at: now,
    };
    let delivery = DeliveryId::new(now, resources.id_entropy());
    store
        .write(async |tx: &mut Tx| -> Result<(), ManageError> {
            deliveries::insert_event(tx, &event).await?;
            deliveries::insert(tx, delivery, id, event.id, now).await?;
            release(tx, resources, &found).await
        })
        .await?;
    resources.notify.notify_any();
    Ok(delivery)
}

/// Somebody wants to see whether it works: nothing is held back any more.
async fn release(
    tx: &mut Tx,
    resources: &Resources,
    found: &Destination,
) -> Result<(), ManageError> {
    let now = resources.now();
    rows::set_failures(tx, found.id, found.failures, now).await?;
    Ok(ask(tx, resources, found.id, found.failures, now).await?)
}

/// Queues anew what has ended; answers how many deliveries that were.
pub async fn replay(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
    which: Replay,
) -> Result<u64, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.destination(id).await?)?;
    let count = store
        .write(async |tx: &mut Tx| -> Result<u64, ManageError> {
            let count = deliveries::replay(tx, id, which, now).await?;
            if count > 0 {
                release(tx, resources, &found).await?;
            }
            Ok(count)
        })
        .await?;
    resources.notify.notify_any();
    Ok(count)
}

/// A line of the log with the title of its recording, where its person may see that now.
#[derive(Debug, Clone)]
pub struct Logged {
    pub line: Line,
    /// Title and link.
    pub recording: Option<(String, String)>,
}

/// Deliveries of a destination, the newest first.
pub async fn log(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Logged>, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.destination(id).await?)?;
    let mut all = Vec::new();
    for line in store.delivery_log(id, state, before, limit).await? {
        let seen = match line.recording {
            Some(recording) => store.recording_seen(recording, found.owner).await?,
            None => None,
        };
        let recording = seen.and_then(|it| allow::<Watch>(&reader(found.owner), it, now).ok());
        let recording = recording.map(|it| (it.title.clone(), it.slug.to_string()));
        all.push(Logged { line, recording });
    }
    Ok(all)
}

/// All attempts of a delivery.
pub async fn attempts(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
    delivery: DeliveryId,
) -> Result<Vec<Attempt>, ManageError> {
    let store = &resources.store;
    theirs(member, store.destination(id).await?)?;
    Ok(store.delivery_attempts(id, delivery).await?)
}
