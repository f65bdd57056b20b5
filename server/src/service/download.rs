//! A finished recording as one file: asked for, made by a worker, made again when the layout changes or parts come back, removed
//! when nobody asks any more.

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use crate::domain::access::{self, Action, Allowed};
use crate::domain::download::{Download, DownloadState, File, SETTLES_AFTER};
use crate::domain::download_index::{DownloadIndex, IndexedPart};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::entropy::Entropy;
use crate::objects::{ObjectError, ObjectKey};
use crate::resources::Resources;
use crate::service::StorageError;
use crate::service::gate::{self, GateError, Playing};
use crate::store::{Result, StoreError, Tx, downloads, events, jobs, tombstones};

/// Why nobody begins.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("This recording is still being made. Ask again when it has ended.")]
    NotFinished,
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file, as far as it is made, for a link that opens it.
pub async fn file(
    resources: &Resources,
    playing: &Playing,
) -> std::result::Result<Option<File>, GateError> {
    playing.check(Action::Download, resources.now())?;
    Ok(resources.store.download(playing.recording.id).await?.file)
}

/// Asks for the file; answers how far it is. May be repeated.
pub async fn ask(
    resources: &Resources,
    recording: &Allowed<access::Download>,
) -> std::result::Result<Download, AskError> {
    let (id, now) = (recording.id, resources.now());
    let lost = lost_file(resources, id).await?;
    let download = resources
        .store
        .write(async |tx: &mut Tx| -> std::result::Result<_, AskError> {
            let found = gate::held_again(tx, recording, now).await?;
            if found.finished_at.is_none() {
                return Err(AskError::NotFinished);
            }
            downloads::asked(tx, id, now).await?;
            let before = downloads::get(tx, id).await?;
            let lost = lost.is_some() && before.file == lost;
            if !before.begins_when_asked() && !lost {
                return Ok(before);
            }
            begin(tx, &*resources.entropy, id, now, now).await?;
            let begun = downloads::get(tx, id).await?;
            events::append(tx, id, Change::Download, now).await?;
            Ok(begun)
        })
        .await?;
    resources.notify.notify(id);
    Ok(download)
}

/// The file that the row names, if its object is not there in its full length, or a part that it is put together of is missing.
async fn lost_file(
    resources: &Resources,
    recording: RecordingId,
) -> std::result::Result<Option<File>, StorageError> {
    let Some(file) = resources.store.download(recording).await?.file else {
        return Ok(None);
    };
    let whole = match ObjectKey::from_path(&file.key) {
        Some(key @ ObjectKey::DownloadIndex { .. }) => {
            names_what_is_there(resources, recording, &key).await?
        }
        Some(key) => resources.objects.find_size(key).await? == Some(file.size),
        None => false,
    };
    Ok((!whole).then_some(file))
}

/// Whether these tables are there and name no part that is known to be missing.
async fn names_what_is_there(
    resources: &Resources,
    recording: RecordingId,
    key: &ObjectKey,
) -> std::result::Result<bool, StorageError> {
    let bytes = match resources.objects.get(key).await {
        Ok(bytes) => bytes,
        Err(ObjectError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let Some(index) = DownloadIndex::from_bytes(bytes) else {
        return Ok(false);
    };
    let lost = resources.store.lost_parts(recording).await?;
    let is_lost = |part: &IndexedPart| lost.contains(&(part.track, part.number));
    Ok(!index.parts.iter().any(is_lost))
}

/// Call in the transaction that changes the layout: a file that was asked for is made again, the old one goes. Answers whether
/// open pages are to be told.
pub async fn on_layout(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<bool> {
    if downloads::get(tx, recording).await?.state == DownloadState::None {
        return Ok(false);
    }
    begin(tx, entropy, recording, now.plus(SETTLES_AFTER), now).await?;
    Ok(true)
}

/// Call in the transaction in which parts that were lost are there again: a file that was asked for may lack them and is made again.
/// Answers whether open pages are to be told; of many parts that come one after the other, the first one is news.
pub async fn on_parts_again(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<bool> {
    let state = downloads::get(tx, recording).await?.state;
    if state == DownloadState::None {
        return Ok(false);
    }
    begin(tx, entropy, recording, now.plus(SETTLES_AFTER), now).await?;
    Ok(state != DownloadState::Waiting)
}

/// Lets a worker make the file from `run_at` on; the one that is there goes.
async fn begin(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let waiting = Download::without_file(DownloadState::Waiting);
    replace(tx, recording, &waiting, now).await?;
    let job = Job::ComposeDownload { recording };
    jobs::enqueue(tx, &job, run_at, now, JobId::new(now, entropy.array())).await
}

/// Writes the row; a file that it named before and does not name any more gets a tombstone.
pub async fn replace(
    tx: &mut Tx,
    recording: RecordingId,
    download: &Download,
    now: Timestamp,
) -> Result<()> {
    let before = downloads::get(tx, recording).await?.file;
    if let Some(old) = before.filter(|old| Some(&old.key) != download.file.as_ref().map(|f| &f.key))
    {
        tombstones::add(tx, &old.key, now).await?;
    }
    downloads::set(tx, recording, download).await
}

/// Call in the transaction that gives the job up.
pub async fn given_up(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    const WHY: &str =
        "The server could not make this file. The recording itself is safe. Try again later.";
    let failed = Download {
        why: Some(WHY.to_owned()),
        ..Download::without_file(DownloadState::Failed)
    };
    if downloads::get(tx, recording).await?.state == DownloadState::None {
        return Ok(());
    }
    replace(tx, recording, &failed, now).await?;
    events::append(tx, recording, Change::Download, now).await?;
    Ok(())
}

/// Forgets at most `limit` files that nobody asked for since `before`; answers how many.
pub async fn forget_unused(
    tx: &mut Tx,
    before: Timestamp,
    limit: u32,
    now: Timestamp,
) -> Result<usize> {
    let unused = downloads::unused(tx, before, limit).await?;
    for recording in &unused {
        if let Some(file) = downloads::get(tx, *recording).await?.file {
            tombstones::add(tx, &file.key, now).await?;
        }
        downloads::forget(tx, *recording).await?;
    }
    Ok(unused.len())
}
