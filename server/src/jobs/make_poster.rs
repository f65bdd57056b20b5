//! Finds a picture that stands for a recording: an early one on which there is something to see.
//!
//! It chooses as soon as there is anything to choose from, and once more when the take has ended.

use std::time::Duration;

use aside_protocol::cmaf::{Init, read_init, read_part};
use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Kind, Sha256, TrackName};
use bytes::Bytes;

use super::{Context, Next, Trouble};
use crate::domain::event::Change;
use crate::domain::poster::LOOK_AFTER;
use crate::domain::recording::{Track, run_length};
use crate::media::liveliness::{Best, HEIGHT, WIDTH, liveliness};
use crate::media::{MediaError, Picture, PictureDecoder, encode_jpeg, encode_jpeg_within};
use crate::objects::ObjectKey;
use crate::service::write_object::write_object;
use crate::store::posters::{self, Pictures};
use crate::store::{Tx, events, tombstones};

/// Only the beginning is looked at …
const LOOK_AT: Duration = Duration::from_secs(20);
/// … in at most so many parts,
const MAX_PARTS: u32 = 100;
/// and its very beginning picture by picture, because a screen that stands still seldom has a whole picture.
const LOOK_CLOSELY: Duration = Duration::from_secs(4);
const MAX_WIDTH: u32 = 1280;
/// The small rendition: twice the pixels of a card in the library, and how many bytes it may have.
const THUMBNAIL_WIDTH: u32 = 568;
const THUMBNAIL_BYTES: usize = 12 * 1024;
/// How long to wait for more of a running take.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(cx: &Context<'_>, recording: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(row) = store.recording(recording).await? else {
        return Ok(Next::Done);
    };
    let Some(track) = store.track(recording, TrackName::Video).await? else {
        return Ok(Next::Done);
    };
    let running = row.state(cx.now()).is_live();
    let mut looking = match read_inits(&track).and_then(Looking::new) {
        Ok(looking) => looking,
        Err(error) => {
            return Ok(Next::GiveUp {
                why: error.to_string(),
            });
        }
    };
    let rows = store
        .stored_parts(recording, TrackName::Video, 0, MAX_PARTS - 1)
        .await?;
    let run = run_length(0, rows.iter().map(|row| row.number));
    for stored in &rows[..run] {
        let key = ObjectKey::Part {
            recording,
            track: TrackName::Video,
            number: stored.number,
            sha256: stored.sha256,
        };
        let part = cx.resources.objects.get(&key).await?;
        let init = stored.init;
        looking = cx.blocking(move || looking.at(init, &part)).await?;
        if looking.seen >= LOOK_AT {
            break;
        }
    }
    if running && looking.seen < LOOK_AFTER {
        return Ok(Next::Again {
            after: RETRY_INTERVAL,
        });
    }
    let seen_enough = !running || looking.seen >= LOOK_AT;
    let failure = looking.failure.take();
    let Some((score, picture)) = looking.best.take() else {
        let why = failure.map_or_else(|| "no picture has arrived".to_owned(), |e| e.to_string());
        return Ok(if running {
            Next::Again {
                after: RETRY_INTERVAL,
            }
        } else {
            Next::GiveUp { why }
        });
    };
    // Nothing to see yet: another look may find more.
    if score == 0.0 && !seen_enough {
        return Ok(Next::Again {
            after: RETRY_INTERVAL,
        });
    }
    let encoded = cx.blocking(move || -> Result<_, MediaError> {
        Ok(Jpegs {
            poster: encode_jpeg(&picture, MAX_WIDTH)?.into(),
            thumbnail: encode_jpeg_within(&picture, THUMBNAIL_WIDTH, THUMBNAIL_BYTES)?.into(),
        })
    });
    match encoded.await? {
        Ok(jpegs) => keep(cx, recording, jpegs).await,
        Err(error) => Ok(Next::GiveUp {
            why: error.to_string(),
        }),
    }
}

fn read_inits(track: &Track) -> Result<Vec<(u32, Init)>, MediaError> {
    let inits = track.inits();
    inits
        .map(|(version, init)| Ok((version, read_init(init)?)))
        .collect()
}

