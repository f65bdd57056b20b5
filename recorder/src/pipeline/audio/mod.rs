//! The audio track: blocks of microphones in, parts out. No thread and no clock of its own.
//!
//! Each device has a lane, which lays its sound out on a grid of 48 kHz that begins with the first picture. The lanes are
//! added up as far as all of them have come; pauses are cut from the sum, and what is left is AAC.

mod lane;
mod mute;

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::cmaf;
use aside_protocol::recording::{AUDIO_TIMESCALE, TrackName};
use aside_protocol::timed_event::SoundSource;

use super::types::SealedPart;
use crate::clock::{Mono, Outcome, Timeline};
use crate::encode::{AAC_FRAME, AudioEncoder, EncodeError, Encoded};
use crate::mix::{self, Turns};
use crate::segment::{PartRule, PartWriter};
use crate::source::sound::{Layout, SoundBlock, SoundFormat};
use lane::{Lane, RATE};

/// A device that says nothing for so long is silent.
const DEVICE_TIMEOUT: Duration = Duration::from_millis(1200);
/// What is needed behind the last sample, to resample it.
const RUN_UP: Duration = Duration::from_millis(3);
/// Silence is filled in up to so long before now.
const FILL_MARGIN: Duration = Duration::from_millis(500);

/// One take's sound.
pub struct AudioTrack {
    name: TrackName,
    timeline: Arc<Timeline>,
    lanes: Vec<Lane>,
    channels: u16,
    encoder: Box<dyn AudioEncoder>,
    writer: PartWriter,
    /// Grid position of the next sample of the sum.
    mixed: u64,
    /// On the media timeline, not yet a whole frame.
    waiting: Vec<f32>,
    /// Frames given to the encoder, and frames that came out of it.
    frames_in: u64,
    frames_out: u64,
    turns: Option<FollowedTurns>,
}

/// Whose turn it is, of two lanes.
struct FollowedTurns {
    microphone: usize,
    system: usize,
    turns: Turns,
    /// Not taken yet.
    begun: Vec<(Duration, SoundSource)>,
}

/// What became of a block.
#[derive(Debug)]
pub struct PlacedBlock {
    /// The samples as they are recorded: folded, not yet resampled.
    pub samples: Vec<f32>,
    /// What it took to place the block.
    pub outcome: Outcome,
    /// Silence that was put in before it because sound was missing, as far as it lies in the take.
    pub hole: Duration,
}

impl AudioTrack {
    /// One lane for each of `devices`, in this order; `encoder` decides between mono and stereo.
    pub fn new(
        name: TrackName,
        timeline: Arc<Timeline>,
        devices: &[(SoundFormat, Layout)],
        encoder: Box<dyn AudioEncoder>,
    ) -> Self {
        let channels = encoder.config().channels;
        let lane = |(format, layout): &(SoundFormat, Layout)| Lane::new(*format, layout, channels);
        Self {
            name,
            timeline,
            lanes: devices.iter().map(lane).collect(),
            channels,
            encoder,
            writer: PartWriter::new(name, PartRule::audio()),
            mixed: 0,
            waiting: Vec::new(),
            frames_in: 0,
            frames_out: 0,
            turns: None,
        }
    }

    /// From now on it is told which of these two lanes is heard.
    pub fn follow_turns(&mut self, microphone: usize, system: usize) {
        self.turns = Some(FollowedTurns {
            microphone,
            system,
            turns: Turns::new(self.channels),
            begun: Vec::new(),
        });
    }

    /// Turns that began, by their place in the take.
    pub fn take_turns(&mut self) -> Vec<(Duration, SoundSource)> {
        let followed = self.turns.as_mut();
        followed.map_or_else(Vec::new, |it| std::mem::take(&mut it.begun))
    }

    /// `ftyp` and `moov`.
    pub fn init(&self) -> Result<Vec<u8>, EncodeError> {
        cmaf::write_audio_init(self.encoder.config()).map_err(|e| EncodeError::Part(e.to_string()))
    }

    /// Channels that are recorded.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// How much later the sound of a device was captured, as that says, than where it stands in the take, in milliseconds; `None`
    /// before the first picture.
    pub fn offset_ms(&self, lane: usize) -> Option<f64> {
        self.lanes.get(lane).and_then(Lane::offset_ms)
    }

    /// Stretching of the lane in force, parts per million.
    pub fn correction_ppm(&self, lane: usize) -> f64 {
        self.lanes.get(lane).map_or(0.0, Lane::correction_ppm)
    }

