//! Ranges of finished recordings as files: an MP4 with the face where the layout has it and the sound, or a GIF.
//!
//! Pictures are encoded anew, so that the file begins where it should and what was before is not in it. A process of its own does
//! that, as for single pictures. One runs at a time; files made a moment ago are kept.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::layout::Layout;
use aside_protocol::recording::{Sha256, TrackName};
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::decoder_process::{DecoderProcess, NoAnswer, Told};
use super::network_places::NetworkPlaces;
use crate::domain::access::{Allowed, Download};
use crate::domain::excerpt::{ExcerptOrder, ExcerptWanted, OrderedTrack};
use crate::domain::recording::{StoredPart, Track};
use crate::limits::{Limits, Wait};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::resources::Resources;
use crate::store::StoreError;

/// The verb of `aside-server` that makes one.
pub const EXCERPT_VERB: &str = "make-excerpt";
/// Bytes of files that are kept, and for how long.
const KEPT: u64 = 128 * 1024 * 1024;
const KEPT_FOR: Duration = Duration::from_secs(600);
/// How many may wait for their turn.
const MAX_WAITING: usize = 8;
/// How many of them may be of one network, so that it does not fill the queue; more wait before it.
const OF_NETWORK: usize = 2;
/// How many a network may have here and before the queue.
const MAX_OF_NETWORK: usize = 6;
/// A process that takes longer is ended.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Bytes of parts that it is given at most.
const MAX_PARTS: u64 = 192 * 1024 * 1024;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExcerptError {
    #[error("This recording is still being made. Ask again when it has ended.")]
    NotFinished,
    #[error("There is no picture in this range.")]
    NoPicture,
    #[error("Too many files are being made at the moment. Try again in a moment.")]
    Busy,
    #[error("Too many files were asked for.")]
    TooMany(Wait),
    #[error("This file would be too large. Choose a shorter range, or narrower pictures.")]
    TooLarge,
    #[error("This range could not be made into a file. Choose a shorter one.")]
    Failed,
    #[error("A part of this range is missing on the server.")]
    Lost,
    #[error("cannot run the process that makes it: {0}")]
    Process(std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(ObjectError),
}

impl From<ObjectError> for ExcerptError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotFound(_) => Self::Lost,
            other => Self::Objects(other),
        }
    }
}

impl From<NoAnswer> for ExcerptError {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Failed => Self::Failed,
            NoAnswer::TooLong => Self::TooLarge,
            NoAnswer::Process(cause) => Self::Process(cause),
        }
    }
}

/// A range as a file.
#[derive(Debug, Clone)]
pub struct Excerpt {
    pub bytes: Bytes,
    pub sha256: Sha256,
}

/// What makes two files the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    recording: RecordingId,
    layout: i64,
    /// It stands in the file.
    title: String,
    wanted: ExcerptWanted,
}

/// Makes them. Cheap to clone; all clones have one queue and one cache.
#[derive(Debug, Clone)]
pub struct Excerpts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: PathBuf,
    turn: Semaphore,
    waiting: Semaphore,
    networks: NetworkPlaces,
    kept: moka::future::Cache<Key, Excerpt>,
}

/// A track and its parts.
type Ordered = (Track, Vec<StoredPart>);

impl Excerpts {
    /// Made by the program that runs: `aside-server`.
    pub fn by_this_program() -> Self {
        Self::by(std::env::current_exe().unwrap_or_else(|_| "aside-server".into()))
    }

    /// Made by this `aside-server`.
    pub fn by(program: PathBuf) -> Self {
        let weigh = |_: &Key, it: &Excerpt| u32::try_from(it.bytes.len()).unwrap_or(u32::MAX);
        Self(Arc::new(Inner {
            program,
            turn: Semaphore::new(1),
            waiting: Semaphore::new(MAX_WAITING),
            networks: NetworkPlaces::new(OF_NETWORK, MAX_OF_NETWORK),
            kept: moka::future::Cache::builder()
                .weigher(weigh)
                .max_capacity(KEPT)
                .time_to_live(KEPT_FOR)
                .build(),
        }))
    }

