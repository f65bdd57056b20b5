//! Comments: written, changed, deleted, brought back.

mod change;
mod delete;
mod edit;
mod post;
mod restore;

pub use change::ChangeError;
pub use delete::delete;
pub use edit::{Edit, edit};
pub use post::{NewComment, PostError, Posted, post};
pub use restore::restore;

use aside_protocol::id::Slug;

use super::actor::Presented;
use super::gate::{self, AskError};
use super::notices;
use crate::domain::access::{Allowed, Watch};
use crate::domain::capability::Pass;
use crate::domain::comment::{self, Comment};
use crate::resources::Resources;

/// The comments of the recording behind a link as pages show them, by moment, then by instant, for whoever shows these tokens
/// and this pass. All of it is asked of the database in one go.
pub async fn shown(
    resources: &Resources,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> Result<(Allowed<Watch>, Vec<Comment>), AskError> {
    let found = resources
        .store
        .asked_with_comments(slug, &presented.hashes(), resources.now())
        .await?;
    let (recording, all) = gate::knock_with(resources, presented, pass, found).await?;
    if let (Presented::Cookies { .. }, Some(member)) = (presented, recording.viewer().member()) {
        notices::seen_behind(resources, member, recording.id);
    }
    Ok((recording, comment::shown(all)))
}
