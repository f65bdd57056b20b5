//! Reads the text that stands in the picture of a recording, at the moments where another one is shown.
//!
//! What is read of a moment is written down before the next one: whoever goes on after a stop begins there.

use aside_protocol::id::RecordingId;

use super::{Context, Next, Trouble};
use crate::domain::screen_text::{MAX_LINES, ScreenState, ScreenText, moments};
use crate::service::screen_text::{Read, ReadError};
use crate::store::{Tx, screen_texts};

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(reader) = cx.tools.screen() else {
        return Ok(Next::Done);
    };
    let (Some(recording), Some(sprite)) = (store.recording(id).await?, store.sprite(id).await?)
    else {
        return Ok(Next::Done);
    };
    let known = store.screen_text(id).await?;
    let mut text = known.unwrap_or_else(ScreenText::begun);
    if text.state != ScreenState::Reading {
        return Ok(Next::Done);
    }
    let mut before = text.read_so_far();
    let mut picture = None;
    for at_ms in moments(&sprite.changes, store.duration_ms(&recording).await?) {
        if at_ms < text.until_ms || text.lines.len() >= MAX_LINES {
            continue;
        }
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: std::time::Duration::ZERO,
            });
        }
        match reader.read(cx.resources, id, at_ms, picture).await? {
            Read::Lines { lines, sha256 } => {
                text.add(at_ms, &lines, &before);
                before = lines;
                picture = Some(sha256);
            }
            Read::Same => text.add(at_ms, &[], &before),
            Read::Nothing => {
                tracing::info!(recording = %id, at_ms, "the text in {id} at {at_ms} ms cannot be read");
                text.add(at_ms, &[], &before);
            }
        }
        if !keep(cx, id, &text).await? {
            return Ok(Next::Done);
        }
    }
    text.state = ScreenState::Done;
    keep(cx, id, &text).await?;
    Ok(Next::Done)
}

/// Whether anybody still wants it.
async fn keep(cx: &Context<'_>, id: RecordingId, text: &ScreenText) -> Result<bool, Trouble> {
    cx.write(async |tx: &mut Tx| {
        let known = screen_texts::get(tx, id).await?;
        let unwanted = known.is_some_and(|it| it.state == ScreenState::Off);
        if unwanted || tx.recording(id).await?.is_none() {
            return Ok(false);
        }
        screen_texts::set(tx, id, text).await?;
        Ok(true)
    })
    .await
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Process(error) => Self::Program(error),
            ReadError::Store(error) => Self::Store(error),
            ReadError::Objects(error) => Self::Objects(error),
        }
    }
}
