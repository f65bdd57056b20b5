//! Reacting to a comment with an emoji, and taking that back. Who may comment may, a guest under a name.

use std::net::IpAddr;

use aside_protocol::id::CommentId;

use super::ReadComment;
use super::author::{PostError, Writer, name_of, writer};
use super::change::ChangeError;
use crate::auth::token::Secret;
use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::reaction::{MAX_REACTIONS, ReactionError, emoji};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::service::publish::comment_changed;
use crate::store::{Tx, reactions};

/// What somebody wants to say with a picture.
#[derive(Debug, Clone)]
pub struct Reacting {
    pub comment: CommentId,
    pub emoji: String,
    /// Whether it is to be there.
    pub on: bool,
    /// The name of who is known by none.
    pub guest_name: Option<String>,
    /// From where it was sent.
    pub address: IpAddr,
}

/// The comment with its reactions.
#[derive(Debug)]
pub struct Reacted {
    pub read: ReadComment,
    /// Who reacted, as they will be known from now on.
    pub viewer: Viewer,
    /// By which somebody new will be known.
    pub secret: Option<Secret>,
}

impl From<PostError> for ChangeError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Comment(cause) => cause.into(),
            PostError::TooMany(wait) => Self::TooMany(wait),
            PostError::Store(cause) => cause.into(),
            // No mail reacts.
            PostError::Twice => crate::domain::comment::CommentError::Empty.into(),
        }
    }
}

/// Sets or takes back one emoji of whoever asks. Doing so twice is doing so once.
pub async fn react(
    resources: &Resources,
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    own_name: Option<&str>,
    wanted: Reacting,
) -> Result<Reacted, ChangeError> {
    let (store, now, viewer) = (&resources.store, resources.now(), recording.viewer());
    let id = wanted.comment;
    let emoji = emoji(&wanted.emoji)?;
    let name = name_of(resources, recording, own_name, wanted.guest_name.as_deref()).await?;
    super::author::limit_reaction(limits, recording, wanted.address)?;
    let reacted = store
        .write(async |tx: &mut Tx| -> Result<Reacted, ChangeError> {
            let found = tx.comment(id).await?;
            let before = found.filter(|it| it.recording == recording.id && it.read_by(viewer));
            let before = before.ok_or(ChangeError::NotFound)?;
            if before.deleted_at.is_some() {
                return Err(ChangeError::Deleted);
            }
            if wanted.on && before.reactions.len() >= MAX_REACTIONS {
                return Err(ReactionError::TooMany.into());
            }
            let Writer {
                author,
                viewer,
                secret,
            } = writer(tx, resources, viewer, &name).await?;
            let changed = if wanted.on {
                reactions::insert(tx, id, emoji, author, now).await?
            } else {
                reactions::remove(tx, id, emoji, author).await?
            };
            let comment = if changed {
                let comment = tx.comment(id).await?.ok_or(ChangeError::NotFound)?;
                comment_changed(tx, &comment, now).await?;
                comment
            } else {
                before
            };
            let owns = viewer.owns(recording);
            Ok(Reacted {
                read: ReadComment { comment, owns },
                viewer,
                secret,
            })
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(reacted)
}
