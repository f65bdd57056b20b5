//! Tells the server that the recorder is alive while no part says so, and when the take pauses and goes on.
//!
//! Beside the upload and apart from it: a heartbeat that fails is not repeated, slows no part down and ends nothing.

use std::convert::Infallible;
use std::time::Duration;

use aside_protocol::upload::RecorderState;
use tokio::sync::watch;
use tokio::time::sleep;

use super::client::Client;

/// Sends heartbeats for ever: one whenever `state` changes, and one whenever for `every` nothing was sent and no part
/// was confirmed. `confirmed` changes with every part that the server confirms.
pub(super) async fn heartbeats(
    client: &Client,
    mut state: watch::Receiver<RecorderState>,
    mut confirmed: watch::Receiver<u64>,
    every: Duration,
) -> Infallible {
    loop {
        tokio::select! {
            Ok(()) = confirmed.changed() => continue,
            Ok(()) = state.changed() => {}
            () = sleep(every) => {}
        }
        let doing = *state.borrow_and_update();
        if let Err(error) = client.heartbeat(doing).await {
            tracing::debug!(%error, "a heartbeat did not get through: {error}");
        }
    }
}
