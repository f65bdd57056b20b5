//! The use cases, one file each: what handlers, jobs and verbs ask for. `http, jobs → service → {domain, store, objects}`.

pub mod account;
pub mod comments;
pub mod device;
pub mod download;
pub mod gate;
pub mod layout;
pub mod lost_objects;
pub mod marks;
pub mod object_census;
pub mod poster;
pub mod publish;
pub mod read_change;
pub mod recorded_events;
pub mod recordings;
pub mod removal;
pub mod sharing;
pub mod store_identity;
pub mod token;
pub mod told;
pub mod transcript;
pub mod upload;
pub mod write_object;

use crate::objects::{ObjectError, ObjectKey};
use crate::store::StoreError;
use crate::store::stored::NamedPart;

/// A failure of the database or of the object store.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

/// The object of a part.
pub const fn key_of(part: &NamedPart) -> ObjectKey {
    ObjectKey::Part {
        recording: part.recording,
        track: part.track,
        number: part.number,
        sha256: part.sha256,
    }
}
