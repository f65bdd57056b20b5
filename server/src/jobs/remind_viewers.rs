//! Reminds who was asked to watch a recording and has not, once.

use std::time::Duration;

use aside_protocol::id::RecordingId;

use super::{Context, Next, Trouble};
use crate::service::catch_up;
use crate::store::Tx;

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(recording) = store.recording(id).await? else {
        return Ok(Next::Done);
    };
    if recording.deleted_at.is_some() {
        return Ok(Next::Done);
    }
    let length_ms = store.duration_ms(&recording).await?;
    let (told, next) = cx
        .write(async |tx: &mut Tx| {
            Ok(catch_up::remind(tx, cx.resources, &recording, length_ms).await?)
        })
        .await?;
    told.wake(cx.resources);
    Ok(next.map_or(Next::Done, |at| {
        let left = u64::try_from(at.micros() - cx.now().micros()).unwrap_or(0);
        Next::Again {
            after: Duration::from_micros(left),
        }
    }))
}
