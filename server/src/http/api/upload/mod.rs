//! Upload: create, put parts, ask what is held, finish. See docs/PROTOCOL.md for the promises.

mod create;
mod finish;
mod heartbeat;
mod part;
mod status;

pub use create::*;
pub use finish::*;
pub use heartbeat::*;
pub use part::*;
pub use status::*;

use aside_protocol::id::RecordingId;

use crate::app::App;
use crate::domain::access::{Action, decide};
use crate::domain::recording::Recording;
use crate::http::extract::Member;
use crate::http::{ApiError, ApiResult};

/// The recording, when this member may upload to it.
async fn mine(app: &App, member: &Member, id: RecordingId) -> ApiResult<Recording> {
    let recording = app
        .store
        .recording(id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    decide(&member.viewer(), Action::Upload, &recording.facts())?;
    Ok(recording)
}
