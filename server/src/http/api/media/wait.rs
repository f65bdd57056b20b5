//! Waiting for a recording to change: look, wait for a change, look again.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::domain::capability::Capability;
use crate::http::ApiResult;
use crate::playlist::Take;
use crate::service::gate::{Playing, playing};
use crate::track_cache::POLL_INTERVAL;

/// A recording at one moment, and whether more parts are expected then.
pub(super) struct Snapshot {
    pub(super) take: Take,
    pub(super) view: Playing,
}

/// What the asker makes of a [`Snapshot`].
pub(super) enum Poll<T> {
    Ready(T),
    /// Worth waiting for the next part; this is the answer if none comes in time.
    Pending(T),
}

/// Looks again and again until `look` has enough, for at most `patience`. Ends with an error as soon as
/// `capability` does not count any more.
pub(super) async fn wait_until<T>(
    app: &App,
    capability: &Capability,
    patience: Duration,
    mut look: impl FnMut(&Snapshot) -> ApiResult<Poll<T>>,
) -> ApiResult<T> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline of the runtime's own timer; no rule looks at it"
    )]
    let deadline = Instant::now() + patience;
    let mut changes = app.notify.subscribe(capability.recording);
    loop {
        let playing = playing(&app.tracks, *capability, app.now()).await?;
        let snapshot = Snapshot {
            take: Take {
                started_at: playing.recording.started_at,
                ended: playing.is_over(&*app.clock),
            },
            view: playing,
        };
        let fallback = match look(&snapshot)? {
            Poll::Ready(answer) => return Ok(answer),
            Poll::Pending(answer) => answer,
        };
        tokio::select! {
            () = changes.changed() => {}
            // Other processes write too, and an interruption is a matter of time.
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            () = tokio::time::sleep_until(deadline) => return Ok(fallback),
        }
    }
}
