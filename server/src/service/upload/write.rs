//! A part arrives: its bytes are taken in, compared with what was announced and with what is held, stored as an object,
//! and get their row. The receipt comes last.

use std::sync::Arc;

use aside_protocol::recording::{Kind, MAX_PARTS, Sha256, TrackName};
use bytes::Bytes;
use futures_util::Stream;

use super::writer::{Committed, NewPart, NotTaken, PartWriter, WriterError};
use crate::domain::access::{Allowed, Upload};
use crate::domain::recording::PartRow;
use crate::domain::upload::{Place, Told, place, read, read_told};
use crate::intake::{BoxError, Intake, IntakeError};
use crate::objects::ObjectKey;
use crate::resources::Resources;
use crate::service::StorageError;
use crate::service::write_object::write_object;
use crate::store::StoreError;

/// A part on its way in.
#[derive(Debug)]
pub struct Incoming<B> {
    pub track: TrackName,
    pub number: u32,
    /// Version of the init it is decoded with, as announced.
    pub init: u32,
    /// In bytes, as announced.
    pub length: usize,
    /// As announced; none where nothing was.
    pub digest: Option<Sha256>,
    pub body: B,
}

/// A part that is held: bytes and row survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub row: PartRow,
    /// The same bytes were here already.
    pub known: bool,
}

/// Why a part is not held.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("This recording has no such track.")]
    NoSuchTrack,
    #[error(
        "Version {version} of the init of {track} has not arrived. Send it, then the part again."
    )]
    UnknownInit { track: TrackName, version: u32 },
    #[error("A track has at most {MAX_PARTS} parts.")]
    Number,
    #[error("no digest was announced")]
    NoDigest,
    #[error("The bytes were changed on the way. Nothing was kept; send the part again.")]
    OtherDigest,
    #[error("Storing this part took too long. Send it again.")]
    Late,
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Writer(#[from] WriterError),
}

/// Takes one part.
pub async fn write<B, E>(
    resources: &Resources,
    intake: &Intake,
    writer: &PartWriter,
    recording: &Allowed<Upload>,
    part: Incoming<B>,
) -> Result<Held, WriteError>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<BoxError>,
{
    let (store, id, number) = (&resources.store, recording.id, part.number);
    let track = store
        .track(id, part.track)
        .await?
        .ok_or(WriteError::NoSuchTrack)?;
    if number >= MAX_PARTS {
        return Err(WriteError::Number);
    }
    let (name, version) = (track.name, part.init);
    if track.init(version).is_none() {
        return Err(WriteError::UnknownInit {
            track: name,
            version,
        });
    }
    let announced = part.digest.ok_or(WriteError::NoDigest)?;

    let taken = intake.read(part.body, part.length).await?;
    let sha256 = taken.sha256;
    if sha256 != announced {
        return Err(WriteError::OtherDigest);
    }
    let (row, told) = match track.name.kind() {
        Kind::Data => read_told(&taken.bytes, sha256, number).map_err(NotTaken::from)?,
        Kind::Video | Kind::Audio => {
            let row =
                read(&taken.bytes, sha256, &track, number, version).map_err(NotTaken::from)?;
            (row, Told::default())
        }
    };

    // Asked before anything is written, so that a repeated part costs nothing and a wrong one leaves nothing.
    let around = store.neighbours(id, track.name, number).await?;
    match place(&row, &around).map_err(NotTaken::from)? {
        Place::Known(row) => return Ok(Held { row, known: true }),
        Place::Taken => return Err(NotTaken::Taken.into()),
        Place::New if recording.finished_at.is_some() => return Err(NotTaken::Finished.into()),
        Place::New | Place::Lost(_) => {}
    }
    let key = ObjectKey::Part {
        recording: id,
        track: track.name,
        number,
        sha256,
    };
    let since = resources.now();
    write_object(store, &resources.objects, &key, taken.bytes.clone()).await?;
    drop(taken);
    let new = NewPart {
        recording: id,
        track: track.name,
        row,
        told: Arc::new(told),
        since,
    };
    match writer.commit(new).await? {
        Committed::New => Ok(Held { row, known: false }),
        Committed::Known(row) => Ok(Held { row, known: true }),
        Committed::Refused(why) => Err(why.into()),
        Committed::Late => Err(WriteError::Late),
    }
}
