//! What the server holds of a recording.

use aside_protocol::upload::{TrackRanges, UploadStatus, ranges};

use crate::domain::access::{Allowed, Upload};
use crate::resources::Resources;
use crate::store::Result;

pub async fn status(resources: &Resources, recording: &Allowed<Upload>) -> Result<UploadStatus> {
    let store = &resources.store;
    let mut received = Vec::new();
    for track in store.tracks(recording.id).await? {
        received.push(TrackRanges {
            name: track.name,
            ranges: ranges(store.part_numbers(recording.id, track.name).await?),
        });
    }
    Ok(UploadStatus {
        state: recording.state(resources.now()),
        received,
    })
}
