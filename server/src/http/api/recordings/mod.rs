//! The library: one's own recordings, their titles and audiences, the trash.

mod card;
mod change;
mod list;
mod trash;

pub use card::{Person, RecordingCard};
pub use change::*;
pub use list::*;
pub use trash::*;

use aside_protocol::id::RecordingId;

use crate::app::App;
use crate::domain::access::{Action, decide};
use crate::domain::recording::Recording;
use crate::http::extract::Member;
use crate::http::{ApiError, ApiResult};

async fn mine(app: &App, member: &Member, id: RecordingId, action: Action) -> ApiResult<Recording> {
    let recording = app
        .store
        .recording(id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    decide(&member.viewer(), action, &recording.facts())?;
    Ok(recording)
}
