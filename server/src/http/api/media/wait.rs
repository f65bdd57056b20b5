//! Waiting for a recording to change: look, wait for a change, look again.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::domain::capability::Capability;
use crate::http::ApiResult;
use crate::playlist::Take;
use crate::service::gate::{Playing, playing};
use crate::track_cache::PERIOD;

/// A recording at one moment, and whether more parts are expected then.
pub(super) struct Sight {
    pub(super) take: Take,
    pub(super) view: Playing,
}

/// What the asker makes of a [`Sight`].
pub(super) enum Look<T> {
    Enough(T),
    /// Worth waiting for the next part; this is the answer if none comes in time.
    NotYet(T),
}

/// Looks again and again until `look` has enough, for at most `patience`. Ends with an error as soon as
/// `capability` does not count any more.
pub(super) async fn until<T>(
    app: &App,
    capability: &Capability,
    patience: Duration,
    mut look: impl FnMut(&Sight) -> ApiResult<Look<T>>,
) -> ApiResult<T> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline of the runtime's own timer; no rule looks at it"
    )]
    let deadline = Instant::now() + patience;
    let mut changes = app.notify.subscribe(capability.recording);
    loop {
        let playing = playing(&app.tracks, *capability).await?;
        let sight = Sight {
            take: Take {
                started_at: playing.recording.started_at,
                ended: playing.is_over(&*app.clock),
            },
            view: playing,
        };
        let fallback = match look(&sight)? {
            Look::Enough(answer) => return Ok(answer),
            Look::NotYet(answer) => answer,
        };
        tokio::select! {
            () = changes.changed() => {}
            // Other processes write too, and an interruption is a matter of time.
            () = tokio::time::sleep(PERIOD) => {}
            () = tokio::time::sleep_until(deadline) => return Ok(fallback),
        }
    }
}
