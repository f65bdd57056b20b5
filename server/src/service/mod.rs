//! The use cases, one file each: what handlers, jobs and verbs ask for. `http, jobs → service → {domain, store, objects}`.

pub mod account;
pub mod actor;
pub mod assistant;
pub mod attachments;
pub mod audit;
pub mod calendar;
pub mod catch_up;
pub mod comments;
mod decoder_process;
pub mod device;
pub mod document;
pub mod download;
pub mod download_index;
pub mod excerpts;
pub mod factors;
pub mod folder_removal;
pub mod folders;
pub mod frames;
pub mod gate;
pub mod groups;
pub mod hand_over;
pub mod health;
pub mod idempotency;
pub mod invitations;
pub mod layout;
pub mod library;
pub mod lost_objects;
pub mod mail;
pub mod mail_address;
pub mod mailbox;
pub mod marks;
pub mod media_link;
mod network_places;
pub mod notices;
pub mod object_census;
pub mod oidc;
pub mod outbound;
pub mod parts_again;
pub mod passkey_sign_in;
pub mod password;
pub mod people;
pub mod poster;
pub mod preview;
pub mod profile;
pub mod publish;
pub mod push;
pub mod read_change;
pub mod recorded_events;
pub mod recordings;
pub mod removal;
pub mod replies;
pub mod reply_keys;
pub mod retention;
pub mod screen_text;
pub mod search;
pub mod server_look;
pub mod sessions;
pub mod shared_read;
pub mod sharing;
pub mod sprite;
pub mod steps;
pub mod steps_pdf;
pub mod store_identity;
pub mod suggestions;
pub mod tasks;
pub mod team_words;
pub mod token;
pub mod told;
pub mod transcript;
pub mod transcript_edit;
pub mod translations;
pub mod upload;
pub mod views;
pub mod watch;
pub mod write_object;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;

use crate::domain::recording::StoredPart;
use crate::objects::{ObjectError, ObjectKey};
use crate::resources::Resources;
/// The database did not do what was asked.
pub use crate::store::StoreError;
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

/// The parts `first` to `last` (both included) of a track; none unless all of them are stored.
pub async fn stored_run(
    resources: &Resources,
    recording: RecordingId,
    track: TrackName,
    first: u32,
    last: u32,
) -> Result<Option<Vec<StoredPart>>, StoreError> {
    let store = &resources.store;
    let parts = store.stored_parts(recording, track, first, last).await?;
    let wanted = u64::from(last.saturating_sub(first)) + 1;
    Ok((parts.len() as u64 == wanted).then_some(parts))
}
