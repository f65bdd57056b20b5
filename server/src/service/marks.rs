//! Chapters: set, renamed, moved, deleted and brought back by the owner of the recording. Rights, version and change are one
//! transaction.

use aside_protocol::id::MarkId;
use aside_protocol::time::Timestamp;

use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::event::Change;
use crate::domain::mark::{MAX_MARKS, Mark, MarkError, Wanted};
use crate::resources::Resources;
use crate::service::gate::{self, GateError};
use crate::store::{StoreError, Tx, events, marks};
use crate::track_cache::TrackCache;

/// Why a chapter was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such chapter")]
    NotFound,
    #[error("This chapter was deleted.")]
    Deleted,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Mark(#[from] MarkError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets a chapter.
pub async fn add(
    resources: &Resources,
    tracks: &TrackCache,
    recording: &Allowed<access::Mark>,
    at_ms: u64,
    title: String,
) -> Result<Mark, ChangeError> {
    let now = resources.now();
    let wanted = Wanted {
        at_ms: Some(at_ms),
        title: Some(title),
    };
    let wanted = wanted.checked(tracks.final_length_ms(recording).await?)?;
    let mark = Mark {
        id: MarkId::new(now, resources.id_entropy()),
        recording: recording.id,
        at_ms,
        title: wanted.title.unwrap_or_default(),
        created_at: now,
        deleted_at: None,
        version: 1,
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), ChangeError> {
            gate::held_again(tx, recording, now).await?;
            if marks::count(tx, recording.id).await? >= MAX_MARKS {
                return Err(MarkError::TooMany.into());
            }
            marks::insert(tx, &mark).await?;
            events::append(tx, recording.id, Change::Mark(mark.id), now).await?;
            Ok(())
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(mark)
}

/// Changes what is given. With `version`, only if that is still the version.
pub async fn edit(
    resources: &Resources,
    tracks: &TrackCache,
    viewer: &Viewer,
    id: MarkId,
    version: Option<i64>,
    wanted: Wanted,
) -> Result<Mark, ChangeError> {
    let recording = recording_of(resources, viewer, id).await?;
    let wanted = wanted.checked(tracks.final_length_ms(&recording).await?)?;
    change(resources, &recording, id, |mark, _| {
        if mark.deleted_at.is_some() {
            return Err(ChangeError::Deleted);
        }
        if version.is_some_and(|version| version != mark.version) {
            return Err(ChangeError::OtherVersion(mark.version));
        }
        mark.at_ms = wanted.at_ms.unwrap_or(mark.at_ms);
        if let Some(title) = &wanted.title {
            title.clone_into(&mut mark.title);
        }
        Ok(())
    })
    .await
}

/// Deletes it; it can be restored. May be repeated.
pub async fn delete(
    resources: &Resources,
    viewer: &Viewer,
    id: MarkId,
) -> Result<Mark, ChangeError> {
    let recording = recording_of(resources, viewer, id).await?;
    change(resources, &recording, id, |mark, now| {
        mark.deleted_at = mark.deleted_at.or(Some(now));
        Ok(())
    })
    .await
}

/// Brings it back. May be repeated.
pub async fn restore(
    resources: &Resources,
    viewer: &Viewer,
    id: MarkId,
) -> Result<Mark, ChangeError> {
    let recording = recording_of(resources, viewer, id).await?;
    change(resources, &recording, id, |mark, _| {
        mark.deleted_at = None;
        Ok(())
    })
    .await
}

/// The recording of a chapter, if the viewer may change its chapters.
async fn recording_of(
    resources: &Resources,
    viewer: &Viewer,
    id: MarkId,
) -> Result<Allowed<access::Mark>, ChangeError> {
    let mark = resources.store.mark(id).await?;
    let mark = mark.ok_or(ChangeError::NotFound)?;
    Ok(gate::by_id(resources, viewer, mark.recording).await?)
}

/// Changes a chapter as it is now by `rule`; tells open pages if that changed anything.
async fn change(
    resources: &Resources,
    recording: &Allowed<access::Mark>,
    id: MarkId,
    rule: impl Fn(&mut Mark, Timestamp) -> Result<(), ChangeError>,
) -> Result<Mark, ChangeError> {
    let now = resources.now();
    let changed = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Mark, ChangeError> {
            gate::held_again(tx, recording, now).await?;
            let before = marks::get(tx, id).await?.ok_or(ChangeError::NotFound)?;
            let mut after = before.clone();
            rule(&mut after, now)?;
            if after != before {
                after.version = before.version + 1;
                marks::update(tx, &after).await?;
                events::append(tx, after.recording, Change::Mark(id), now).await?;
            }
            Ok(after)
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(changed)
}
