//! Makes one MP4 of a finished recording, for whoever asked for it: the screen, the face over it as the layout says, and the
//! sound. Where one picture suffices there is nothing to make but the tables by which the file is put together while it is sent.
//!
//! The file grows on the worker's own disk, without a name, so that a worker that is killed leaves nothing. When it is
//! complete it becomes an object. A layout that changes meanwhile, or a part that comes back, lets it begin anew.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::layout::Layout;
use aside_protocol::recording::{Sha256, TrackName};
use tokio_util::sync::CancellationToken;

use super::{Context, Next, Trouble};
use crate::domain::download::{Download, DownloadState, File, SETTLES_AFTER};
use crate::domain::download_index::DownloadIndex;
use crate::domain::event::Change;
use crate::domain::recording::Recording;
use crate::media::composition::{self, CompositionError, Take};
use crate::media::work_file::{NoWorkFile, WorkFile};
use crate::objects::{ObjectError, ObjectKey};
use crate::one_file::{self, IndexError};
use crate::service::download::replace;
use crate::service::write_object::{write_large_object, write_object};
use crate::store::{Tx, downloads, events, jobs, layouts, tombstones};

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two lines of progress that open pages are told, in looks.
const TELL_EVERY: u32 = 2;

/// What a person reads when the file could not be made.
const NO_SPACE: &str = "There is no space left on the server for this file. The recording itself is safe. Tell whoever runs the server, then try again.";
const NOT_MADE: &str = "This recording could not be made into one file. The recording itself is safe; it can be watched as before.";

/// What became of the work.
enum Outcome {
    Made(WorkFile, Sha256, u64),
    /// The layout is another one now.
    Outdated,
    /// The worker is about to end.
    Leaving,
    Failed(CompositionError),
}

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(recording) = store.recording(id).await? else {
        return Ok(Next::Done);
    };
    let asked = store.download(id).await?;
    if !matches!(asked.state, DownloadState::Waiting | DownloadState::Running) {
        return Ok(Next::Done);
    }
    let layout = store.layout(id).await?;
    let objects = &cx.resources.objects;
    let moments = layout.layout()?;
    if !shows_a_face(cx, &recording, &moments).await? {
        match one_file::index(store, objects, &recording).await {
            Ok(Some(index)) => return keep_index(cx, id, &index, layout.version).await,
            Ok(None) => {}
            Err(IndexError::Store(cause)) => return Err(cause.into()),
            Err(IndexError::Objects(cause)) => return Err(cause.into()),
            // Whatever can be decoded is made into a file.
            Err(IndexError::Boxes(cause)) => {
                tracing::info!(recording = %id, %cause, "{id} is made into a file: {cause}");
            }
        }
    }
    let found = one_file::take(store, objects, &recording, moments).await?;
    let Some((take, bytes)) = found else {
        return fail(cx, id, NOT_MADE).await;
    };
    // Only a worker with such a place takes the job.
    let Some(files) = cx.tools.files() else {
        return fail(cx, id, NOT_MADE).await;
    };
    let work = match files.begin(bytes) {
        Ok(work) => work,
        Err(NoWorkFile::NoSpace) => return fail(cx, id, NO_SPACE).await,
        Err(NoWorkFile::Disk(cause)) => return Err(Trouble::Disk(cause)),
    };
    tell(cx, id, 0).await?;
    match make(cx, &recording, take, work, layout.version).await? {
        Outcome::Made(work, sha256, size) => keep(cx, id, work, sha256, size, layout.version).await,
        Outcome::Outdated => Ok(Next::Later {
            after: SETTLES_AFTER,
        }),
        Outcome::Leaving => Ok(Next::Again {
            after: Duration::ZERO,
        }),
        Outcome::Failed(CompositionError::NoSpace) => fail(cx, id, NO_SPACE).await,
        Outcome::Failed(CompositionError::Fetch(cause)) => {
            let cause = cause.into_inner().and_then(|e| e.downcast().ok());
            Err(cause.map_or(Trouble::Panicked, |e: Box<ObjectError>| {
                Trouble::Objects(*e)
            }))
        }
        Outcome::Failed(cause) => {
            tracing::warn!(recording = %id, %cause, "{id} could not be made into one file: {cause}");
            fail(cx, id, NOT_MADE).await
        }
    }
}

/// Whether a second picture is ever seen.
async fn shows_a_face(
    cx: &Context<'_>,
    recording: &Recording,
    layout: &Layout,
) -> Result<bool, Trouble> {
    let store = &cx.resources.store;
    if store
        .track(recording.id, TrackName::Camera)
        .await?
        .is_none()
    {
        return Ok(false);
    }
    let length_ms = store.duration_ms(recording).await?;
    Ok(composition::shows_a_face(layout, length_ms))
}

