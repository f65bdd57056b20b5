//! The audio track: blocks of a microphone in, parts out. No thread and no clock of its own.
//!
//! Sound is laid out on a grid of 48 kHz that begins with the first picture; pauses are cut from the grid, and
//! what is left is AAC. Blocks that come before the first picture are kept for a moment: the one that straddles it
//! is needed, and the others have told the source clock where the device stands.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::cmaf;
use aside_protocol::recording::{AUDIO_TIMESCALE, TrackName};

use super::SealedPart;
use crate::clock::{Mono, Outcome, SourceClock, Timeline};
use crate::encode::{AAC_FRAME, AudioEncoder, EncodeError, Encoded};
use crate::mix::{self, Resampler};
use crate::segment::{PartRule, PartWriter};
use crate::source::sound::{SoundBlock, SoundFormat};

const RATE: f64 = AUDIO_TIMESCALE as f64;
/// A device that says nothing for so long is silent.
const PATIENCE: Duration = Duration::from_secs(1);
/// Silence is filled in up to so long before now.
const BEHIND: Duration = Duration::from_millis(500);
/// Blocks kept before the first picture.
const RUN_UP: usize = 50;

/// One take's sound.
pub struct AudioTrack {
    timeline: Arc<Timeline>,
    format: SoundFormat,
    channels: u16,
    clock: SourceClock,
    resampler: Resampler,
    encoder: Box<dyn AudioEncoder>,
    writer: PartWriter,
    /// Folded samples and seconds of the blocks before the first picture.
    run_up: VecDeque<(Vec<f32>, f64)>,
    /// Grid position behind what was given to the resampler; `None` before the first picture.
    end: Option<f64>,
    /// On the media timeline, not yet a whole frame.
    waiting: Vec<f32>,
    /// Frames given to the encoder, and frames that came out of it.
    frames_in: u64,
    frames_out: u64,
}

impl AudioTrack {
    /// `encoder` decides between mono and stereo.
    pub fn new(
        timeline: Arc<Timeline>,
        format: SoundFormat,
        encoder: Box<dyn AudioEncoder>,
    ) -> Self {
        let channels = encoder.config().channels;
        Self {
            timeline,
            format,
            channels,
            clock: SourceClock::new(format.rate),
            resampler: Resampler::new(channels, format.rate, AUDIO_TIMESCALE),
            encoder,
            writer: PartWriter::new(TrackName::Audio, PartRule::audio()),
            run_up: VecDeque::new(),
            end: None,
            waiting: Vec::new(),
            frames_in: 0,
            frames_out: 0,
        }
    }

    /// `ftyp` and `moov`.
    pub fn init(&self) -> Result<Vec<u8>, EncodeError> {
        cmaf::write_audio_init(self.encoder.config()).map_err(|e| EncodeError::Part(e.to_string()))
    }

    /// Stretching in force, parts per million.
    pub fn correction_ppm(&self) -> f64 {
        self.clock.correction_ppm()
    }

    /// Whether sound up to `at` has come.
    pub fn covers(&self, at: Mono) -> bool {
        self.clock.end().is_some_and(|end| end >= at)
    }

    /// Takes a block; returns what it took to place it.
    pub fn block(&mut self, block: &SoundBlock) -> Result<Outcome, EncodeError> {
        self.begin();
        let frames = (block.samples.len() / usize::from(self.format.channels.max(1))) as u64;
        let mapped = self.clock.map(block.captured, block.arrived, frames);
        let mut samples = mix::fold(&block.samples, self.format.channels, self.channels);
        let skipped =
            usize::try_from(frames - mapped.samples).unwrap_or(0) * usize::from(self.channels);
        samples.drain(..skipped.min(samples.len()));
        match self.end {
            None => {
                self.run_up.push_back((samples, mapped.seconds));
                if self.run_up.len() > RUN_UP {
                    self.run_up.pop_front();
                }
            }
            Some(mut end) => {
                if let Outcome::First = mapped.outcome {
                    end = self.grid(mapped.at);
                }
                if let Outcome::Gap { samples } = mapped.outcome {
                    end = self.silence(end, samples as f64 / f64::from(self.format.rate))?;
                }
                let length = mapped.seconds * RATE;
                self.resampler.push(&samples, end, length);
                self.end = Some(end + length);
                self.drain(false)?;
            }
        }
        Ok(mapped.outcome)
    }

