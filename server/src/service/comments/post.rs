//! Writing a comment or a reply. Who has no account gives a name, and gets a token by which it may
//! change its words later.

use std::net::IpAddr;

use aside_protocol::id::{AttachmentId, CommentId, JobId};

use super::author::{PostError, Writer, limit, name_of, writer};
use super::{People, ReadComment, check_mentions};
use crate::auth::token::Secret;
use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::attachment::{AttachmentError, MAX_FILES};
use crate::domain::comment::{
    Comment, CommentError, MAX_COMMENTS, Visibility, check_moment, clean_body, clean_caption,
    name_of_agent, reply_to,
};
use crate::domain::drawing::Drawing;
use crate::domain::job::Job;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::service::notices::{Cause, Told, tell};
use crate::service::publish::comment_changed;
use crate::store::comment_people::mentioned_people;
use crate::store::replies::{self, MailReply};
use crate::store::{Tx, attachments, drawings, jobs};
use crate::track_cache::TrackCache;

/// What somebody wants to say.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// Where it stands; a reply stands where its thread does.
    pub at_ms: u64,
    pub end_ms: Option<u64>,
    /// The comment that is answered.
    pub parent: Option<CommentId>,
    /// Who reads it; a reply is read by who reads its thread.
    pub visibility: Visibility,
    /// Markdown, with markers for whom it mentions.
    pub body: String,
    /// What is drawn on the picture at its moment.
    pub drawing: Option<Drawing>,
    /// Files that were taken in before ([`crate::service::attachments::attach`]), in their order.
    pub attachments: Vec<AttachmentId>,
    /// The name of who is known by none, or by another.
    pub guest_name: Option<String>,
    /// From where it was sent.
    pub address: IpAddr,
    /// The mail that it was, which becomes a comment once.
    pub by_mail: Option<MailReply>,
    /// A program writes it, with the token of its author.
    pub by_agent: bool,
}

/// A comment that is there now.
#[derive(Debug)]
pub struct Posted {
    pub read: ReadComment,
    /// Who wrote it, as it will be known from now on.
    pub author: Viewer,
    /// By which somebody new will be known.
    pub secret: Option<Secret>,
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
    let name = name_of(resources, recording, own_name, new.guest_name.as_deref()).await?;
    let name = if new.by_agent {
        name_of_agent(&name)
    } else {
        name
    };
    let drawing = new.drawing.map(Drawing::checked).transpose();
    let drawing = drawing.map_err(CommentError::from)?;
    if new.attachments.len() > MAX_FILES {
        return Err(CommentError::from(AttachmentError::TooMany).into());
    }
    let body = if drawing.is_some() || !new.attachments.is_empty() {
        clean_caption(&new.body)?
    } else {
        clean_body(&new.body)?
    };
    if new.visibility != Visibility::Everyone && viewer.member().is_none() {
        return Err(CommentError::PrivateNeedsAccount.into());
    }
    if store.count_all_comments(recording.id).await? >= MAX_COMMENTS {
        return Err(CommentError::TooMany.into());
    }
    let length = tracks.final_length_ms(recording).await?;
    limit(limits, recording, new.address)?;

    let mut told = Told::default();
    let posted = store
        .write(async |tx: &mut Tx| -> Result<Posted, PostError> {
            let (parent, at_ms, end_ms, visibility) = match new.parent {
                Some(answered) => {
                    let root = thread_of(tx, answered).await?;
                    let (id, at_ms, end_ms) = reply_to(&root, recording.id, viewer)?;
                    (Some(id), at_ms, end_ms, root.visibility)
                }
                None => {
                    check_moment(new.at_ms, new.end_ms, length)?;
                    (None, new.at_ms, new.end_ms, new.visibility)
                }
            };
            let people = People {
                recording: recording.id,
                thread: parent,
                viewer,
            };
            check_mentions::<PostError>(tx, people, &body, "").await?;
            let Writer {
                author,
                viewer,
                secret,
            } = writer(tx, resources, viewer, &name).await?;
            let id = CommentId::new(now, resources.id_entropy());
            let mut comment = Comment {
                parent,
                at_ms,
                end_ms,
                visibility,
                drawn: drawing.is_some(),
                by_agent: new.by_agent,
                ..Comment::new(id, recording.id, author, name, body, now)
            };
            if let Some(mail) = &new.by_mail
                && !replies::add(tx, mail, now).await?
            {
                return Err(PostError::Twice);
            }
            tx.insert_comment(&comment).await?;
            if let Some(drawing) = &drawing {
                drawings::set(tx, id, drawing).await?;
            }
            for (n, file) in new.attachments.iter().enumerate() {
                if !attachments::name(tx, recording.id, id, *file, n).await? {
                    return Err(CommentError::from(AttachmentError::Unknown).into());
                }
            }
            if !new.attachments.is_empty() {
                let job = Job::MakeThumbnails {
                    recording: recording.id,
                };
                let id = JobId::new(now, resources.id_entropy());
                jobs::enqueue(tx, &job, now, now, id).await?;
            }
            if comment.body.contains("<@") || !new.attachments.is_empty() {
                // With the names of whom it mentions, and its files.
                comment = tx.comment(id).await?.unwrap_or(comment);
            }
            let mentioned = if comment.mentions.is_empty() {
                Vec::new()
            } else {
                mentioned_people(tx, id).await?
            };
            let cause = Cause::Commented {
                comment: &comment,
                mentioned: &mentioned,
                assigned: None,
            };
            told = tell(tx, resources, viewer.member(), cause).await?;
            comment_changed(tx, &comment, now).await?;
            let owns = viewer.owns(recording);
            Ok(Posted {
                read: ReadComment { comment, owns },
                author: viewer,
                secret,
            })
        })
        .await?;
    resources.notify.notify(recording.id);
    told.wake(resources);
    Ok(posted)
}

/// The comment that opened the thread of `answered`.
async fn thread_of(tx: &mut Tx, answered: CommentId) -> Result<Comment, PostError> {
    let missing = CommentError::NoSuchThread;
    let answered = tx.comment(answered).await?.ok_or(missing)?;
    Ok(tx.comment(answered.thread()).await?.ok_or(missing)?)
}
