//! Parts whose objects are missing: rows are compared with objects, and what differs is noted in the rows. Playlists list
//! a missing part as a gap, the upload's status asks for it again, and a part that is there again is listed again, and put into what
//! was made without it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::parts_again::on_parts_again;
use super::store_identity::still_together;
use super::{StorageError, key_of};
use crate::domain::event;
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::resources::Resources;
use crate::store::stored::{NamedPart, StoredObject};
use crate::store::{Tx, events};

/// Objects asked for at once.
const CONCURRENCY: usize = 16;
/// A recording is compared at most this often, however many ask for what is missing.
const COMPARE_EVERY: Duration = Duration::from_secs(30);
/// Recordings remembered as compared; past it those compared longest ago are forgotten.
const MAX_REMEMBERED: usize = 1000;

/// A part whose object is gone, or is there again, unlike the row says.
pub struct Change {
    pub part: NamedPart,
    pub lost: bool,
}

/// Compares the rows with the objects. One list answers for all; what the list lacks is asked for by name, because a
/// list may lag behind.
pub async fn compare(
    objects: &Objects,
    recording: RecordingId,
    rows: &[StoredObject],
) -> Result<Vec<Change>, ObjectError> {
    let listed: HashMap<ObjectKey, u64> = objects
        .of_recording(recording)
        .map_ok(|found| (found.key, found.size))
        .try_collect()
        .await?;
    let is_whole = |row: &StoredObject| listed.get(&key_of(&row.part)) == Some(&row.size);
    let mut changes: Vec<Change> = rows
        .iter()
        .filter(|row| row.lost && is_whole(row))
        .map(|row| Change {
            part: row.part,
            lost: false,
        })
        .collect();
    let doubtful: Vec<StoredObject> = rows
        .iter()
        .filter(|row| !row.lost && !is_whole(row))
        .copied()
        .collect();
    let asked: Vec<Option<Change>> = stream::iter(doubtful)
        .map(|row| is_gone(objects.clone(), row))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    changes.extend(asked.into_iter().flatten());
    Ok(changes)
}

async fn is_gone(objects: Objects, row: StoredObject) -> Result<Option<Change>, ObjectError> {
    let size = objects.find_size(key_of(&row.part)).await?;
    Ok((size != Some(row.size)).then_some(Change {
        part: row.part,
        lost: true,
    }))
}

/// Compares the rows of a recording with its objects and notes what differs; says whether anything did.
pub async fn note(resources: &Resources, recording: RecordingId) -> Result<bool, StorageError> {
    let Resources { store, objects, .. } = resources;
    let now = resources.now();
    let rows = store.stored_objects(recording).await?;
    let changes = compare(objects, recording, &rows).await?;
    if changes.is_empty() {
        return Ok(false);
    }
    let lost = changes.iter().filter(|change| change.lost).count();
    tracing::error!(
        recording.id = %recording,
        "{lost} parts of {recording} are missing in the object store, {} are there again",
        changes.len() - lost
    );
    store
        .write(async |tx: &mut Tx| -> crate::store::Result<()> {
            let told = write_down(tx, resources, recording, &changes, now).await?;
            if let Some(change) = told {
                events::append(tx, recording, change, now).await?;
            }
            Ok(())
        })
        .await?;
    Ok(true)
}

/// Locks the recording and notes in the rows what differs; what was made without a part that is there again is made anew. Answers
/// what open pages are to be told at the end of the transaction.
pub async fn write_down(
    tx: &mut Tx,
    resources: &Resources,
    recording: RecordingId,
    changes: &[Change],
    now: Timestamp,
) -> crate::store::Result<Option<event::Change>> {
    tx.lock_recording(recording).await?;
    let mut back = BTreeSet::new();
    for change in changes {
        tx.set_lost(&change.part, change.lost.then_some(now))
            .await?;
        if !change.lost {
            back.insert(change.part.track);
        }
    }
    if back.is_empty() {
        return Ok(None);
    }
    let found = tx.recording(recording).await?;
    let Some(found) = found.filter(|it| it.deleted_at.is_none()) else {
        return Ok(None);
    };
    let back: Vec<TrackName> = back.into_iter().collect();
    on_parts_again(tx, &*resources.entropy, &found, &back, now).await
}

/// Compares recordings of which somebody saw that parts are missing. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct LossWatch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    resources: Resources,
    /// When each recording was last compared, by [`Clock::monotonic`].
    compared: Mutex<HashMap<RecordingId, Duration>>,
}

impl LossWatch {
    pub fn new(resources: Resources) -> Self {
        Self(Arc::new(Inner {
            resources,
            compared: Mutex::default(),
        }))
    }

    /// Somebody saw that parts of this recording are missing: compares it in the background, unless that was just done.
    pub fn look(&self, recording: RecordingId) {
        if self.is_due(recording) {
            let inner = Arc::clone(&self.0);
            tokio::spawn(async move { inner.compare(recording).await });
        }
    }

    /// The same, in the foreground and without asking whether it was just done.
    pub async fn compare_now(&self, recording: RecordingId) {
        self.0.compare(recording).await;
    }

    fn is_due(&self, recording: RecordingId) -> bool {
        let now = self.0.resources.clock.monotonic();
        let mut compared = self
            .0
            .compared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if compared.len() >= MAX_REMEMBERED {
            compared.retain(|_, at| now.saturating_sub(*at) < COMPARE_EVERY);
        }
        let recent = compared
            .get(&recording)
            .is_some_and(|at| now.saturating_sub(*at) < COMPARE_EVERY);
        if !recent && compared.len() < MAX_REMEMBERED {
            compared.insert(recording, now);
            return true;
        }
        false
    }
}

impl Inner {
    async fn compare(&self, recording: RecordingId) {
        // Without the store id the folder is not mounted, or the bucket another one: then nothing is known of the parts.
        let Resources { store, objects, .. } = &self.resources;
        match still_together(store, objects).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(cause) => {
                tracing::warn!(%cause, "cannot compare {recording} with its objects: {cause}");
                return;
            }
        }
        match note(&self.resources, recording).await {
            Ok(true) => self.resources.notify.notify(recording),
            Ok(false) => {}
            Err(cause) => {
                tracing::warn!(%cause, "cannot compare {recording} with its objects: {cause}");
            }
        }
    }
}
