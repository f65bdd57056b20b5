//! The video track: stamped pictures in, parts out. No thread and no clock of its own: `now` is handed in, so tests
//! crank it.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::cmaf;
use aside_protocol::recording::{AUDIO_TIMESCALE, TrackName, VIDEO_TIMESCALE};
use aside_protocol::time::MediaTime;

use super::types::SealedPart;
use crate::clock::{Mono, Place, Timeline};
use crate::compose::Picture;
use crate::encode::{AAC_FRAME, Budget, EncodeError, Encoded, VideoEncoder};
use crate::segment::{IdrRule, PartRule, PartWriter, RepeatRule};

/// A picture of a screen may be on its way this long after its instant of capture: a repeat waits for it.
const SCREEN_LATENCY: u64 = VIDEO_TIMESCALE as u64 * 60 / 1000;
/// How often a track that follows checks whether zero is known.
const ZERO_INTERVAL: Duration = Duration::from_millis(20);
/// More than this to repeat at once comes from a standstill of this program.
const STANDSTILL: u64 = VIDEO_TIMESCALE as u64 * 20;

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

    /// `ftyp` and `moov`.
    pub fn init(&self) -> Result<Vec<u8>, EncodeError> {
        cmaf::write_video_init(self.encoder.config()).map_err(|e| EncodeError::Part(e.to_string()))
    }

    pub fn name(&self) -> TrackName {
        self.name
    }

    /// Pictures written, with repeats.
    pub fn encoded(&self) -> u64 {
        self.encoded
    }

    /// Takes the picture that was on the screen at `at`. The first one of the track that leads is zero of the timeline.
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
        let mut ready = Vec::new();
        let flushed = self.encoder.flush(&mut ready);
        self.write(&ready)?;
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
        self.encoder.set_budget(budget)
    }

    /// Parts that are complete.
    pub fn take(&mut self) -> Vec<SealedPart> {
        self.writer
            .take()
            .into_iter()
            .map(|p| SealedPart::of(self.name, p))
            .collect()
    }

    /// Repeats the last picture so that no part is longer than its target before `pts`.
    fn repeat_until(&mut self, pts: u64) -> Result<(), EncodeError> {
        while let (Some((picture, _)), Some(next)) = (&self.last, self.next_repeat())
            && next < pts
        {
            let picture = Arc::clone(picture);
            if self.idr.is_due(next, false) && pts - next > STANDSTILL {
                self.repeat_segments(&picture, next, pts)?;
            } else {
                self.encode(picture, next, false)?;
            }
        }
        Ok(())
    }

    /// After this program did not run for long (it was stopped, or the machine stalled), many segments of one still picture are
    /// due at once. A segment begins with an IDR and refers to nothing outside of itself, so the first one is encoded
    /// and the others are its bytes at later times: what is new does not wait for thousands of pictures to be encoded.
    fn repeat_segments(
        &mut self,
        picture: &Arc<Picture>,
        begin: u64,
        until: u64,
    ) -> Result<(), EncodeError> {
        let (mut segment, mut pictures, mut end) = (Vec::new(), 0, begin);
        while pictures == 0 || !self.idr.is_due(end, false) {
            segment.extend(self.encode(Arc::clone(picture), end, false)?);
            pictures += 1;
            match self.next_repeat() {
                Some(next) => end = next,
                None => return Ok(()),
            }
        }
        let first = segment
            .first()
            .is_some_and(|first| first.idr && first.pts == begin);
        if !first || segment.len() != pictures {
            // The encoder holds pictures back: its next ones are encoded one by one.
            return Ok(());
        }
        let length = end - begin;
        let mut shift = length;
        while begin + shift + length <= until {
            for encoded in &segment {
                let repeated = Encoded {
                    pts: encoded.pts + shift,
                    ..encoded.clone()
                };
                self.idr.wants(repeated.pts, false);
                self.idr.encoded(repeated.idr, repeated.data.len());
                self.put(Arc::clone(picture), repeated.pts, repeated.idr);
                self.writer.push(repeated)?;
            }
            shift += length;
        }
        Ok(())
    }

    /// Where the last picture is to be seen again: where its part ends, or where the track goes on after a pause.
    fn next_repeat(&self) -> Option<u64> {
        self.closed.or_else(|| self.repeats.repeat_at())
    }

    /// Returns what was written.
    fn encode(
        &mut self,
        picture: Arc<Picture>,
        pts: u64,
        moving: bool,
    ) -> Result<Vec<Encoded>, EncodeError> {
        let idr = self.idr.wants(pts, moving);
        let mut ready = Vec::new();
        match moving {
            true => self.encoder.encode(&picture, pts, idr, &mut ready)?,
            false => self.encoder.repeat(&picture, pts, idr, &mut ready)?,
        }
        self.put(picture, pts, idr);
        self.write(&ready)?;
        Ok(ready)
    }

    /// The picture stands at `pts`.
    fn put(&mut self, picture: Arc<Picture>, pts: u64, idr: bool) {
        self.repeats.picture(pts, idr);
        self.last = Some((picture, pts));
        self.closed = None;
        self.encoded += 1;
    }

    fn write(&mut self, ready: &[Encoded]) -> Result<(), EncodeError> {
        ready.iter().try_for_each(|e| {
            self.idr.encoded(e.idr, e.data.len());
            self.writer.push(e.clone())
        })
    }
}

/// Where the last sound frame of a take of `length` ends. A player that follows the take sees its end only when it has the
/// last part of *both* tracks, and what one track has beyond the other counts for nothing (hls.js looks for the
/// middle of the last part).
fn end_of_sound(length: MediaTime) -> u64 {
    const FRAME: u64 = AAC_FRAME as u64;
    let frames = length.to_ticks(AUDIO_TIMESCALE).div_ceil(FRAME);
    frames * FRAME * u64::from(VIDEO_TIMESCALE) / u64::from(AUDIO_TIMESCALE)
}
