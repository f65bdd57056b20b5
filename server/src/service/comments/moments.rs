//! Reacting to a moment with one of six signs, and taking that back. Who may comment may, a guest under a name.

use std::net::IpAddr;

use uuid::Uuid;

use super::author::{PostError, Writer, limit_reaction, name_of, writer};
use crate::auth::token::Secret;
use crate::domain::access::{self, Allowed, Refusal, Viewer, Watch};
use crate::domain::comment::{Author, CommentError, check_moment};
use crate::domain::event::Change;
use crate::domain::reaction::{MAX_MOMENT_REACTIONS, MomentKind, MomentReaction, ReactionError};
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{StoreError, Tx, events, reactions};
use crate::track_cache::TrackCache;

/// What somebody says of a moment.
#[derive(Debug, Clone)]
pub struct NewMoment {
    pub at_ms: u64,
    pub kind: MomentKind,
    /// The name of who is known by none.
    pub guest_name: Option<String>,
    /// From where it was sent.
    pub address: IpAddr,
}

/// A reaction that is there now.
#[derive(Debug)]
pub struct PostedMoment {
    pub reaction: MomentReaction,
    /// Who reacted, as they will be known from now on.
    pub viewer: Viewer,
    /// By which somebody new will be known.
    pub secret: Option<Secret>,
}

/// Why there is none, or none less.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    #[error("there is no such reaction")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Comment(#[from] CommentError),
    #[error(transparent)]
    Reaction(#[from] ReactionError),
    #[error("too many reactions in a short time")]
    TooMany(Wait),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PostError> for MomentError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Comment(cause) => cause.into(),
            PostError::TooMany(wait) => Self::TooMany(wait),
            PostError::Store(cause) => cause.into(),
            // No mail reacts.
            PostError::Twice => CommentError::Empty.into(),
        }
    }
}

/// Reacts to a moment.
pub async fn react_to_moment(
    resources: &Resources,
    tracks: &TrackCache,
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    own_name: Option<&str>,
    new: NewMoment,
) -> Result<PostedMoment, MomentError> {
    let (store, now, viewer) = (&resources.store, resources.now(), recording.viewer());
    let name = name_of(resources, recording, own_name, new.guest_name.as_deref()).await?;
    check_moment(new.at_ms, None, tracks.final_length_ms(recording).await?)?;
    if store.count_moment_reactions(recording.id).await? >= MAX_MOMENT_REACTIONS {
        return Err(ReactionError::TooManyMoments.into());
    }
    limit_reaction(limits, recording, new.address)?;
    let posted = store
        .write(async |tx: &mut Tx| -> Result<PostedMoment, MomentError> {
            let Writer {
                author,
                viewer,
                secret,
            } = writer(tx, resources, viewer, &name).await?;
            let reaction = MomentReaction {
                id: aside_protocol::id::CommentId::new(now, resources.id_entropy()).0,
                recording: recording.id,
                at_ms: new.at_ms,
                kind: new.kind,
                by: author,
                name,
                created_at: now,
            };
            reactions::insert_moment(tx, &reaction).await?;
            events::append(tx, recording.id, Change::Reaction(reaction.id), now).await?;
            Ok(PostedMoment {
                reaction,
                viewer,
                secret,
            })
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(posted)
}

/// Takes a reaction back; whose it is may, whatever they may do else.
pub async fn take_moment_back(
    resources: &Resources,
    recording: &Allowed<Watch>,
    id: Uuid,
) -> Result<(), MomentError> {
    let (store, now, viewer) = (&resources.store, resources.now(), recording.viewer());
    let found = store.moment_reaction(id).await?;
    let found = found.filter(|it| it.recording == recording.id);
    let found = found.ok_or(MomentError::NotFound)?;
    if found.by == Author::Nobody || !viewer.is(&found.by) {
        return Err(Refusal::Forbidden.into());
    }
    store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            if reactions::remove_moment(tx, id, found.by).await? {
                events::append(tx, recording.id, Change::Reaction(id), now).await?;
            }
            Ok(())
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(())
}
