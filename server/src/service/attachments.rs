//! Files of comments: taken in before the comment that names them, read by whoever may read it, forgotten when nothing names
//! them any more.
//!
//! Order: the row is committed, then the object is written, then the row says that it is whole. So no object is ever without a row,
//! and a row without a comment is forgotten after a day with a tombstone for its object.

use std::net::IpAddr;

use aside_protocol::id::{AttachmentId, CommentId};
use bytes::Bytes;
use futures_util::Stream;

use super::gate::{self, GateError, Playing};
use super::media_link::{MediaKeys, OpenError};
use super::write_object::write_large_object;
use super::{StorageError, StoreError};
use crate::domain::access::{self, Allowed, Viewer, Watch};
use crate::domain::attachment::{
    Attachment, AttachmentError, MAX_UNNAMED, UNNAMED_FOR, clean_name, content,
};
use crate::domain::attachment_link::AttachmentLink;
use crate::domain::capability::Capability;
use crate::domain::library::TRASH_KEPT_FOR;
use crate::domain::picture_metadata::{turned, without_metadata, without_metadata_of};
use crate::intake::{BoxError, Intake, IntakeError};
use crate::limits::{Limits, Wait};
use crate::objects::ObjectKey;
use crate::resources::Resources;
use crate::store::attachments::{self, StoredAttachment};
use crate::store::{Tx, tombstones};
use crate::track_cache::TrackCache;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error("too many files in a short time")]
    TooMany(Wait),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A file on its way.
#[derive(Debug)]
pub struct Incoming<B> {
    /// As its sender calls it.
    pub name: String,
    /// Bytes, where that is known before.
    pub length: Option<usize>,
    pub body: B,
}

/// Whether somebody without an account may send a file now.
pub fn limit(
    limits: &Limits,
    recording: &Allowed<access::Comment>,
    address: IpAddr,
) -> Result<(), AttachError> {
    match recording.viewer() {
        Viewer::Member { .. } => Ok(()),
        _ => limits.attachment(address).map_err(AttachError::TooMany),
    }
}

/// Takes a file of at most `most` bytes in for a comment that will name it; only whoever gets the answer knows its id.
pub async fn attach<B, E>(
    resources: &Resources,
    intake: &Intake,
    most: u64,
    recording: &Allowed<access::Comment>,
    incoming: Incoming<B>,
) -> Result<Attachment, AttachError>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<BoxError>,
{
    let Incoming { name, length, body } = incoming;
    let kept = intake.keep(body, length, most).await?;
    if kept.size == 0 {
        return Err(AttachmentError::Empty.into());
    }
    let content_type = content(&kept.head, kept.size).content_type;
    let kept = if without_metadata_of(content_type) {
        intake
            .rewritten(kept, move |bytes| without_metadata(content_type, bytes))
            .await?
    } else {
        kept
    };
    let looked = content(&kept.head, kept.size);
    let (store, now) = (&resources.store, resources.now());
    let attachment = Attachment {
        id: AttachmentId::new(now, resources.id_entropy()),
        name: clean_name(&name, looked.content_type),
        size: kept.size,
        content_type: looked.content_type.to_owned(),
        picture: looked.picture.map(|it| as_seen(it, &kept.head)),
    };
    let key = ObjectKey::Attachment {
        recording: recording.id,
        id: attachment.id,
        sha256: kept.sha256,
    };
    store
        .write(async |tx: &mut Tx| -> Result<(), AttachError> {
            // It may have taken minutes to arrive.
            gate::held_again(tx, recording, now).await?;
            if attachments::count_unnamed(tx, recording.id).await? >= MAX_UNNAMED {
                return Err(AttachmentError::TooManyUnnamed.into());
            }
            let path = key.path();
            attachments::insert(tx, recording.id, &attachment, path.as_ref(), now).await?;
            Ok(())
        })
        .await?;
    write_large_object(store, &resources.objects, &key, kept.file, kept.size).await?;
    let there = store
        .write(async |tx: &mut Tx| -> Result<bool, StoreError> {
            let there = attachments::stored(tx, attachment.id, now).await?;
            if !there {
                // The recording was removed for good meanwhile.
                tombstones::add(tx, key.path().as_ref(), now).await?;
            }
            Ok(there)
        })
        .await?;
    if there {
        Ok(attachment)
    } else {
        Err(GateError::NotFound.into())
    }
}

/// The sides of a picture as it is seen: one that lies on its side is turned by who shows it.
fn as_seen((width, height): (u32, u32), head: &[u8]) -> (u32, u32) {
    if turned(head).is_some_and(|it| it >= 5) {
        (height, width)
    } else {
        (width, height)
    }
}

/// The address of a file of a comment, for who may read the comment: its last pieces, without a slash before. None where there
/// is no such file for them.
pub async fn address(
    resources: &Resources,
    keys: &MediaKeys,
    recording: &Allowed<Watch>,
    comment: CommentId,
    id: AttachmentId,
) -> Result<Option<(String, Attachment)>, StoreError> {
    let store = &resources.store;
    let Some(found) = store.attachment(recording.id, id).await? else {
        return Ok(None);
    };
    let read = store.comment(comment).await?.is_some_and(|it| {
        found.comment == comment && it.deleted_at.is_none() && it.read_by(recording.viewer())
    });
    if !read {
        return Ok(None);
    }
    let ends_at = recording.sharing.ends_at;
    let ends_at = ends_at.filter(|_| !recording.is_the_viewers());
    let (epoch, now) = (recording.share_epoch, resources.now());
    let link = AttachmentLink {
        capability: Capability::new(recording.id, epoch, false, ends_at, now),
        attachment: id,
    };
    let signed = link.sign(keys.get(resources).await?);
    Ok(Some((signed, found.attachment)))
}

/// What such an address opens now: the link, and the file. None: its comment is gone.
pub async fn open(
    resources: &Resources,
    keys: &MediaKeys,
    tracks: &TrackCache,
    signed: &str,
) -> Result<Option<(Playing, StoredAttachment)>, OpenError> {
    let key = keys.get(resources).await?;
    let link = AttachmentLink::verify(key, signed, resources.now())?;
    let playing = gate::playing(tracks, link.capability, resources.now()).await?;
    let recording = link.capability.recording;
    let found = resources
        .store
        .attachment(recording, link.attachment)
        .await?;
    Ok(found.map(|found| (playing, found)))
}

/// Forgets up to `most` files that no comment named for a day, and as many of comments that were deleted as long ago as
/// recordings stay in the trash. Says how many.
pub async fn forget(tx: &mut Tx, most: u32, resources: &Resources) -> Result<usize, StoreError> {
    let now = resources.now();
    let (unnamed, deleted) = (now.minus(UNNAMED_FOR), now.minus(TRASH_KEPT_FOR));
    let keys = attachments::forget(tx, unnamed, deleted, most).await?;
    for key in &keys {
        tombstones::add(tx, key, now).await?;
    }
    Ok(keys.len())
}

/// The picture small, as a JPEG, where that was made.
pub async fn small(
    resources: &Resources,
    file: &Attachment,
) -> Result<Option<Vec<u8>>, StoreError> {
    if file.picture.is_none() {
        return Ok(None);
    }
    resources.store.attachment_thumbnail(file.id).await
}
