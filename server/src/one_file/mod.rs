//! What a recording is made into one MP4 of: for the job that makes it when somebody asks, and for exports.

mod index;
mod parts;

use std::collections::BTreeSet;

use aside_protocol::id::RecordingId;
use aside_protocol::layout::Layout;
use aside_protocol::recording::{MAX_PARTS, TrackName};

pub use self::index::{IndexError, index};
use self::parts::Stored;
use crate::domain::recording::{Recording, StoredPart, Track};
use crate::media::composition::{self, Take};
use crate::objects::{ObjectKey, Objects};
use crate::store::{Result, Store};

/// The tracks of the recording, and how many bytes they have; none without a picture. Parts are fetched while they are read, by a
/// task of the runtime this is called in.
pub async fn take(
    store: &Store,
    objects: &Objects,
    recording: &Recording,
    layout: Layout,
) -> Result<Option<(Take, u64)>> {
    let mut bytes = 0;
    let mut found: [Option<composition::Track>; 3] = [None, None, None];
    for track in store.tracks(recording.id).await? {
        let place = match track.name {
            TrackName::Video => 0,
            TrackName::Audio => 1,
            TrackName::Camera => 2,
            TrackName::Microphone | TrackName::System | TrackName::Events => continue,
        };
        let parts = store
            .stored_parts(recording.id, track.name, 0, MAX_PARTS)
            .await?;
        if !parts.is_empty() {
            bytes += parts.iter().map(|part| part.size).sum::<u64>();
            found[place] = Some(stored(objects, recording.id, &track, parts));
        }
    }
    let [Some(video), audio, camera] = found else {
        return Ok(None);
    };
    let take = Take {
        video,
        audio,
        camera,
        layout,
        title: recording.title.clone(),
        length_ms: store.duration_ms(recording).await?,
    };
    Ok(Some((take, bytes)))
}

/// A track from the last part before `from_ms` that it can be decoded from, up to `until_ms`; none where nothing is there.
pub async fn range(
    store: &Store,
    objects: &Objects,
    recording: RecordingId,
    track: &Track,
    from_ms: u64,
    until_ms: u64,
) -> Result<Option<composition::Track>> {
    let parts = store
        .parts_of_range(recording, track, from_ms, until_ms)
        .await?;
    Ok((!parts.is_empty()).then(|| stored(objects, recording, track, parts)))
}

fn stored(
    objects: &Objects,
    recording: RecordingId,
    track: &Track,
    parts: Vec<StoredPart>,
) -> composition::Track {
    let used: BTreeSet<u32> = parts.iter().map(|part| part.init).collect();
    let inits = track.inits().filter(|(version, _)| used.contains(version));
    let inits = inits
        .map(|(version, init)| (version, init.clone()))
        .collect();
    let (id, name) = (recording, track.name);
    let keys = parts.into_iter().map(move |part| {
        let key = ObjectKey::Part {
            recording: id,
            track: name,
            number: part.number,
            sha256: part.sha256,
        };
        (part.init, key)
    });
    composition::Track {
        inits,
        parts: Box::new(Stored::fetch(objects.clone(), keys.collect())),
    }
}
