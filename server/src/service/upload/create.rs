//! Beginning a recording, as often as a recorder asks for it.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::RecordingState;
use aside_protocol::text::{TitleTooLong, clean_title};
use aside_protocol::upload::CreateRecording;

use crate::domain::access::{Refusal, Seen, Upload, Viewer, allow};
use crate::domain::account::User;
use crate::domain::recording::{ImplausibleStart, Recording, Track, check_start, plausible_start};
use crate::domain::sharing::{Audience, Sharing};
use crate::domain::upload::{self, read_tracks};
use crate::resources::Resources;
use crate::service::sharing::default_audience;
use crate::store::{StoreError, Tx};

/// Why a recording was not begun.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("A recording's id is a UUID of version 7.")]
    Id,
    #[error(transparent)]
    Title(#[from] TitleTooLong),
    #[error(transparent)]
    Start(#[from] ImplausibleStart),
    #[error(transparent)]
    Tracks(#[from] upload::CreateError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Conflict(#[from] Conflict),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Another recording is here under this id or this link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("The link is taken by another recording. Make a new slug.")]
    Slug,
    #[error("This id is known with another link.")]
    OtherSlug,
    #[error("This id is known with other tracks.")]
    OtherTracks,
}

/// A recording that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub slug: Slug,
    pub state: RecordingState,
    pub audience: Audience,
    /// It was not there before.
    pub is_new: bool,
}

/// Begins a recording of `owner`, or says that it is known.
pub async fn create(
    resources: &Resources,
    owner: &User,
    id: RecordingId,
    wanted: CreateRecording,
) -> Result<Created, CreateError> {
    if id.0.get_version_num() != 7 {
        return Err(CreateError::Id);
    }
    let title = clean_title(&wanted.title)?;
    check_start(wanted.started_at)?;
    let tracks = read_tracks(wanted.tracks)?;
    let now = resources.now();
    let audience = match wanted.audience {
        Some(audience) => audience,
        None => default_audience(resources, owner).await?,
    };
    let fresh = Recording {
        id,
        slug: wanted.slug,
        owner: owner.id,
        title,
        sharing: Sharing::with(audience),
        share_epoch: 0,
        started_at: plausible_start(wanted.started_at, now),
        created_at: now,
        last_part_at: now,
        last_seen_at: None,
        paused_at: None,
        finished_at: None,
        deleted_at: None,
        poster_key: None,
        thumbnail_key: None,
        version: 1,
    };
    let viewer = Viewer::from(owner);
    let store = &resources.store;
    if let Some(held) = store.recording(id).await? {
        return known(resources, &viewer, held, &fresh, &tracks).await;
    }
    let inserted = store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            tx.insert_recording(&fresh).await?;
            for track in &tracks {
                tx.insert_track(id, track).await?;
            }
            Ok(())
        })
        .await;
    match inserted {
        Ok(()) => Ok(Created {
            state: fresh.state(now),
            audience: fresh.sharing.audience,
            slug: fresh.slug,
            is_new: true,
        }),
        // Somebody was quicker: with the same id (then it is known now), or with the same slug.
        Err(error) if error.is_duplicate() => match store.recording(id).await? {
            Some(held) => known(resources, &viewer, held, &fresh, &tracks).await,
            None => Err(Conflict::Slug.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Whether the recording that is here is the one that is meant. Title and start may have been
/// changed since, so they are not compared.
async fn known(
    resources: &Resources,
    viewer: &Viewer,
    held: Recording,
    wanted: &Recording,
    tracks: &[Track],
) -> Result<Created, CreateError> {
    let seen = Seen {
        recording: held,
        named: false,
        present: true,
        password: None,
    };
    let held = allow::<Upload>(viewer, seen, resources.now()).map_err(|refusal| match refusal {
        // An id cannot be hidden from who wants to use it.
        Refusal::Hidden | Refusal::Password => Refusal::Forbidden,
        refusal => refusal,
    })?;
    if held.slug != wanted.slug {
        return Err(Conflict::OtherSlug.into());
    }
    let ours = resources.store.tracks(held.id).await?;
    let same = ours.len() == tracks.len()
        && ours
            .iter()
            .zip(tracks)
            .all(|(a, b)| a.name == b.name && a.init == b.init);
    if !same {
        return Err(Conflict::OtherTracks.into());
    }
    Ok(Created {
        slug: wanted.slug.clone(),
        state: held.state(resources.now()),
        audience: held.sharing.audience,
        is_new: false,
    })
}
