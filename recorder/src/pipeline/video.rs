//! The video track: stamped pictures in, parts out. No thread and no clock of its own: `now` is handed in, so tests
//! crank it.

mod replace;
mod still;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::cmaf;
use aside_protocol::recording::{AUDIO_TIMESCALE, TrackName, VIDEO_TIMESCALE};
use aside_protocol::time::MediaTime;
use bytes::{Bytes, BytesMut};

pub use self::replace::Replaced;
use super::types::SealedPart;
use crate::clock::{Mono, Place, Timeline};
use crate::compose::Picture;
use crate::encode::{AAC_FRAME, Budget, EncodeError, Encoded, Spares, VideoEncoder};
use crate::segment::{IdrRule, PartRule, PartWriter, RepeatRule};

/// A picture of a screen may be on its way this long after its instant of capture: a repeat waits for it.
const SCREEN_LATENCY: u64 = VIDEO_TIMESCALE as u64 * 60 / 1000;
/// How often a track that follows checks whether zero is known.
const ZERO_INTERVAL: Duration = Duration::from_millis(20);
/// An encoder that holds more pictures back than this gives none back any more.
const MAX_IN_FLIGHT: usize = 8;

/// One take's pictures.
pub struct VideoTrack {
    name: TrackName,
    /// Another track leads: its first picture is zero of the timeline, and this one's first picture is shown from there.
    follows: bool,
    /// How long a picture may be on its way after its instant of capture, in ticks: a repeat waits for it.
    latency: u64,
    /// The newest picture from before zero, of a track that follows.
    early: Option<Arc<Picture>>,
    timeline: Arc<Timeline>,
    encoder: Box<dyn VideoEncoder>,
    spares: Option<Spares>,
    /// That of the encoder which the track began with.
    init: Result<Vec<u8>, EncodeError>,
    /// Of encoders that took its place, until their first part leaves: version and bytes.
    later_inits: Vec<(u32, Vec<u8>)>,
    /// Stand in front of each IDR of a later encoder.
    parameter_sets: Bytes,
    replaced: Vec<Replaced>,
    /// Pictures that the encoder has taken and not given back, and whether each is to be an IDR.
    in_flight: VecDeque<(Arc<Picture>, u64, bool)>,
    idr: IdrRule,
    repeats: RepeatRule,
    writer: PartWriter,
    /// The newest picture and where it was put.
    last: Option<(Arc<Picture>, u64)>,
    /// Where the track was closed for a pause; nothing lies behind yet.
    closed: Option<u64>,
    encoded: u64,
    budget: Budget,
}

impl VideoTrack {
    /// The track `video`, which leads: its first picture is zero of the timeline.
    pub fn new(timeline: Arc<Timeline>, encoder: Box<dyn VideoEncoder>, fps: u32) -> Self {
        Self {
            follows: false,
            ..Self::following(TrackName::Video, timeline, encoder, fps)
        }
    }

    /// A track of pictures beside the one that leads.
    pub fn following(
        name: TrackName,
        timeline: Arc<Timeline>,
        encoder: Box<dyn VideoEncoder>,
        fps: u32,
    ) -> Self {
        let writer = PartWriter::new(name, PartRule::video());
        Self {
            spares: None,
            init: init_of(&*encoder),
            later_inits: Vec::new(),
            parameter_sets: Bytes::new(),
            replaced: Vec::new(),
            in_flight: VecDeque::new(),
            name,
            follows: true,
            latency: SCREEN_LATENCY,
            early: None,
            timeline,
            encoder,
            idr: IdrRule::new(fps),
            repeats: RepeatRule::video(),
            writer,
            last: None,
            closed: None,
            encoded: 0,
            budget: Budget::default(),
        }
    }

    /// The same track, of a source whose pictures come up to `latency` after their instant of capture.
    #[must_use]
    pub fn arriving_within(mut self, latency: Duration) -> Self {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(0);
        self.latency = micros * u64::from(VIDEO_TIMESCALE) / 1_000_000;
        self
    }

    /// The same track, whose encoder is replaced when it fails.
    #[must_use]
    pub fn with_spares(mut self, spares: Spares) -> Self {
        self.spares = Some(spares);
        self
    }

    /// `ftyp` and `moov` that the track begins with.
    pub fn init(&self) -> Result<Vec<u8>, EncodeError> {
        self.init.clone()
    }

