//! Under which name somebody writes or reacts. Who has no account gives a name, and gets a token by which they are known later.

use std::net::IpAddr;

use crate::auth::token::Secret;
use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::account::{clean_name, looks_like};
use crate::domain::comment::{Author, CommentError};
use crate::domain::token::Kind;
use crate::limits::{Commenter, Limits, Wait};
use crate::resources::Resources;
use crate::service::token::issue;
use crate::store::{StoreError, Tx};

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Comment(#[from] CommentError),
    #[error("too many comments in a short time")]
    TooMany(Wait),
    /// A mail that was looked at before.
    #[error("this mail was taken before")]
    Twice,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) author: Author,
    /// As they will be known from now on.
    pub(super) viewer: Viewer,
    /// By which somebody new will be known.
    pub(super) secret: Option<Secret>,
}

/// The name that stands there: the one by which they are known, or the one that a guest gives now.
pub(super) async fn name_of(
    resources: &Resources,
    recording: &Allowed<access::Comment>,
    own_name: Option<&str>,
    guest_name: Option<&str>,
) -> Result<String, PostError> {
    let is_guest = !matches!(recording.viewer(), Viewer::Member { .. });
    let guest_name = guest_name.filter(|_| is_guest);
    let name = match (guest_name, own_name) {
        (Some(raw), _) => clean_name(raw).map_err(CommentError::Name)?,
        (None, Some(own)) => own.to_owned(),
        (None, None) => return Err(CommentError::NoName.into()),
    };
    if guest_name.is_some() {
        let members = resources.store.member_names(recording.id).await?;
        if members.iter().any(|member| looks_like(member, &name)) {
            return Err(CommentError::NameTaken.into());
        }
    }
    Ok(name)
}

/// Whether somebody without an account may write now.
pub(super) fn limit(
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    address: IpAddr,
) -> Result<(), PostError> {
    let commenter = match *recording.viewer() {
        Viewer::Guest(id) => Commenter::Known(id),
        Viewer::Anonymous => Commenter::New,
        Viewer::Member { .. } | Viewer::Bearer { .. } => return Ok(()),
    };
    limits
        .comment(commenter, address, recording.id)
        .map_err(PostError::TooMany)
}

/// Whether somebody without an account may react now: oftener than they may write.
pub(super) fn limit_reaction(
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    address: IpAddr,
) -> Result<(), PostError> {
    match *recording.viewer() {
        Viewer::Guest(id) => limits
            .reaction(id, recording.id)
            .map_err(PostError::TooMany),
        _ => limit(limits, recording, address),
    }
}

/// Who writes under `name`; a guest who is new gets a token.
pub(super) async fn writer(
    tx: &mut Tx,
    resources: &Resources,
    viewer: &Viewer,
    name: &str,
) -> Result<Writer, StoreError> {
    Ok(match *viewer {
        Viewer::Member { id, .. } => Writer {
            author: Author::Member(id),
            viewer: *viewer,
            secret: None,
        },
        Viewer::Guest(id) => Writer {
            author: Author::Guest(id),
            viewer: *viewer,
            secret: None,
        },
        // The policy lets nobody comment with a media link.
        Viewer::Anonymous | Viewer::Bearer { .. } => {
            let (token, secret) = issue(tx, resources, Kind::Guest, None, name).await?;
            Writer {
                author: Author::Guest(token.id),
                viewer: Viewer::Guest(token.id),
                secret: Some(secret),
            }
        }
    })
}
