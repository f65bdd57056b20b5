//! A later version of a track's init arrives: from some part on the track is decoded with it.

use aside_protocol::recording::{FIRST_INIT, Sha256, TrackName};

use crate::domain::access::{Allowed, Upload};
use crate::domain::upload::{InitRefusal, read_later};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx};

/// An init that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub sha256: Sha256,
    /// The same bytes were here already.
    pub known: bool,
}

/// Why an init is not held.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("This recording has no such track.")]
    NoSuchTrack,
    #[error("Version {version} of the init of {track} is held with other bytes.")]
    Taken { track: TrackName, version: u32 },
    #[error("This recording is finished.")]
    Finished,
    #[error("This recording was deleted.")]
    Deleted,
    #[error(transparent)]
    Refused(#[from] InitRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes version `version` of the init of a track. May be repeated.
pub async fn put(
    resources: &Resources,
    recording: &Allowed<Upload>,
    name: TrackName,
    version: u32,
    init: Vec<u8>,
) -> std::result::Result<Held, InitError> {
    let (store, id) = (&resources.store, recording.id);
    let track = store.track(id, name).await?;
    let track = track.ok_or(InitError::NoSuchTrack)?;
    let sha256 = Sha256::of(&init);
    let same = |held: Sha256| match held == sha256 {
        true => Ok(Held {
            sha256,
            known: true,
        }),
        false => Err(InitError::Taken {
            track: name,
            version,
        }),
    };
    if version == FIRST_INIT {
        return same(Sha256::of(&track.init));
    }
    let later = read_later(&track, version, init)?;
    store
        .write(
            async |tx: &mut Tx| -> std::result::Result<Held, InitError> {
                tx.lock_recording(id).await?;
                let found = tx.recording(id).await?.ok_or(InitError::Deleted)?;
                let held: Result<Vec<(u32, Sha256)>> = tx.held_inits(id, name).await;
                if let Some((_, held)) = held?.into_iter().find(|(held, _)| *held == version) {
                    return same(held);
                }
                if found.deleted_at.is_some() {
                    return Err(InitError::Deleted);
                }
                if found.finished_at.is_some() {
                    return Err(InitError::Finished);
                }
                tx.insert_init(id, name, &later).await?;
                Ok(Held {
                    sha256,
                    known: false,
                })
            },
        )
        .await
}