/// Composes on a thread of its own and tells how far it is.
async fn make(
    cx: &Context<'_>,
    recording: &Recording,
    take: Take,
    mut work: WorkFile,
    version: i64,
) -> Result<Outcome, Trouble> {
    let id = recording.id;
    let total = take.length_ms.max(1);
    let (done_ms, stop) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
    // However this future ends, the thread ends soon after.
    let _stopped = stop.clone().drop_guard();
    let (told, asked) = (Arc::clone(&done_ms), stop.clone());
    let composing = cx.blocking(move || {
        let mut has_room = true;
        let mut progress = |ms: u64| {
            told.store(ms, Ordering::Relaxed);
            has_room = work.has_room();
            if asked.is_cancelled() || !has_room {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        match composition::write(take, work.path(), &mut progress) {
            Ok(_) => {}
            Err(CompositionError::Cancelled) if !has_room => return Err(CompositionError::NoSpace),
            Err(error) => return Err(error),
        }
        let (sha256, size) = work.digest().map_err(CompositionError::Fetch)?;
        Ok((work, sha256, size))
    });
    tokio::pin!(composing);
    let mut looks = 0_u32;
    loop {
        tokio::select! {
            made = &mut composing => return Ok(match made? {
                Ok((work, sha256, size)) => Outcome::Made(work, sha256, size),
                Err(error) => Outcome::Failed(error),
            }),
            () = cx.leaving.cancelled() => return Ok(Outcome::Leaving),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if cx.resources.store.layout(id).await?.version != version {
            return Ok(Outcome::Outdated);
        }
        looks += 1;
        if looks.is_multiple_of(TELL_EVERY) {
            let percent = done_ms.load(Ordering::Relaxed).saturating_mul(100) / total;
            tell(cx, id, u8::try_from(percent).unwrap_or(100).min(99)).await?;
        }
    }
}

/// Tells open pages how far it is, if that is news.
async fn tell(cx: &Context<'_>, id: RecordingId, percent: u8) -> Result<(), Trouble> {
    let running = Download {
        percent,
        ..Download::without_file(DownloadState::Running)
    };
    cx.write(async |tx: &mut Tx| {
        if downloads::get(tx, id).await? != running {
            replace(tx, id, &running, cx.now()).await?;
            events::append(tx, id, Change::Download, cx.now()).await?;
        }
        Ok(())
    })
    .await
}

/// Nothing is tried again before somebody asks.
async fn fail(cx: &Context<'_>, id: RecordingId, why: &str) -> Result<Next, Trouble> {
    let failed = Download {
        why: Some(why.to_owned()),
        ..Download::without_file(DownloadState::Failed)
    };
    cx.write(async |tx: &mut Tx| {
        replace(tx, id, &failed, cx.now()).await?;
        events::append(tx, id, Change::Download, cx.now()).await?;
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}

/// Makes the file an object.
async fn keep(
    cx: &Context<'_>,
    id: RecordingId,
    work: WorkFile,
    sha256: Sha256,
    size: u64,
    version: i64,
) -> Result<Next, Trouble> {
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    let key = ObjectKey::Download {
        recording: id,
        sha256,
    };
    let written = write_large_object(store, objects, &key, work.into_file(), size).await;
    if let Err(crate::service::StorageError::Objects(ObjectError::Full)) = written {
        return fail(cx, id, NO_SPACE).await;
    }
    written?;
    commit(cx, id, key, size, version).await
}

/// Makes the tables an object: the file itself lies in the stored parts.
async fn keep_index(
    cx: &Context<'_>,
    id: RecordingId,
    index: &DownloadIndex,
    version: i64,
) -> Result<Next, Trouble> {
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    let bytes = index.to_bytes();
    let key = ObjectKey::DownloadIndex {
        recording: id,
        sha256: Sha256::of(&bytes),
    };
    write_object(store, objects, &key, bytes).await?;
    commit(cx, id, key, index.size(), version).await
}

/// Names the object in the row, and tells open pages.
async fn commit(
    cx: &Context<'_>,
    id: RecordingId,
    key: ObjectKey,
    size: u64,
    version: i64,
) -> Result<Next, Trouble> {
    let path = key.path().to_string();
    let ready = Download {
        percent: 100,
        file: Some(File {
            key: path.clone(),
            size,
        }),
        ..Download::without_file(DownloadState::Ready)
    };
    cx.write(async |tx: &mut Tx| {
        let there = tx.recording(id).await?.is_some();
        if !there
            || layouts::get(tx, id).await?.version != version
            || jobs::was_asked_again(tx, &cx.claim).await?
        {
            tombstones::add(tx, &path, cx.now()).await?;
            let after = SETTLES_AFTER;
            return Ok(if there {
                Next::Later { after }
            } else {
                Next::Done
            });
        }
        tombstones::remove(tx, &path).await?;
        replace(tx, id, &ready, cx.now()).await?;
        events::append(tx, id, Change::Download, cx.now()).await?;
        Ok(Next::Done)
    })
    .await
}
