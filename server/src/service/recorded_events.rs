//! What the events track of a recording holds, for its owner, who may also empty it.

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{MAX_PARTS, TrackName};
use aside_protocol::timed_event::{TimedEvent, read_events};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{StorageError, key_of};
use crate::domain::access::{Allowed, Change};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::store::{Tx, tombstones};

/// Parts read at once; one has at most 256 KiB.
const PAGE: u32 = 500;
/// Objects asked for at once.
const CONCURRENCY: usize = 8;

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// By part, then in the order of their lines.
    pub events: Vec<TimedEvent>,
    /// Number of the part with which the next page begins; none at the end.
    pub next: Option<u32>,
}

/// The events from part number `from` on. Parts whose object is missing are passed over.
pub async fn read(
    resources: &Resources,
    recording: &Allowed<Change>,
    from: u32,
) -> Result<Page, StorageError> {
    let id = recording.id;
    let last = from.saturating_add(PAGE - 1);
    let track = TrackName::Events;
    let parts = resources.store.stored_parts(id, track, from, last).await?;
    let keys = parts.iter().map(|part| ObjectKey::Part {
        recording: id,
        track,
        number: part.number,
        sha256: part.sha256,
    });
    let reads: Vec<_> = keys
        .map(|key| events_of(resources.objects.clone(), key))
        .collect();
    let events: Vec<Vec<TimedEvent>> = stream::iter(reads)
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let more = resources
        .store
        .stored_parts(id, track, last.saturating_add(1), MAX_PARTS)
        .await?;
    Ok(Page {
        events: events.into_iter().flatten().collect(),
        next: more.first().map(|part| part.number),
    })
}

async fn events_of(objects: Objects, key: ObjectKey) -> Result<Vec<TimedEvent>, ObjectError> {
    match objects.get(&key).await {
        // It was read when it arrived; what cannot be read any more holds nothing.
        Ok(bytes) => Ok(read_events(&bytes)
            .map(|part| part.events)
            .unwrap_or_default()),
        Err(ObjectError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Empties the events track as far as it has arrived. Rows of parts stay, so that the recorder's receipt holds and nothing is
/// asked for again; chapters and layout stay as well.
pub async fn empty(resources: &Resources, recording: &Allowed<Change>) -> Result<(), GateError> {
    let (id, now): (RecordingId, _) = (recording.id, resources.now());
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), GateError> {
            gate::held_again(tx, recording, now).await?;
            let named = tx.named_parts(id).await?.into_iter();
            for part in named.filter(|part| part.track == TrackName::Events) {
                tombstones::add(tx, key_of(&part).path().as_ref(), now).await?;
            }
            tx.empty_parts(id, TrackName::Events, now).await?;
            Ok(())
        })
        .await
}
