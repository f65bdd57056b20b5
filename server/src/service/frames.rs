//! A picture of a recording at a moment.
//!
//! The server decodes nothing itself: it gives the parts that are needed to a process of their own, which has limits (see
//! `decoder_process`) and ends after one picture. One runs at a time; pictures made a moment ago are kept, and for a
//! minute that there is none.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::domain::access::{Allowed, Watch};
use crate::domain::frame::{DecodeOrder, FrameWanted};
use crate::domain::recording::{StoredPart, Track, run_length};
use crate::limits::{Limits, Wait};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::resources::Resources;
use crate::service::StoreError;
use crate::service::decoder_process::{DecoderProcess, NoAnswer, Told};
use crate::service::network_places::NetworkPlaces;

/// The verb of `aside-server` that decodes one picture.
pub const DECODE_VERB: &str = "decode-frame";
/// Bytes of pictures that are kept, and for how long.
const KEPT: u64 = 32 * 1024 * 1024;
const KEPT_FOR: Duration = Duration::from_secs(600);
/// How many requests may wait for their turn.
const MAX_WAITING: usize = 32;
/// How many of them may be of one network, so that it does not fill the queue; more wait before it.
const OF_NETWORK: usize = 2;
/// How many a network may have here and before the queue.
const MAX_OF_NETWORK: usize = 24;
/// What could not be decoded is not tried again for so long.
const FAILED_FOR: Duration = Duration::from_secs(60);
const MAX_FAILED: u64 = 1000;
/// A process that takes longer is ended.
const LONGEST: Duration = Duration::from_secs(20);
/// Parts between a whole picture and the one that is wanted; recorders make a whole one every ten seconds, which are 20 parts.
const MAX_PARTS: u32 = 600;
/// Longest picture in bytes.
const MAX_PICTURE: u64 = 48 * 1024 * 1024;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("There is no picture in this recording.")]
    NoPicture,
    #[error("Too many pictures are being made at the moment. Try again in a moment.")]
    Busy,
    #[error("Too many pictures were asked for.")]
    TooMany(Wait),
    #[error("The picture at this moment cannot be decoded.")]
    Undecodable,
    #[error("A part of this moment is missing on the server.")]
    Lost,
    #[error("cannot run the process that decodes: {0}")]
    Process(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(ObjectError),
}

impl From<NoAnswer> for FrameError {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Failed | NoAnswer::TooLong => Self::Undecodable,
            NoAnswer::Process(cause) => Self::Process(cause),
        }
    }
}

impl From<ObjectError> for FrameError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotFound(_) => Self::Lost,
            other => Self::Objects(other),
        }
    }
}

/// A picture as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub bytes: Bytes,
    pub sha256: Sha256,
}

/// What makes two pictures the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    recording: RecordingId,
    /// The part that holds it, and the moment in ticks.
    part: Sha256,
    tick: u64,
    wanted: FrameWanted,
}

/// Makes pictures. Cheap to clone; all clones have one queue and one cache.
#[derive(Debug, Clone)]
pub struct Frames(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: PathBuf,
    turn: Semaphore,
    waiting: Semaphore,
    kept: moka::future::Cache<Key, Frame>,
    failed: moka::future::Cache<Key, ()>,
    networks: NetworkPlaces,
}

/// What is decoded.
struct Needed {
    recording: RecordingId,
    track: Track,
    parts: Vec<StoredPart>,
    tick: u64,
}

impl Frames {
    /// Decoded by the program that runs: `aside-server`.
    pub fn by_this_program() -> Self {
        Self::by(std::env::current_exe().unwrap_or_else(|_| "aside-server".into()))
    }

    /// Decoded by this `aside-server`.
    pub fn by(program: PathBuf) -> Self {
        let weigh = |_: &Key, frame: &Frame| u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
        let kept = moka::future::Cache::builder()
            .weigher(weigh)
            .max_capacity(KEPT)
            .time_to_live(KEPT_FOR)
            .build();
        let failed = moka::future::Cache::builder()
            .max_capacity(MAX_FAILED)
            .time_to_live(FAILED_FOR)
            .build();
        Self(Arc::new(Inner {
            program,
            turn: Semaphore::new(1),
            waiting: Semaphore::new(MAX_WAITING),
            kept,
            failed,
            networks: NetworkPlaces::new(OF_NETWORK, MAX_OF_NETWORK),
        }))
    }

    /// The picture of a recording that its viewer may watch. Whoever asks for the same one at the same time shares the work.
    pub async fn at(
        &self,
        resources: &Resources,
        recording: &Allowed<Watch>,
        wanted: FrameWanted,
    ) -> Result<Frame, Arc<FrameError>> {
        let (key, needed) = needed(resources, recording.id, wanted).await?;
        let made = self.decoded(&resources.objects, key.clone(), needed, wanted);
        self.0.kept.try_get_with(key, made).await
    }