    /// A later init, before the first part that is decoded with it; none where it was taken, and for version 1.
    pub fn take_init(&mut self, version: u32) -> Option<Vec<u8>> {
        let at = self.later_inits.iter().position(|(v, _)| *v == version)?;
        Some(self.later_inits.swap_remove(at).1)
    }

    /// Encoders that failed and were replaced since the last call.
    pub fn take_replaced(&mut self) -> Vec<Replaced> {
        std::mem::take(&mut self.replaced)
    }

    pub fn name(&self) -> TrackName {
        self.name
    }

    /// Pictures written, with repeats.
    pub fn encoded(&self) -> u64 {
        self.encoded
    }

    /// Takes the picture that was on the screen at `at`. The first one of the track that leads begins the timeline, and is shown
    /// from there even if it is older.
    pub fn frame(&mut self, at: Mono, picture: Arc<Picture>) -> Result<(), EncodeError> {
        if self.timeline.zero().is_none() {
            if self.follows {
                self.early = Some(picture);
                return Ok(());
            }
            if self.timeline.is_paused() {
                return Ok(());
            }
            self.timeline.begin(at);
        }
        self.begin()?;
        let at = self.timeline.zero().map_or(at, |zero| at.max(zero));
        let Place::Running(media) = self.timeline.place(at) else {
            // The screen is painted anew when the pause ends.
            return Ok(());
        };
        let pts = media.to_ticks(VIDEO_TIMESCALE);
        if self.closed.is_some_and(|end| pts < end) {
            // It was on its way when the pause began.
            return Ok(());
        }
        // A camera's next picture comes a moment after a pause has ended: it is shown from there, and not the one from before.
        let pts = match self.closed {
            Some(end) if self.follows && pts - end <= self.latency => end,
            _ => pts,
        };
        self.repeat_until(pts)?;
        let pts = match &self.last {
            Some((_, last)) => pts.max(last + 1),
            // All tracks begin at zero.
            None if self.follows => 0,
            None => pts,
        };
        self.encode(picture, pts, true).map(drop)
    }

    /// Shows the picture from before zero, once zero is known.
    fn begin(&mut self) -> Result<(), EncodeError> {
        if self.timeline.zero().is_none() {
            return Ok(());
        }
        match self.early.take() {
            Some(picture) => self.encode(picture, 0, true).map(drop),
            None => Ok(()),
        }
    }

    /// Repeats a picture that has stood as long as a part may be; that ends the part.
    pub fn tick(&mut self, now: Mono) -> Result<(), EncodeError> {
        self.begin()?;
        let Place::Running(media) = self.timeline.place(now) else {
            return Ok(());
        };
        let position = media.to_ticks(VIDEO_TIMESCALE);
        self.repeat_until(position.saturating_sub(self.latency))
    }

    /// How long from `now` until `tick` has something to do; `None`: not before something else happens.
    pub fn due(&self, now: Mono) -> Option<Duration> {
        if self.early.is_some() {
            return Some(ZERO_INTERVAL);
        }
        let Place::Running(media) = self.timeline.place(now) else {
            return None;
        };
        let position = media.to_ticks(VIDEO_TIMESCALE);
        let due = self.next_repeat()? + self.latency + 1;
        let nanos = due.saturating_sub(position) * 1_000_000_000 / u64::from(VIDEO_TIMESCALE);
        Some(Duration::from_nanos(nanos + 1_000_000))
    }

    /// A pause began at `at`: what was recorded leaves.
    pub fn pause(&mut self, at: Mono) -> Result<(), EncodeError> {
        let Some((_, last)) = &self.last else {
            return Ok(());
        };
        let last = *last;
        let end = self
            .timeline
            .length(at)
            .to_ticks(VIDEO_TIMESCALE)
            .max(last + 1);
        self.repeat_until(end)?;
        // An encoder that holds pictures back keeps the end of the track open.
        if self.writer.pending() == self.last.as_ref().map(|(_, pts)| *pts) {
            self.writer.seal_all(end)?;
            self.closed = Some(end);
            self.repeats.part_ended();
            self.idr.part_ended();
        }
        Ok(())
    }

    /// The take ended at `at`: everything leaves. The last picture stands until the sound ends, on the tick.
    pub fn finish(&mut self, at: Mono) -> Result<(), EncodeError> {
        let Some((_, last)) = &self.last else {
            return Ok(());
        };
        let end = end_of_sound(self.timeline.length(at)).max(last + 1);
        if self.closed.is_none_or(|closed| end > closed + 1) {
            self.repeat_until(end)?;
        }
        let flushed = self.flush();
        let end = self
            .last
            .as_ref()
            .map_or(end, |(_, last)| end.max(last + 1));
        self.writer.seal_all(end)?;
        flushed
    }

