//! Makes pictures of comments small, so that a page of a thousand of them stays quick. They are decoded by safe code
//! (`crate::picture`); what that cannot read is shown as it is.

use aside_protocol::id::{AttachmentId, RecordingId};

use super::{Context, Next, Trouble};
use crate::domain::picture_metadata::turned;
use crate::media::{Picture, encode_jpeg_within};
use crate::objects::{ObjectError, ObjectKey};
use crate::picture::first_pixels;
use crate::store::{Tx, attachments};

/// So many of one recording, then it is another's turn.
const BATCH: u32 = 20;
/// Larger ones are shown as they are, in pixels.
const MAX_SIDE: usize = 8192;
/// Twice the pixels that a page shows, and how many bytes it may have.
const WIDTH: u32 = 480;
const BYTES: usize = 24 * 1024;

pub(super) async fn run(cx: &Context<'_>, recording: RecordingId) -> Result<Next, Trouble> {
    let found = cx.resources.store.large_pictures(recording, BATCH).await?;
    for (id, key) in &found {
        if cx.leaving.is_cancelled() {
            break;
        }
        make(cx, *id, key).await?;
    }
    Ok(if found.is_empty() {
        Next::Done
    } else {
        Next::Again {
            after: std::time::Duration::ZERO,
        }
    })
}

async fn make(cx: &Context<'_>, id: AttachmentId, key: &str) -> Result<(), Trouble> {
    let bytes = match ObjectKey::from_path(key) {
        Some(key) => match cx.resources.objects.get(&key).await {
            Ok(bytes) => Some(bytes),
            // What is missing is nothing to wait for.
            Err(ObjectError::NotFound(_)) => None,
            Err(cause) => return Err(cause.into()),
        },
        None => None,
    };
    let jpeg = match bytes {
        Some(bytes) => match cx.blocking(move || small(&bytes)).await {
            // It is shown as it is, and keeps no other from being made small.
            Err(Trouble::Panicked) => {
                tracing::warn!(%id, "a picture of a comment cannot be made small");
                None
            }
            made => made?,
        },
        None => None,
    };
    cx.write(async |tx: &mut Tx| Ok(attachments::set_thumbnail(tx, id, jpeg.as_deref()).await?))
        .await
}

fn small(bytes: &[u8]) -> Option<Vec<u8>> {
    let read = first_pixels(bytes, MAX_SIDE).ok()?;
    let read = read.turned(turned(bytes).unwrap_or(1));
    let (width, height) = (
        u32::try_from(read.width).ok()?,
        u32::try_from(read.height).ok()?,
    );
    let picture = Picture::from_rgba(width, height, &read.rgba)?;
    let jpeg = encode_jpeg_within(&picture, WIDTH, BYTES).ok()?;
    (jpeg.len() < bytes.len()).then_some(jpeg)
}
