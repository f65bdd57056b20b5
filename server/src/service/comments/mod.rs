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

use crate::domain::access::{Allowed, Watch};
use crate::domain::comment::{self, Comment};
use crate::resources::Resources;
use crate::store::Result;

/// The comments of a recording as pages show them: by moment, then by instant.
pub async fn shown(resources: &Resources, recording: &Allowed<Watch>) -> Result<Vec<Comment>> {
    let all = resources.store.comments(recording.id).await?;
    Ok(comment::shown(all))
}
