//! A recorder says that it is alive and whether its take is paused.

use aside_protocol::id::RecordingId;
use aside_protocol::recording::RecordingState;
use aside_protocol::time::Timestamp;
use aside_protocol::upload::RecorderState;

use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::service::publish::recording_changed;
use crate::store::{Result, Tx};

/// What became of a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Noted; `changed`: open pages are told that the state is another one than before.
    Noted {
        state: RecordingState,
        changed: bool,
    },
    Deleted,
    NoSuchRecording,
}

/// Notes a heartbeat. A finished recording stays finished: the heartbeat was late, which is no error.
pub async fn heartbeat(
    resources: &Resources,
    id: RecordingId,
    recorder: RecorderState,
) -> Result<Heard> {
    let now = resources.now();
    let heard = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Heard> {
            tx.lock_recording(id).await?;
            let Some(found) = tx.recording(id).await? else {
                return Ok(Heard::NoSuchRecording);
            };
            if found.deleted_at.is_some() {
                return Ok(Heard::Deleted);
            }
            let before = found.state(now);
            if before == RecordingState::Finished {
                return Ok(Heard::Noted {
                    state: before,
                    changed: false,
                });
            }
            let heard = found.heard(recorder, now);
            tx.heartbeat(id, now, heard.paused_at).await?;
            let state = heard.state(now);
            let changed = state != before;
            if changed {
                recording_changed(tx, id, now).await?;
            }
            Ok(Heard::Noted { state, changed })
        })
        .await?;
    if matches!(heard, Heard::Noted { changed: true, .. }) {
        resources.notify.notify(id);
    }
    Ok(heard)
}

impl Recording {
    /// The recording after a heartbeat at `now`. A pause keeps the instant at which it began.
    fn heard(self, recorder: RecorderState, now: Timestamp) -> Self {
        let paused_at = match recorder {
            RecorderState::Recording => None,
            RecorderState::Paused => Some(self.paused_at.unwrap_or(now)),
        };
        Self {
            last_seen_at: Some(now),
            paused_at,
            ..self
        }
    }
}
