//! Waiting for rows: read, ask, wait for news, read again.

use std::time::Duration;

use tokio::time::Instant;

use super::reread;
use crate::app::App;
use crate::domain::capability::Capability;
use crate::http::ApiResult;
use crate::playlist::Take;
use crate::shelf::Tracks;

/// How often rows written by other servers, and the clock, are looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// What is known of a recording at one moment.
pub(super) struct Sight {
    pub(super) take: Take,
    pub(super) tracks: Tracks,
}

/// What the asker makes of a [`Sight`].
pub(super) enum Look<T> {
    Enough(T),
    /// Worth waiting for the next part; this is the answer if none comes in time.
    NotYet(T),
}

/// Reads rows until `look` has enough, for at most `patience`. Ends with an error as soon as
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
    loop {
        let mut news = app.hub.waiter(capability.recording);
        let recording = reread(app, capability).await?;
        let ended = !recording.state(app.now()).is_live();
        let tracks = app.watching.shelf.tracks(&app.store, recording.id).await?;
        let sight = Sight {
            take: Take {
                started_at: recording.started_at,
                ended,
            },
            tracks,
        };
        let fallback = match look(&sight)? {
            Look::Enough(answer) => return Ok(answer),
            Look::NotYet(answer) => answer,
        };
        tokio::select! {
            () = news.changed() => {}
            () = tokio::time::sleep(PERIOD) => {}
            () = tokio::time::sleep_until(deadline) => return Ok(fallback),
        }
    }
}
