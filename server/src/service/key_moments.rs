//! Where the picture of a recording changed.

use aside_protocol::recording::TrackName;

use crate::domain::access::{Allowed, Watch};
use crate::domain::key_moment;
use crate::resources::Resources;
use crate::store::Result;
use crate::track_cache::TrackCache;

/// In milliseconds from the first picture, ascending.
pub async fn key_moments(
    resources: &Resources,
    tracks: &TrackCache,
    recording: &Allowed<Watch>,
) -> Result<Vec<u64>> {
    let view = tracks.view_of(recording).await?;
    let video = view.as_ref().and_then(|view| view.track(TrackName::Video));
    let Some(video) = video else {
        return Ok(Vec::new());
    };
    let timescale = video.listing.track().timescale;
    let parts = resources
        .store
        .parts(recording.id, TrackName::Video)
        .await?;
    Ok(key_moment::key_moments(&parts, timescale))
}