    /// The same, asked for from this address: what has to be decoded is counted.
    pub async fn asked_for(
        &self,
        (resources, limits): (&Resources, &Limits),
        recording: &Allowed<Watch>,
        wanted: FrameWanted,
        address: IpAddr,
    ) -> Result<Frame, Arc<FrameError>> {
        let (key, needed) = needed(resources, recording.id, wanted).await?;
        // Not in what is shared: who asked too often is told, and nobody else.
        if !self.0.kept.contains_key(&key) {
            limits.frame(address).map_err(FrameError::TooMany)?;
        }
        let of = key.clone();
        let made = async {
            let place = self.0.networks.wait(address).await;
            let _place = place.ok_or(FrameError::Busy)?;
            self.decoded(&resources.objects, of, needed, wanted).await
        };
        self.0.kept.try_get_with(key, made).await
    }

    /// The picture for a job, which shows it to nobody.
    pub(crate) async fn for_job(
        &self,
        resources: &Resources,
        recording: RecordingId,
        wanted: FrameWanted,
    ) -> Result<Frame, FrameError> {
        let (_, needed) = needed(resources, recording, wanted).await?;
        self.decode(&resources.objects, needed, wanted).await
    }

    async fn decoded(
        &self,
        objects: &Objects,
        key: Key,
        needed: Needed,
        wanted: FrameWanted,
    ) -> Result<Frame, FrameError> {
        if self.0.failed.contains_key(&key) {
            return Err(FrameError::Undecodable);
        }
        let made = self.decode(objects, needed, wanted).await;
        if matches!(made, Err(FrameError::Undecodable)) {
            self.0.failed.insert(key, ()).await;
        }
        made
    }

    async fn decode(
        &self,
        objects: &Objects,
        needed: Needed,
        wanted: FrameWanted,
    ) -> Result<Frame, FrameError> {
        let busy = |_| FrameError::Busy;
        let _waiting = self.0.waiting.try_acquire().map_err(busy)?;
        let _turn = self.0.turn.acquire().await.map_err(|_| FrameError::Busy)?;
        let child = DecoderProcess::start(&self.0.program, DECODE_VERB)?;
        let work = child.converse(MAX_PICTURE, |stdin| feed(stdin, objects, &needed, wanted));
        let bytes = tokio::time::timeout(LONGEST, work)
            .await
            .map_err(|_| FrameError::Undecodable)??;
        if !bytes.starts_with(wanted.format.signature()) {
            return Err(FrameError::Undecodable);
        }
        Ok(Frame {
            sha256: Sha256::of(&bytes),
            bytes: bytes.into(),
        })
    }
}

/// Which parts the picture is decoded from.
async fn needed(
    resources: &Resources,
    recording: RecordingId,
    wanted: FrameWanted,
) -> Result<(Key, Needed), FrameError> {
    let store = &resources.store;
    let track = store.track(recording, TrackName::Video).await?;
    let track = track.ok_or(FrameError::NoPicture)?;
    let tick = u128::from(wanted.at_ms) * u128::from(track.timescale) / 1000;
    let tick = u64::try_from(tick).unwrap_or(u64::MAX);
    let found = store.parts_until(recording, TrackName::Video, tick).await?;
    let (whole, shown) = found.ok_or(FrameError::NoPicture)?;
    if shown - whole >= MAX_PARTS {
        return Err(FrameError::Undecodable);
    }
    let mut parts = store
        .stored_parts(recording, TrackName::Video, whole, shown)
        .await?;
    // Behind a part that has not arrived nothing can be decoded.
    parts.truncate(run_length(whole, parts.iter().map(|part| part.number)));
    let last = parts.last().ok_or(FrameError::NoPicture)?;
    // The tracks of a part that is wholly shown have one key, however late the moment is.
    let place = store.part_place(recording, TrackName::Video, last.number);
    let end = place
        .await?
        .map_or(u64::MAX, |(start, duration)| start.saturating_add(duration));
    let tick = tick.min(end);
    let key = Key {
        recording,
        part: last.sha256,
        tick,
        wanted: FrameWanted { at_ms: 0, ..wanted },
    };
    let needed = Needed {
        recording,
        track,
        parts,
        tick,
    };
    Ok((key, needed))
}

async fn feed(
    mut stdin: Told,
    objects: &Objects,
    needed: &Needed,
    wanted: FrameWanted,
) -> Result<(), FrameError> {
    let order = DecodeOrder {
        until: needed.tick,
        format: wanted.format,
        max_width: wanted.max_width,
    };
    let mut version = None;
    let mut alive = stdin.write(&order.to_bytes()).await;
    for part in &needed.parts {
        if !alive {
            break;
        }
        // A run begins with a whole picture, and a new init does so as well.
        if version.is_some_and(|it| it != part.init) {
            return Err(FrameError::Undecodable);
        }
        if version.is_none() {
            let init = needed.track.init(part.init);
            let init = init.ok_or(FrameError::Undecodable)?;
            alive = say(&mut stdin, init).await?;
            version = Some(part.init);
        }
        let key = ObjectKey::Part {
            recording: needed.recording,
            track: TrackName::Video,
            number: part.number,
            sha256: part.sha256,
        };
        let bytes = objects.get(&key).await?;
        alive = alive && say(&mut stdin, &bytes).await?;
    }
    Ok(())
}

async fn say(stdin: &mut Told, bytes: &[u8]) -> Result<bool, FrameError> {
    let said = stdin.say(bytes).await;
    said.map_err(|_| FrameError::Undecodable)
}
