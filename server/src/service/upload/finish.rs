//! Finishing a recording: the recorder says what it made, and the *objects* say what is held. A row alone proves
//! nothing: a disk may have been exchanged, a bucket emptied.

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use aside_protocol::upload::FinishTrack;

use crate::domain::sharing::Audience;
use crate::domain::upload::{Finished, Held, Verdict, verify};
use crate::entropy::Entropy;
use crate::resources::Resources;
use crate::service::lost_objects::{compare, write_down};
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::recording_changed;
use crate::service::{StorageError, poster, preview, sprite, transcript};
use crate::store::{Result, Tx, events, library};

/// Finishes a recording when everything that was made is held, row and object. Repeating it gives the same answer, as
/// long as the objects are there. What was lost is noted, so that the upload's status asks for it again.
pub async fn finish(
    resources: &Resources,
    recording: RecordingId,
    made: &[FinishTrack],
) -> std::result::Result<Finished, StorageError> {
    let finished = try_to_finish(resources, recording, made).await;
    // Also where it failed: parts may have been noted as lost.
    resources.notify.notify(recording);
    finished
}

async fn try_to_finish(
    resources: &Resources,
    recording: RecordingId,
    made: &[FinishTrack],
) -> std::result::Result<Finished, StorageError> {
    let now = resources.now();
    let rows = resources.store.stored_objects(recording).await?;
    let changes = compare(&resources.objects, recording, &rows).await?;
    let lost = changes.iter().filter(|c| c.lost).count();
    if lost > 0 {
        tracing::error!(
            recording.id = %recording,
            lost,
            "{lost} parts of {recording} are missing or cut off in the object store; they are asked for again"
        );
    }
    let mut told = Told::default();
    let finished = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Finished> {
            let again = write_down(tx, resources, recording, &changes, now).await?;
            let finished = commit(tx, resources, (recording, made), &mut told).await?;
            if let Some(change) = again {
                events::append(tx, recording, change, now).await?;
            }
            Ok(finished)
        })
        .await?;
    told.wake(resources);
    Ok(finished)
}

async fn commit(
    tx: &mut Tx,
    resources: &Resources,
    (recording, made): (RecordingId, &[FinishTrack]),
    told: &mut Told,
) -> Result<Finished> {
    let now = resources.now();
    let Some(found) = tx
        .recording(recording)
        .await?
        .filter(|r| r.deleted_at.is_none())
    else {
        return Ok(Finished::Deleted);
    };
    let mut held: Vec<Held> = Vec::new();
    for (name, _) in tx.track_scales(recording).await? {
        held.push(Held {
            name,
            parts: tx.held_parts(recording, name).await?,
            inits: tx.held_inits(recording, name).await?,
        });
    }
    let verdict = verify(made, &held);
    if verdict != Verdict::Complete {
        return Ok(Finished::No(verdict));
    }
    let duration_ms = tx.duration_ms(recording).await?;
    let at = match found.finished_at {
        Some(at) => at,
        None => {
            tx.finish_recording(recording, now).await?;
            library::set_length(tx, recording, duration_ms).await?;
            if found.sharing.audience != Audience::Owner {
                let cause = Cause::Published { recording };
                told.add(tell(tx, resources, Some(found.owner), cause).await?);
            }
            let cause = Cause::Finished { recording };
            told.add(tell(tx, resources, Some(found.owner), cause).await?);
            follow_up(&*resources.entropy, tx, &held, recording, now).await?;
            now
        }
    };
    let tracks = held.into_iter().map(|held| FinishTrack {
        name: held.name,
        parts: held.parts.into_iter().map(|(_, sha)| sha).collect(),
        inits: held.inits.into_iter().map(|(_, sha)| sha).collect(),
    });
    Ok(Finished::Yes {
        at,
        duration_ms,
        tracks: tracks.collect(),
    })
}

/// What a recording that was just finished causes.
async fn follow_up(
    entropy: &(dyn Entropy + 'static),
    tx: &mut Tx,
    held: &[Held],
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    let has = |track: TrackName| {
        held.iter()
            .any(|held| held.name == track && !held.parts.is_empty())
    };
    if has(TrackName::Audio) {
        transcript::on_finish(tx, entropy, recording, now).await?;
    }
    if has(TrackName::Video) {
        poster::on_finish(tx, entropy, recording, now).await?;
        sprite::on_finish(tx, entropy, recording, now).await?;
        preview::on_finish(tx, entropy, recording, now).await?;
    }
    recording_changed(tx, recording, now).await
}