    /// A range of a recording that its viewer may have as a file, asked for from this address: what has to be made is counted.
    /// Whoever asks for the same one at the same time shares the work.
    pub async fn asked_for(
        &self,
        (resources, limits): (&Resources, &Limits),
        recording: &Allowed<Download>,
        wanted: ExcerptWanted,
        address: IpAddr,
    ) -> Result<Excerpt, Arc<ExcerptError>> {
        if recording.finished_at.is_none() {
            return Err(ExcerptError::NotFinished.into());
        }
        let laid_out = resources.store.layout(recording.id).await;
        let laid_out = laid_out.map_err(ExcerptError::Store)?;
        let layout = laid_out.layout().map_err(ExcerptError::Store)?;
        let key = Key {
            recording: recording.id,
            layout: laid_out.version,
            title: recording.title.clone(),
            wanted,
        };
        // Not in what is shared: who asked too often is told, and nobody else.
        if !self.0.kept.contains_key(&key) {
            limits.excerpt(address).map_err(ExcerptError::TooMany)?;
        }
        let made = async {
            let place = self.0.networks.wait(address).await;
            let _place = place.ok_or(ExcerptError::Busy)?;
            self.make(resources, recording, &layout, wanted).await
        };
        self.0.kept.try_get_with(key, made).await
    }

    async fn make(
        &self,
        resources: &Resources,
        recording: &Allowed<Download>,
        layout: &Layout,
        wanted: ExcerptWanted,
    ) -> Result<Excerpt, ExcerptError> {
        let busy = |_| ExcerptError::Busy;
        let _waiting = self.0.waiting.try_acquire().map_err(busy)?;
        let store = &resources.store;
        let length_ms = store.duration_ms(recording).await?;
        let mut tracks: Vec<Ordered> = Vec::new();
        let mut size = 0;
        for name in [TrackName::Video, TrackName::Audio, TrackName::Camera] {
            let Some(track) = store.track(recording.id, name).await? else {
                continue;
            };
            let parts = store
                .parts_of_range(recording.id, &track, wanted.from_ms, wanted.until_ms)
                .await?;
            size += parts.iter().map(|part| part.size).sum::<u64>();
            if !parts.is_empty() {
                tracks.push((track, parts));
            }
        }
        if wanted.from_ms >= length_ms
            || tracks
                .first()
                .is_none_or(|(track, _)| track.name != TrackName::Video)
        {
            return Err(ExcerptError::NoPicture);
        }
        if size > MAX_PARTS {
            return Err(ExcerptError::TooLarge);
        }
        let order = ExcerptOrder {
            format: wanted.format,
            from_ms: wanted.from_ms,
            until_ms: wanted.until_ms.min(length_ms),
            max_width: wanted.max_width,
            length_ms,
            title: recording.title.clone(),
            layout: layout.moments().to_vec(),
            tracks: tracks.iter().map(ordered).collect(),
        };
        let _turn = self
            .0
            .turn
            .acquire()
            .await
            .map_err(|_| ExcerptError::Busy)?;
        let process = DecoderProcess::start(&self.0.program, EXCERPT_VERB)?;
        let max_bytes = wanted.format.max_bytes();
        let work = process.converse(max_bytes, |told| {
            feed(told, &resources.objects, recording.id, &order, &tracks)
        });
        let bytes = tokio::time::timeout(TIMEOUT, work)
            .await
            .map_err(|_| ExcerptError::Failed)??;
        // It says nothing where it would have to say too much.
        if bytes.is_empty() {
            return Err(ExcerptError::TooLarge);
        }
        if !wanted.format.begins(&bytes) {
            return Err(ExcerptError::Failed);
        }
        Ok(Excerpt {
            sha256: Sha256::of(&bytes),
            bytes: bytes.into(),
        })
    }
}

fn ordered((track, parts): &Ordered) -> OrderedTrack {
    let used = |version: u32| parts.iter().any(|part| part.init == version);
    OrderedTrack {
        name: track.name,
        inits: track
            .inits()
            .map(|(version, _)| version)
            .filter(|version| used(*version))
            .collect(),
        parts: parts.iter().map(|part| part.init).collect(),
    }
}

async fn feed(
    mut told: Told,
    objects: &Objects,
    recording: RecordingId,
    order: &ExcerptOrder,
    tracks: &[Ordered],
) -> Result<(), ExcerptError> {
    let order_text = serde_json::to_vec(order).map_err(|_| ExcerptError::Failed)?;
    let mut alive = told.say(&order_text).await?;
    for ((track, parts), ordered) in tracks.iter().zip(&order.tracks) {
        for version in &ordered.inits {
            let init = track.init(*version).ok_or(ExcerptError::Failed)?;
            alive = alive && told.say(init).await?;
        }
        for part in parts {
            if !alive {
                return Ok(());
            }
            let key = ObjectKey::Part {
                recording,
                track: track.name,
                number: part.number,
                sha256: part.sha256,
            };
            alive = told.say(&objects.get(&key).await?).await?;
        }
    }
    Ok(())
}