struct Jpegs {
    poster: Bytes,
    thumbnail: Bytes,
}

async fn keep(cx: &Context<'_>, recording: RecordingId, jpegs: Jpegs) -> Result<Next, Trouble> {
    let poster = ObjectKey::Poster {
        recording,
        sha256: Sha256::of(&jpegs.poster),
    };
    let thumbnail = ObjectKey::Thumbnail {
        recording,
        sha256: Sha256::of(&jpegs.thumbnail),
    };
    let made = Pictures {
        poster: Some(poster.path().to_string()),
        thumbnail: Some(thumbnail.path().to_string()),
    };
    let (store, objects) = (&cx.resources.store, &cx.resources.objects);
    if store.pictures(recording).await? == made {
        return Ok(Next::Done);
    }
    write_object(store, objects, &poster, jpegs.poster).await?;
    write_object(store, objects, &thumbnail, jpegs.thumbnail).await?;
    cx.write(async |tx: &mut Tx| {
        let replaced = posters::get(tx, recording).await?;
        posters::set(
            tx,
            recording,
            poster.path().as_ref(),
            thumbnail.path().as_ref(),
        )
        .await?;
        let made: Vec<String> = made.paths().collect();
        if tx.recording(recording).await?.is_none() {
            // It was cancelled meanwhile.
            for path in &made {
                tombstones::add(tx, path, cx.now()).await?;
            }
            return Ok(());
        }
        for path in &made {
            tombstones::remove(tx, path).await?;
        }
        for path in replaced.paths().filter(|path| !made.contains(path)) {
            tombstones::add(tx, &path, cx.now()).await?;
        }
        events::append(tx, recording, Change::Poster, cx.now()).await?;
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}

/// Looks through the beginning of a take, part after part.
struct Looking {
    /// By version.
    inits: Vec<(u32, Init)>,
    decoder: PictureDecoder,
    /// That of `decoder`.
    init: u32,
    timescale: u64,
    best: Best<Picture>,
    /// How much of the take was looked at.
    seen: Duration,
    first_segment: bool,
    failure: Option<MediaError>,
}

impl Looking {
    fn new(inits: Vec<(u32, Init)>) -> Result<Self, MediaError> {
        let (version, init) = inits.first().ok_or(MediaError::WrongTrack("video"))?;
        Ok(Self {
            decoder: PictureDecoder::new(init)?,
            init: *version,
            timescale: u64::from(init.timescale.max(1)),
            best: Best::default(),
            seen: Duration::ZERO,
            first_segment: true,
            failure: None,
            inits,
        })
    }

    /// A part that cannot be decoded is passed over: there are others.
    fn at(mut self, init: u32, part: &[u8]) -> Self {
        match self.look(init, part) {
            Ok(()) => {}
            Err(error) => self.failure = Some(error),
        }
        self
    }

    fn look(&mut self, init: u32, part: &[u8]) -> Result<(), MediaError> {
        if self.init != init {
            let found = self.inits.iter().find(|(version, _)| *version == init);
            let (_, found) = found.ok_or(MediaError::WrongTrack("video"))?;
            (self.decoder, self.init) = (PictureDecoder::new(found)?, init);
        }
        let info = read_part(part, Kind::Video)
            .map_err(MediaError::Boxes)?
            .info;
        let begins = Duration::from_secs_f64(info.start as f64 / self.timescale as f64);
        let first = begins.is_zero();
        self.first_segment &= first || !info.independent;
        self.seen = Duration::from_secs_f64(
            info.start.saturating_add(info.duration) as f64 / self.timescale as f64,
        );
        if info.independent {
            let picture = self.decoder.first_of(part)?;
            self.show(picture)?;
        }
        if self.first_segment && begins < LOOK_CLOSELY {
            let picture = self.decoder.last_of(part)?;
            self.show(picture)?;
        }
        Ok(())
    }

    fn show(&mut self, picture: Picture) -> Result<(), MediaError> {
        let score = liveliness(&picture.luma(WIDTH, HEIGHT)?, WIDTH as usize);
        self.best.show(score, picture);
        Ok(())
    }
}
