//! Makes some lively seconds of a finished recording into a small silent MP4.
//!
//! It shows the screen, as posters and small pictures do, so a change of the layout leaves it as it is.

use std::ops::ControlFlow;

use aside_protocol::id::RecordingId;
use aside_protocol::layout::Layout;
use aside_protocol::recording::TrackName;

use super::{Context, Next, Trouble};
use crate::domain::preview::{LASTS_MS, MAX_WIDTH, Preview, QUALITY, liveliest};
use crate::media::composition::{self, CompositionError, Excerpt, Take};
use crate::media::work_file::NoWorkFile;
use crate::objects::ObjectKey;
use crate::one_file;
use crate::service::write_object::write_large_object;
use crate::store::{Tx, previews, tombstones};

/// Bytes that a preview may take on the disk of the worker; most have a hundredth.
const ROOM: u64 = 16 * 1024 * 1024;

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    let Some(recording) = store.recording(id).await? else {
        return Ok(Next::Done);
    };
    let Some(track) = store.track(id, TrackName::Video).await? else {
        return Ok(Next::Done);
    };
    let parts = store.part_weights(id, TrackName::Video).await?;
    let timescale = track.timescale;
    let start_ms = cx.blocking(move || liveliest(&parts, timescale)).await?;
    let length_ms = store.duration_ms(&recording).await?;
    let until_ms = start_ms.saturating_add(LASTS_MS).min(length_ms);
    let video = one_file::range(store, objects, id, &track, start_ms, until_ms).await?;
    // Only a worker with such a place takes the job.
    let (Some(video), Some(files)) = (video, cx.tools.files()) else {
        return Ok(Next::Done);
    };
    let mut work = match files.begin(ROOM) {
        Ok(work) => work,
        // It is watched without one.
        Err(NoWorkFile::NoSpace) => return Ok(Next::Done),
        Err(NoWorkFile::Disk(cause)) => return Err(Trouble::Disk(cause)),
    };
    let take = Take {
        video,
        audio: None,
        camera: None,
        layout: Layout::default(),
        title: String::new(),
        length_ms,
    };
    let excerpt = Excerpt {
        from_ms: start_ms,
        until_ms,
        max_width: MAX_WIDTH,
        quality: QUALITY,
    };
    let leaving = cx.leaving.clone();
    let made = cx.blocking(move || {
        let mut progress = |_| {
            if leaving.is_cancelled() || !work.has_room() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        composition::write_excerpt(take, excerpt, work.path(), &mut progress)?;
        let (sha256, size) = work.digest().map_err(CompositionError::Fetch)?;
        Ok::<_, CompositionError>((work, sha256, size))
    });
    let (work, sha256, size) = match made.await? {
        Ok(made) => made,
        Err(CompositionError::Cancelled) if cx.leaving.is_cancelled() => {
            return Ok(Next::Again {
                after: std::time::Duration::ZERO,
            });
        }
        Err(cause) => {
            tracing::info!(recording = %id, %cause, "{id} has no preview: {cause}");
            return Ok(Next::Done);
        }
    };
    let key = ObjectKey::Preview {
        recording: id,
        sha256,
    };
    write_large_object(store, objects, &key, work.into_file(), size).await?;
    let (width, height) = size_of(track.width, track.height);
    let preview = Preview {
        key: key.path().to_string(),
        size,
        start_ms,
        width,
        height,
    };
    keep(cx, id, preview).await
}

async fn keep(cx: &Context<'_>, id: RecordingId, preview: Preview) -> Result<Next, Trouble> {
    cx.write(async |tx: &mut Tx| {
        if tx.recording(id).await?.is_none() {
            // It was removed meanwhile.
            tombstones::add(tx, &preview.key, cx.now()).await?;
            return Ok(());
        }
        let replaced = previews::get(tx, id).await?;
        previews::set(tx, id, &preview).await?;
        tombstones::remove(tx, &preview.key).await?;
        if let Some(old) = replaced.filter(|old| old.key != preview.key) {
            tombstones::add(tx, &old.key, cx.now()).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}

/// As the composition makes it.
fn size_of(width: Option<u32>, height: Option<u32>) -> (u32, u32) {
    let (Some(width), Some(height)) = (width, height) else {
        return (MAX_WIDTH, MAX_WIDTH * 9 / 16);
    };
    composition::size_within((width, height), MAX_WIDTH)
}