    /// Whether sound up to `at` has come from the lane's device.
    pub fn covers(&self, lane: usize, at: Mono) -> bool {
        let end = self.lanes.get(lane).and_then(Lane::reached);
        end.is_some_and(|end| end >= at)
    }

    /// The lane's device is open again.
    pub fn reopened(&mut self, lane: usize, layout: &Layout) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.reopened(layout);
        }
    }

    /// Takes noise out of the lane's sound: for voices, not for music.
    pub fn denoise(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.denoise();
        }
    }

    /// From `at` on nothing of the lane's device is heard, or everything is again.
    pub fn mute(&mut self, lane: usize, at: Mono, muted: bool) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.mute(at, muted);
        }
    }

    /// Takes a block of the lane's device at `now`; `None`: there is no such lane. A monitor may give what will be heard only
    /// later: that waits, since the take may end before.
    pub fn block(
        &mut self,
        lane: usize,
        block: &SoundBlock,
        now: Mono,
    ) -> Result<Option<PlacedBlock>, EncodeError> {
        self.begin();
        let Some(placed) = self.lanes.get_mut(lane).map(|lane| lane.block(block)) else {
            return Ok(None);
        };
        self.advance(now)?;
        Ok(Some(PlacedBlock {
            samples: placed.folded,
            outcome: placed.outcome,
            hole: self.recorded(placed.hole),
        }))
    }

    /// Fills in silence for a device that says nothing; not before `since` of its lane, when the caller last heard something or
    /// began to listen, is over for a while. Returns how much of it lies in the take, for each lane that got some.
    pub fn tick(
        &mut self,
        now: Mono,
        since: impl Fn(usize) -> Mono,
    ) -> Result<Vec<(usize, Duration)>, EncodeError> {
        self.begin();
        let Some(zero) = self.timeline.zero() else {
            return Ok(Vec::new());
        };
        let mut filled = Vec::new();
        for (n, lane) in self.lanes.iter_mut().enumerate() {
            let reached = lane.reached().unwrap_or(zero).max(zero);
            if now - reached.max(since(n)) >= DEVICE_TIMEOUT {
                filled.push((n, lane.fill(now.before(FILL_MARGIN))));
            }
        }
        let filled: Vec<_> = filled
            .into_iter()
            .map(|(n, span)| (n, self.recorded(span)))
            .collect();
        if !filled.is_empty() {
            self.advance(now)?;
        }
        Ok(filled)
    }

    /// A pause began: what was recorded leaves.
    pub fn pause(&mut self) -> Result<(), EncodeError> {
        self.writer.seal_complete()
    }

    /// The take ended at `at`: everything up to there leaves, and the track ends with the picture. Returns for each lane the
    /// silence that had to be put in, as far as it lies in the take.
    pub fn finish(&mut self, at: Mono) -> Result<Vec<Duration>, EncodeError> {
        self.begin();
        if self.timeline.zero().is_none() {
            return Ok(vec![Duration::ZERO; self.lanes.len()]);
        }
        let spans: Vec<_> = self.lanes.iter_mut().map(|lane| lane.fill(at)).collect();
        let missing = spans.into_iter().map(|span| self.recorded(span)).collect();
        self.advance(at)?;
        self.lanes.iter_mut().for_each(Lane::flush);
        self.drain(at)?;

        let wanted = self.timeline.length(at).to_ticks(AUDIO_TIMESCALE);
        let channels = usize::from(self.channels);
        let had = self.frames_in * AAC_FRAME as u64;
        let left = usize::try_from(wanted.saturating_sub(had)).unwrap_or(0);
        self.waiting
            .resize(left.next_multiple_of(AAC_FRAME) * channels, 0.0);
        self.waiting[left * channels..].fill(0.0);
        self.encode()?;
        let mut ready = Vec::new();
        let flushed = self.encoder.flush(&mut ready);
        self.write(ready)?;
        self.writer.seal_complete()?;
        flushed.map(|()| missing)
    }

    /// When all the sound is captured that the open part lacks, as far as no pause comes; `None` before the first picture.
    pub fn part_ends(&self) -> Option<Mono> {
        let zero = self.timeline.zero()?;
        // Each frame that is encoded brings out one, however many the encoder holds back.
        let frames = self.writer.missing().div_ceil(AAC_FRAME as u64);
        let waiting = (self.waiting.len() / usize::from(self.channels)) as u64;
        let until = self.mixed + (frames * AAC_FRAME as u64).saturating_sub(waiting);
        let lag = self.lanes.iter().map(Lane::lag).max().unwrap_or_default();
        Some(zero + Duration::from_secs_f64(until as f64 / RATE) + RUN_UP + lag)
    }

    /// Parts that are complete.
    pub fn take(&mut self) -> Vec<SealedPart> {
        self.writer
            .take()
            .into_iter()
            .map(|p| SealedPart::of(self.name, p))
            .collect()
    }

    fn recorded(&self, span: Option<(Mono, Mono)>) -> Duration {
        span.map_or(Duration::ZERO, |(from, to)| {
            self.timeline.recorded(from, to)
        })
    }

    fn begin(&mut self) {
        if let Some(zero) = self.timeline.zero() {
            self.lanes.iter_mut().for_each(|lane| lane.begin(zero));
        }
    }

    /// Brings what is due onto the grid and off it again, a second at a time.
    fn advance(&mut self, until: Mono) -> Result<(), EncodeError> {
        loop {
            let mut any = false;
            for lane in &mut self.lanes {
                any |= lane.step();
            }
            self.drain(until)?;
            if !any {
                return Ok(());
            }
        }
    }

    /// Adds up what all lanes have before `until`. From the grid to the media timeline: what lies in a pause is left out.
    fn drain(&mut self, until: Mono) -> Result<(), EncodeError> {
        let due = (self.grid(until) - self.mixed as f64).max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "never negative, and no more than a day"
        )]
        let due = due.ceil() as usize;
        let ready = self.lanes.iter().map(Lane::ready).min().unwrap_or(0);
        let frames = ready.min(due);
        if frames == 0 {
            return Ok(());
        }
        let taken: Vec<Vec<f32>> = self.lanes.iter_mut().map(|l| l.take(frames)).collect();
        let sources: Vec<&[f32]> = taken.iter().map(Vec::as_slice).collect();
        let sum = mix::sum(&sources);
        let first = self.mixed;
        self.mixed += frames as u64;
        let channels = usize::from(self.channels);
        let pauses: Vec<(f64, f64)> = self
            .timeline
            .pauses()
            .into_iter()
            .map(|(begin, end)| {
                (
                    self.grid(begin),
                    end.map_or(f64::INFINITY, |e| self.grid(e)),
                )
            })
            .collect();
        let last = self.mixed as f64;
        if pauses
            .iter()
            .all(|(begin, end)| *end <= first as f64 || last <= *begin)
        {
            self.look_at_turns(&sources);
            self.waiting.extend_from_slice(&sum);
            return self.encode();
        }
        for (at, sample) in (first..).zip(sum.chunks_exact(channels)) {
            let at = at as f64;
            if !pauses
                .iter()
                .any(|(begin, end)| (*begin..*end).contains(&at))
            {
                self.waiting.extend(sample);
            }
        }
        self.encode()
    }

    /// Looks at samples of the lanes that lie in the take as a whole and were not added to it yet. Those around a pause are passed over.
    fn look_at_turns(&mut self, sources: &[&[f32]]) {
        let waiting = (self.waiting.len() / usize::from(self.channels)) as u64;
        let first = self.frames_in * AAC_FRAME as u64 + waiting;
        let Some(it) = &mut self.turns else { return };
        let lanes = sources.get(it.microphone).zip(sources.get(it.system));
        let Some((microphone, system)) = lanes else {
            return;
        };
        let begun = it.turns.push(first, microphone, system).into_iter();
        let at = |frame: u64| Duration::from_secs_f64(frame as f64 / RATE);
        it.begun
            .extend(begun.map(|turn| (at(turn.frame), turn.source)));
    }

    fn grid(&self, at: Mono) -> f64 {
        let zero = self.timeline.zero().unwrap_or(at);
        at.offset_from(zero) as f64 * 1e-9 * RATE
    }

    fn encode(&mut self) -> Result<(), EncodeError> {
        let size = AAC_FRAME * usize::from(self.channels);
        let whole = self.waiting.len() / size * size;
        let mut ready = Vec::new();
        for frame in self.waiting[..whole].chunks_exact(size) {
            self.encoder.encode(frame, &mut ready)?;
            self.frames_in += 1;
        }
        self.waiting.drain(..whole);
        self.write(ready)
    }

    fn write(&mut self, ready: Vec<bytes::Bytes>) -> Result<(), EncodeError> {
        for data in ready {
            let pts = self.frames_out * AAC_FRAME as u64;
            self.writer.push_timed(
                Encoded {
                    pts,
                    idr: true,
                    data,
                },
                AAC_FRAME as u64,
            )?;
            self.frames_out += 1;
        }
        Ok(())
    }
}