    /// What pictures may cost from now on. Another effort begins with an IDR, which is then made at once.
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        if budget.effort != self.budget.effort {
            self.idr.part_ended();
        }
        self.budget = budget;
        match self.encoder.set_budget(budget) {
            Ok(()) => Ok(()),
            Err(why) => self.replace_encoder(why),
        }
    }

    /// Parts that are complete.
    pub fn take(&mut self) -> Vec<SealedPart> {
        self.writer
            .take()
            .into_iter()
            .map(|p| SealedPart::of(self.name, p))
            .collect()
    }

    /// Returns what was written; nothing where the encoder was replaced.
    fn encode(
        &mut self,
        picture: Arc<Picture>,
        pts: u64,
        moving: bool,
    ) -> Result<Vec<Encoded>, EncodeError> {
        let idr = self.idr.wants(pts, moving);
        let mut ready = Vec::new();
        self.in_flight.push_back((Arc::clone(&picture), pts, idr));
        let done = match moving {
            true => self.encoder.encode(&picture, pts, idr, &mut ready),
            false => self.encoder.repeat(&picture, pts, idr, &mut ready),
        };
        self.put(picture, pts, idr);
        match self.write_checked(done, &ready)? {
            Ok(()) => Ok(ready),
            Err(why) => self.replace_encoder(why).map(|()| Vec::new()),
        }
    }

    /// Everything that the encoder holds leaves it, or is encoded by another one.
    fn flush(&mut self) -> Result<(), EncodeError> {
        loop {
            let mut ready = Vec::new();
            let done = self.encoder.flush(&mut ready);
            let why = match self.write_checked(done, &ready)? {
                Ok(()) if self.in_flight.is_empty() => return Ok(()),
                Ok(()) => EncodeError::Stalled,
                Err(why) => why,
            };
            self.replace_encoder(why)?;
        }
    }

    /// Writes what an encoder has made, up to what shows that it fails. The inner error is the encoder's.
    fn write_checked(
        &mut self,
        mut done: Result<(), EncodeError>,
        ready: &[Encoded],
    ) -> Result<Result<(), EncodeError>, EncodeError> {
        for encoded in ready {
            let wanted = self.in_flight.front().map(|(_, pts, idr)| (*pts, *idr));
            if wanted.is_none_or(|(pts, idr)| pts != encoded.pts || (idr && !encoded.idr)) {
                done = Err(EncodeError::Unexpected(
                    "a picture that was not asked for, or no IDR where one was",
                ));
                break;
            }
            self.in_flight.pop_front();
            self.idr.encoded(encoded.idr, encoded.data.len());
            self.push(encoded.clone())?;
        }
        if done.is_ok() && self.in_flight.len() > MAX_IN_FLIGHT {
            done = Err(EncodeError::Stalled);
        }
        Ok(done)
    }

    /// The picture stands at `pts`.
    fn put(&mut self, picture: Arc<Picture>, pts: u64, idr: bool) {
        self.repeats.picture(pts, idr);
        self.last = Some((picture, pts));
        self.closed = None;
        self.encoded += 1;
    }

    fn push(&mut self, mut encoded: Encoded) -> Result<(), EncodeError> {
        if encoded.idr && !self.parameter_sets.is_empty() {
            let sets = &self.parameter_sets;
            let mut data = BytesMut::with_capacity(sets.len() + encoded.data.len());
            data.extend_from_slice(sets);
            data.extend_from_slice(&encoded.data);
            encoded.data = data.freeze();
        }
        self.writer.push(encoded)
    }
}

fn init_of(encoder: &dyn VideoEncoder) -> Result<Vec<u8>, EncodeError> {
    cmaf::write_video_init(encoder.config()).map_err(|e| EncodeError::Part(e.to_string()))
}

/// Where the last sound frame of a take of `length` ends. A player that follows the take sees its end only when it has the
/// last part of *both* tracks, and what one track has beyond the other counts for nothing (hls.js looks for the
/// middle of the last part).
fn end_of_sound(length: MediaTime) -> u64 {
    const FRAME: u64 = AAC_FRAME as u64;
    let frames = length.to_ticks(AUDIO_TIMESCALE).div_ceil(FRAME);
    frames * FRAME * u64::from(VIDEO_TIMESCALE) / u64::from(AUDIO_TIMESCALE)
}
