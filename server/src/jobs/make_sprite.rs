//! Makes small pictures of a finished recording, evenly apart, and notes where something else is shown.

use aside_protocol::cmaf::read_init;
use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use bytes::Bytes;

use super::{Context, Next, Trouble};
use crate::domain::recording::{StoredPart, Track, run_length};
use crate::domain::sprite::{COLUMNS, Sprite, TILE_WIDTH, is_another, moments, tile_height};
use crate::media::{MediaError, Picture, PictureDecoder, Tile, encode_sprite};
use crate::objects::{ObjectError, ObjectKey};
use crate::service::screen_text;
use crate::service::write_object::write_object;
use crate::store::{Tx, sprites, tombstones};

/// Parts between a whole picture and a small one; recorders make a whole one every ten seconds, which are 20 parts.
const MAX_PARTS: u32 = 600;
/// Sides of what is compared with the picture before.
const COMPARED_SIZE: (u32, u32) = (80, 45);

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(recording) = store.recording(id).await? else {
        return Ok(Next::Done);
    };
    let Some(track) = store.track(id, TrackName::Video).await? else {
        return Ok(Next::Done);
    };
    let (every_ms, count) = moments(store.duration_ms(&recording).await?);
    let mut looking = Looking::default();
    for n in 0..count {
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: std::time::Duration::ZERO,
            });
        }
        let at_ms = u64::from(n) * every_ms;
        let tick = at_ms.saturating_mul(u64::from(track.timescale)) / 1000;
        looking = look(cx, id, &track, looking, tick).await?;
        looking = cx.blocking(move || looking.take(at_ms)).await?;
    }
    let changes = std::mem::take(&mut looking.changes);
    let (height, made) = cx
        .blocking(move || (looking.height, encode_sprite(&looking.tiles, COLUMNS)))
        .await?;
    match made {
        Ok(jpeg) => {
            let sprite = Sprite {
                key: String::new(),
                tile_width: TILE_WIDTH,
                tile_height: height,
                count,
                every_ms,
                changes,
            };
            keep(cx, id, jpeg.into(), sprite).await
        }
        // It is watched without them.
        Err(cause) => {
            tracing::info!(recording = %id, %cause, "{id} has no small pictures: {cause}");
            Ok(Next::Done)
        }
    }
}

async fn keep(
    cx: &Context<'_>,
    id: RecordingId,
    jpeg: Bytes,
    sprite: Sprite,
) -> Result<Next, Trouble> {
    let key = ObjectKey::Sprite {
        recording: id,
        sha256: Sha256::of(&jpeg),
    };
    let sprite = Sprite {
        key: key.path().to_string(),
        ..sprite
    };
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    write_object(store, objects, &key, jpeg).await?;
    cx.write(async |tx: &mut Tx| {
        if tx.recording(id).await?.is_none() {
            // It was cancelled meanwhile.
            tombstones::add(tx, &sprite.key, cx.now()).await?;
            return Ok(());
        }
        let replaced = sprites::get(tx, id).await?;
        sprites::set(tx, id, &sprite).await?;
        tombstones::remove(tx, &sprite.key).await?;
        if let Some(old) = replaced.filter(|old| old.key != sprite.key) {
            tombstones::add(tx, &old.key, cx.now()).await?;
        }
        if cx.tools.screen().is_some() {
            screen_text::begin(tx, cx.resources, id).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}

/// Goes on to the part that is shown at `tick`.
async fn look(
    cx: &Context<'_>,
    id: RecordingId,
    track: &Track,
    mut looking: Looking,
    tick: u64,
) -> Result<Looking, Trouble> {
    let store = &cx.resources.store;
    let name = TrackName::Video;
    let Some((whole, shown)) = store.parts_until(id, name, tick).await? else {
        return Ok(looking);
    };
    if shown - whole >= MAX_PARTS {
        return Ok(looking);
    }
    let from = match &looking.at {
        Some(at) if at.whole == whole && at.next > shown => return Ok(looking),
        Some(at) if at.whole == whole => at.next,
        _ => whole,
    };
    let rows = store.stored_parts(id, name, from, shown).await?;
    let run = run_length(from, rows.iter().map(|row| row.number));
    for row in &rows[..run] {
        let key = ObjectKey::Part {
            recording: id,
            track: name,
            number: row.number,
            sha256: row.sha256,
        };
        let part = match cx.resources.objects.get(&key).await {
            Ok(part) => part,
            Err(ObjectError::NotFound(_)) => break,
            Err(error) => return Err(error.into()),
        };
        let (init, row) = (track.init(row.init).cloned(), *row);
        looking = cx
            .blocking(move || looking.with_part(whole, row, init.as_ref(), &part))
            .await?;
    }
    Ok(looking)
}

/// Where a decoder stands.
struct At {
    decoder: PictureDecoder,
    /// The part with the whole picture it began with.
    whole: u32,
    next: u32,
    init: u32,
}

#[derive(Default)]
struct Looking {
    at: Option<At>,
    newest: Option<Picture>,
    /// Moments that have no small picture yet.
    skipped: u32,
    height: u32,
    tiles: Vec<Tile>,
    /// Brightness of the last picture that was another one.
    known: Vec<u8>,
    changes: Vec<u64>,
}

impl Looking {
    /// Decodes a part. One that cannot be decoded is passed over.
    fn with_part(mut self, whole: u32, row: StoredPart, init: Option<&Bytes>, part: &[u8]) -> Self {
        if self.decode(whole, row, init, part).is_err() {
            self.at = None;
        }
        self
    }

    fn decode(
        &mut self,
        whole: u32,
        row: StoredPart,
        init: Option<&Bytes>,
        part: &[u8],
    ) -> Result<(), MediaError> {
        let begun = self.at.take();
        let begun =
            begun.filter(|at| at.whole == whole && at.init == row.init && at.next == row.number);
        let mut at = match begun {
            Some(at) => at,
            None => {
                let init = init.ok_or(MediaError::WrongTrack("video"))?;
                At {
                    decoder: PictureDecoder::new(&read_init(init)?)?,
                    whole,
                    next: row.number,
                    init: row.init,
                }
            }
        };
        self.newest = Some(at.decoder.last_of(part)?);
        at.next = row.number + 1;
        self.at = Some(at);
        Ok(())
    }

    /// Keeps the newest picture as the small one of this moment.
    fn take(mut self, at_ms: u64) -> Self {
        let Some(picture) = &self.newest else {
            self.skipped += 1;
            return self;
        };
        if self.height == 0 {
            self.height = tile_height(picture.width(), picture.height());
        }
        let Ok(luma) = picture.luma(COMPARED_SIZE.0, COMPARED_SIZE.1) else {
            self.skipped += 1;
            return self;
        };
        // The first picture stands for a beginning that cannot be decoded as well.
        for _ in 0..=std::mem::take(&mut self.skipped) {
            self.tiles
                .extend(Tile::of(picture, TILE_WIDTH, self.height));
        }
        if is_another(&self.known, &luma) {
            self.changes.push(at_ms);
            self.known = luma;
        }
        self
    }
}
