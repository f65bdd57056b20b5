//! Writing a comment or a reply. Who has no account gives a name, and gets a token by which it may
//! change its words later.

use std::net::IpAddr;

use aside_protocol::id::CommentId;

use crate::auth::token::Secret;
use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::account::{clean_name, looks_like};
use crate::domain::comment::{
    Author, Comment, CommentError, MAX_COMMENTS, check_moment, clean_body, reply_to,
};
use crate::domain::token::Kind;
use crate::limits::{Commenter, Limits, Wait};
use crate::resources::Resources;
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::comment_changed;
use crate::service::token::issue;
use crate::store::{StoreError, Tx};
use crate::track_cache::TrackCache;

/// What somebody wants to say.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// Where it stands; a reply stands where its thread does.
    pub at_ms: u64,
    pub end_ms: Option<u64>,
    /// The comment that is answered.
    pub parent: Option<CommentId>,
    /// Markdown.
    pub body: String,
    /// The name of who is known by none, or by another.
    pub guest_name: Option<String>,
    /// From where it was sent.
    pub address: IpAddr,
}

/// A comment that is there now.
#[derive(Debug)]
pub struct Posted {
    pub comment: Comment,
    /// Who wrote it, as it will be known from now on.
    pub author: Viewer,
    /// By which somebody new will be known.
    pub secret: Option<Secret>,
}

/// Why it was not written.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Comment(#[from] CommentError),
    #[error("too many comments in a short time")]
    TooMany(Wait),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a comment; `own_name` is the name by which the viewer is known.
pub async fn post(
    resources: &Resources,
    tracks: &TrackCache,
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    own_name: Option<&str>,
    new: NewComment,
) -> Result<Posted, PostError> {
    let (store, now, viewer) = (&resources.store, resources.now(), recording.viewer());
    let is_guest = !matches!(viewer, Viewer::Member { .. });
    let guest_name = new.guest_name.as_deref().filter(|_| is_guest);
    let name = match (guest_name, own_name) {
        (Some(raw), _) => clean_name(raw).map_err(CommentError::Name)?,
        (None, Some(own)) => own.to_owned(),
        (None, None) => return Err(CommentError::NoName.into()),
    };
    if guest_name.is_some() {
        let members = store.member_names(recording.id).await?;
        if members.iter().any(|member| looks_like(member, &name)) {
            return Err(CommentError::NameTaken.into());
        }
    }
    let body = clean_body(&new.body)?;
    if store.count_comments(recording.id).await? >= MAX_COMMENTS {
        return Err(CommentError::TooMany.into());
    }
    let length = tracks.final_length_ms(recording).await?;
    let commenter = match *viewer {
        Viewer::Guest(id) => Some(Commenter::Known(id)),
        Viewer::Anonymous => Some(Commenter::New),
        Viewer::Member { .. } | Viewer::Bearer { .. } => None,
    };
    if let Some(commenter) = commenter {
        limits
            .comment(commenter, new.address, recording.id)
            .map_err(PostError::TooMany)?;
    }

    let (posted, told) = store
        .write(async |tx: &mut Tx| -> Result<(Posted, Told), PostError> {
            let (parent, at_ms, end_ms) = match new.parent {
                Some(answered) => {
                    let root = thread_of(tx, answered).await?;
                    let (root, at_ms, end_ms) = reply_to(&root, recording.id)?;
                    (Some(root), at_ms, end_ms)
                }
                None => {
                    check_moment(new.at_ms, new.end_ms, length)?;
                    (None, new.at_ms, new.end_ms)
                }
            };
            let (author, viewer, secret) = match *viewer {
                Viewer::Member { id, .. } => (Author::Member(id), *viewer, None),
                Viewer::Guest(id) => (Author::Guest(id), *viewer, None),
                // The policy lets nobody comment with a media link.
                Viewer::Anonymous | Viewer::Bearer { .. } => {
                    let (token, secret) = issue(tx, resources, Kind::Guest, None, &name).await?;
                    let guest = Viewer::Guest(token.id);
                    (Author::Guest(token.id), guest, Some(secret))
                }
            };
            let comment = Comment {
                id: CommentId::new(now, resources.id_entropy()),
                recording: recording.id,
                parent,
                author,
                author_name: name,
                at_ms,
                end_ms,
                body,
                created_at: now,
                edited_at: None,
                resolved_at: None,
                resolved_by: None,
                deleted_at: None,
                deleted_by: None,
                version: 1,
            };
            tx.insert_comment(&comment).await?;
            let cause = Cause::Commented {
                comment: &comment,
                mentioned: &[],
                assigned: None,
            };
            let told = tell(tx, resources, viewer.member(), cause).await?;
            comment_changed(tx, &comment, now).await?;
            let posted = Posted {
                comment,
                author: viewer,
                secret,
            };
            Ok((posted, told))
        })
        .await?;
    resources.notify.notify(recording.id);
    told.wake(&resources.notify);
    Ok(posted)
}

/// The comment that opened the thread of `answered`.
async fn thread_of(tx: &mut Tx, answered: CommentId) -> Result<Comment, PostError> {
    let missing = CommentError::NoSuchThread;
    let answered = tx.comment(answered).await?.ok_or(missing)?;
    Ok(tx.comment(answered.thread()).await?.ok_or(missing)?)
}
