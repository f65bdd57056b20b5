//! The tables of a file that is put together of stored parts: made once, of the first bytes of each part.

use std::collections::BTreeSet;
use std::pin::pin;

use aside_protocol::cmaf::{
    FileSample, FileTrack, Part, ReadError, read_init, read_part, read_part_head, write_file_head,
};
use aside_protocol::recording::{MAX_PARTS, TrackName};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::domain::download_index::{DownloadIndex, IndexedPart};
use crate::domain::recording::{Recording, StoredPart, Track};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::store::{Store, StoreError};

/// The boxes before the payload: a second of sound has some hundred bytes of them.
const HEAD: u64 = 16 * 1024;
/// Parts that are asked for at once.
const CONCURRENCY: usize = 16;
/// Samples are held in memory: of a file with more (a day of pictures and sound), no tables are made.
const MAX_SAMPLES: usize = 10_000_000;

/// Why there are no tables.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the boxes cannot be read: {0}")]
    Boxes(#[from] ReadError),
}

/// What one picture needs: the tables, where one description goes with all pictures and one with all sound. None: it has to
/// be made. Parts that are missing are left out, and what cannot be decoded without them.
pub async fn index(
    store: &Store,
    objects: &Objects,
    recording: &Recording,
) -> Result<Option<DownloadIndex>, IndexError> {
    let (mut laid, mut samples) = (Vec::new(), 0);
    for name in [TrackName::Video, TrackName::Audio] {
        let Some(track) = store.track(recording.id, name).await? else {
            continue;
        };
        let rows = store.stored_parts(recording.id, name, 0, MAX_PARTS).await?;
        if rows.is_empty() {
            continue;
        }
        let Some(init) = one_init(&track, &rows)? else {
            return Ok(None);
        };
        let whole: BTreeSet<u32> = match name {
            TrackName::Video => store.whole_parts(recording.id, name).await?,
            _ => BTreeSet::new(),
        };
        let read = stream::iter(rows)
            .map(|row| {
                let key = ObjectKey::Part {
                    recording: recording.id,
                    track: name,
                    number: row.number,
                    sha256: row.sha256,
                };
                let objects = objects.clone();
                async move {
                    let part = boxes(&objects, &key, name, row.size).await?;
                    Ok::<_, IndexError>((row, part))
                }
            })
            .buffered(CONCURRENCY);
        let mut read = pin!(read);
        let mut parts = Vec::new();
        let (mut expected, mut broken) = (1, false);
        while let Some(found) = read.next().await {
            let (row, Some(mut part)) = found? else {
                continue;
            };
            samples += part.samples.len();
            if samples > MAX_SAMPLES {
                return Ok(None);
            }
            let alone = name == TrackName::Audio || whole.contains(&row.number);
            // Behind a part that is missing pictures go on with the next whole one.
            broken = (broken || part.info.sequence != expected) && !alone;
            expected = part.info.sequence.wrapping_add(1);
            if let Some(first) = part.samples.first_mut() {
                first.sync = alone;
            }
            if !broken {
                parts.push((row, part));
            }
        }
        let timescale = track.timescale.max(1);
        laid.push(Laid {
            name,
            init,
            timescale,
            parts,
        });
    }
    if laid
        .first()
        .is_none_or(|it| it.name != TrackName::Video || it.parts.is_empty())
    {
        return Ok(None);
    }
    let made = tokio::task::spawn_blocking(move || put_together(laid)).await;
    match made {
        Ok(index) => Ok(Some(index?)),
        Err(_) => Ok(None),
    }
}

/// A track as it goes into the file.
struct Laid {
    name: TrackName,
    init: Bytes,
    timescale: u32,
    parts: Vec<(StoredPart, Part)>,
}

/// The init that goes with all of these parts; none where there are several that differ.
fn one_init(track: &Track, rows: &[StoredPart]) -> Result<Option<Bytes>, ReadError> {
    let used: BTreeSet<u32> = rows.iter().map(|row| row.init).collect();
    let mut found: Option<(Bytes, _)> = None;
    for (_, init) in track.inits().filter(|(version, _)| used.contains(version)) {
        let media = read_init(init)?.media;
        match &found {
            Some((_, first)) if *first != media => return Ok(None),
            Some(_) => {}
            None => found = Some((init.clone(), media)),
        }
    }
    Ok(found.map(|(init, _)| init))
}

/// The boxes of a part; none where its object is missing or has another size than the row says.
async fn boxes(
    objects: &Objects,
    key: &ObjectKey,
    name: TrackName,
    size: u64,
) -> Result<Option<Part>, IndexError> {
    let begin = match objects.begin(key, size, HEAD).await {
        Ok(begin) => begin,
        Err(ObjectError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let whole = usize::try_from(size).unwrap_or(usize::MAX);
    if let Ok(part) = read_part_head(&begin, whole) {
        return Ok(Some(part));
    }
    let all = objects.get(key).await?;
    Ok(Some(read_part(&all, name.kind())?))
}

fn put_together(laid: Vec<Laid>) -> Result<DownloadIndex, ReadError> {
    // When a part begins, in millionths of a second; pictures before sound that begins with them.
    let mut order = Vec::new();
    let mut inits = Vec::with_capacity(laid.len());
    for (t, track) in laid.into_iter().enumerate() {
        for (row, part) in track.parts {
            let at = u128::from(part.info.start) * 1_000_000 / u128::from(track.timescale);
            order.push((at, t, track.name, row, part));
        }
        inits.push(track.init);
    }
    // Stable: the parts of a track stay in their order.
    order.sort_by_key(|(at, t, ..)| (*at, *t));
    let mut samples: Vec<Vec<FileSample>> = inits.iter().map(|_| Vec::new()).collect();
    let mut parts = Vec::with_capacity(order.len());
    let mut at = 0_u64;
    // Each part goes as soon as its samples are listed, so that there are never two copies of all.
    for (_, t, name, row, part) in order {
        parts.push(IndexedPart {
            track: name,
            number: row.number,
            size: u32::try_from(row.size)
                .map_err(|_| ReadError::Unsupported("a part of so many bytes"))?,
            sha256: row.sha256,
        });
        for sample in &part.samples {
            samples[t].push(FileSample {
                offset: at + sample.offset as u64,
                size: u32::try_from(sample.size).unwrap_or(u32::MAX),
                start: sample.start,
                duration: sample.duration,
                sync: sample.sync,
            });
        }
        at += row.size;
    }
    let tracks: Vec<FileTrack<'_>> = inits
        .iter()
        .zip(&samples)
        .map(|(init, samples)| FileTrack { init, samples })
        .collect();
    let head = write_file_head(&tracks, at)?;
    Ok(DownloadIndex::new(head.into(), parts))
}
