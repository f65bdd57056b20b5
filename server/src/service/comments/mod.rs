//! Comments: written, changed, deleted, brought back, assigned, reacted to, handed out.

mod assign;
mod author;
mod change;
mod delete;
mod drawing;
mod edit;
mod mentions;
mod moments;
mod post;
mod react;
mod restore;

pub use assign::{Assign, assign};
pub use author::PostError;
pub use change::ChangeError;
pub use delete::delete;
pub use drawing::drawing;
pub use edit::{Edit, edit, remove_file};
pub use moments::{MomentError, NewMoment, PostedMoment, react_to_moment, take_moment_back};
pub use post::{NewComment, Posted, post};
pub use react::{Reacted, Reacting, react};
pub use restore::restore;

use mentions::{People, check_mentions};

use aside_protocol::id::{CommentId, Slug};
use aside_protocol::time::Timestamp;

use super::actor::Presented;
use super::gate::{self, AskError, Knocked};
use super::{notices, views};
use crate::domain::access::{Allowed, Watch};
use crate::domain::capability::Pass;
use crate::domain::comment::{self, Comment};
use crate::domain::comment_page::{Place, page};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::StoreError;
use crate::store::watch_text::Said;

/// A comment for one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadComment {
    pub comment: Comment,
    /// The recording is the reader's.
    pub owns: bool,
}

/// The comments of the recording behind a link as pages show them, by moment, then by instant, for whoever shows these tokens
/// and this pass, and the reactions to its moments. All of it is asked of the database in one go.
pub async fn shown(
    resources: &Resources,
    limits: &Limits,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> Result<(Allowed<Watch>, Said), AskError> {
    let found = resources
        .store
        .asked_with_comments(slug, &presented.hashes(), resources.now())
        .await?;
    let (knocked, all) = gate::knock_with::<Watch, _>(resources, presented, pass, found).await?;
    let Knocked {
        recording, actor, ..
    } = knocked;
    views::note_agent(resources, limits, &actor, &recording).await;
    if let (Presented::Cookies { .. }, Some(member)) = (presented, recording.viewer().member()) {
        notices::seen_behind(resources, member, recording.id);
    }
    let comments = comment::shown(all.comments, recording.viewer());
    let moments = all.moments;
    Ok((recording, Said { comments, moments }))
}

/// At most `limit` of the comments behind `after`, and the cursor of the next page. The reactions come with the first page.
pub fn page_of(said: Said, after: Option<Place>, limit: usize) -> (Said, Option<Place>) {
    let (comments, next) = page(said.comments, Comment::place, after, limit);
    let moments = match after {
        None => said.moments,
        Some(_) => Vec::new(),
    };
    (Said { comments, moments }, next)
}

/// How a comment reads and read before, oldest first, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    pub comment: Comment,
    pub versions: Vec<(String, Timestamp)>,
    /// Files that were taken out of it, the first first: what they were called, and when.
    pub removed_files: Vec<(String, Timestamp)>,
}

/// The versions of a comment; none where whoever asks may not read it, or it was deleted.
pub async fn history(
    resources: &Resources,
    recording: &Allowed<Watch>,
    id: CommentId,
) -> Result<Option<History>, StoreError> {
    let store = &resources.store;
    let comment = store.comment(id).await?;
    let comment = comment.filter(|it| {
        it.recording == recording.id && it.deleted_at.is_none() && it.read_by(recording.viewer())
    });
    let Some(comment) = comment else {
        return Ok(None);
    };
    let mut versions = store.comment_versions(id).await?;
    let since = comment.edited_at.unwrap_or(comment.created_at);
    versions.push((comment.body.clone(), since));
    let removed_files = store.removed_files(id).await?;
    Ok(Some(History {
        comment,
        versions,
        removed_files,
    }))
}