    /// Fills in silence when the device says nothing. Returns how much.
    pub fn tick(&mut self, now: Mono) -> Result<Duration, EncodeError> {
        self.begin();
        let (Some(zero), Some(end)) = (self.timeline.zero(), self.end) else {
            return Ok(Duration::ZERO);
        };
        let reached = self.clock.end().unwrap_or(zero).max(zero);
        if now - reached < PATIENCE {
            return Ok(Duration::ZERO);
        }
        let until = now.before(BEHIND);
        self.fill(end, reached, until)?;
        Ok(until - reached)
    }

    /// A pause began: what was recorded leaves.
    pub fn pause(&mut self) -> Result<(), EncodeError> {
        self.writer.seal_complete()
    }

    /// The take ended at `at`: everything up to there leaves, and the track ends with the picture.
    pub fn finish(&mut self, at: Mono) -> Result<(), EncodeError> {
        self.begin();
        let (Some(zero), Some(end)) = (self.timeline.zero(), self.end) else {
            return Ok(());
        };
        let reached = self.clock.end().unwrap_or(zero).max(zero);
        if at > reached {
            self.fill(end, reached, at)?;
        }
        self.drain(true)?;

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
        flushed
    }

    /// Parts that are complete.
    pub fn take(&mut self) -> Vec<SealedPart> {
        self.writer
            .take()
            .into_iter()
            .map(|p| SealedPart::of(TrackName::Audio, p))
            .collect()
    }

    /// Once the first picture is known, what was kept goes onto the grid: it ends where the source clock stands.
    fn begin(&mut self) {
        let Some(zero) = self.timeline.zero() else {
            return;
        };
        if self.end.is_some() {
            return;
        }
        self.clock.settle();
        let reached = self.clock.end().unwrap_or(zero);
        let end = self.grid(reached);
        let mut start = end
            - self
                .run_up
                .iter()
                .map(|(_, seconds)| seconds * RATE)
                .sum::<f64>();
        for (samples, seconds) in std::mem::take(&mut self.run_up) {
            self.resampler.push(&samples, start, seconds * RATE);
            start += seconds * RATE;
        }
        self.end = Some(end);
    }

    fn grid(&self, at: Mono) -> f64 {
        let zero = self.timeline.zero().unwrap_or(at);
        at.offset_from(zero) as f64 * 1e-9 * RATE
    }

    fn fill(&mut self, end: f64, reached: Mono, until: Mono) -> Result<(), EncodeError> {
        let end = self.silence(end, (until - reached).as_secs_f64())?;
        self.end = Some(end);
        self.clock.filled_until(until);
        Ok(())
    }

    /// Silence goes in and out again a second at a time: after a long sleep there may be hours of it.
    fn silence(&mut self, end: f64, seconds: f64) -> Result<f64, EncodeError> {
        let (mut at, mut left) = (end, seconds.max(0.0));
        while left > 0.0 {
            let step = left.min(1.0);
            let samples = (step * f64::from(self.format.rate)).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most a second"
            )]
            self.resampler.push_silence(samples as u64, at, step * RATE);
            (at, left) = (at + step * RATE, left - step);
            self.drain(false)?;
        }
        Ok(end + seconds * RATE)
    }

    /// From the grid to the media timeline: what lies in a pause is left out.
    fn drain(&mut self, flush: bool) -> Result<(), EncodeError> {
        let first = self.resampler.position();
        let mut grid = Vec::new();
        self.resampler.pull(&mut grid, flush);
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
        for (at, sample) in (first..).zip(grid.chunks_exact(channels)) {
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
