//! AAC parts to what speech recognition takes: mono, 16 kHz, every sample at its place in the recording.
//!
//! Each part is decoded by a decoder of its own, primed with the last frames of the part before: AAC frames overlap,
//! and the decoder's noise generator (PNS) depends on everything it has decoded. So the samples of a part depend on
//! that part and the one before it alone, whoever decodes them and wherever they began.

use aside_protocol::cmaf::{Init, Media, SampleRef, read_part};
use aside_protocol::recording::Kind;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::ChannelLayout;
use ffmpeg_next::format::sample::{Sample as Format, Type};

use super::{MediaError, Result, ffmpeg as glue};

/// Samples a second that come out.
const OUT_RATE: u32 = 16_000;
const MONO: Format = Format::F32(Type::Planar);
/// No take is that long; positions beyond would overflow what is counted in them.
const MAX_HOURS: u64 = 24 * 365;
/// Room for what a resampler still holds.
const REST: usize = 1024;
/// Frames of the part before that are decoded first: the first sets the window shape, the second the overlap.
const PRIMING: usize = 2;

/// Sound without a hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Position of the first sample, counted at 16 kHz from the beginning of the recording.
    pub at: u64,
    pub samples: Vec<f32>,
}

/// Decodes one audio track, part after part.
pub struct SpeechDecoder {
    /// AudioSpecificConfig.
    asc: Vec<u8>,
    rate: u32,
    /// The last frames of the part before, and the tick at which that part ends.
    priming: Vec<Vec<u8>>,
    priming_end: u64,
    resampler: Option<Resampler>,
}

impl std::fmt::Debug for SpeechDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpeechDecoder")
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl SpeechDecoder {
    pub fn new(init: &Init) -> Result<Self> {
        let Media::Audio(config) = &init.media else {
            return Err(MediaError::WrongTrack("audio"));
        };
        // Fails here rather than at the first part.
        glue::open_decoder("aac", &config.asc)?;
        Ok(Self {
            asc: config.asc.clone(),
            rate: config.sample_rate.max(1),
            priming: Vec::new(),
            priming_end: 0,
            resampler: None,
        })
    }

    /// From the next part on the track has another init. The frames of the part before prime its decoder all the same: rate and
    /// channels are the same.
    pub fn change(&mut self, init: &Init) -> Result<()> {
        let Media::Audio(config) = &init.media else {
            return Err(MediaError::WrongTrack("audio"));
        };
        if config.sample_rate.max(1) != self.rate {
            return Err(MediaError::Unexpected(
                "another sample rate in the middle of a track",
            ));
        }
        glue::open_decoder("aac", &config.asc)?;
        self.asc.clone_from(&config.asc);
        Ok(())
    }

    /// Decodes the next part: where it begins (as [`Block::at`]) and what has come out so far. Samples that cannot
    /// be decoded leave a hole; if none can, that is an error.
    pub fn decode(&mut self, part: &[u8]) -> Result<(u64, Vec<Block>)> {
        let parsed = read_part(part, Kind::Audio)?;
        if parsed.info.start / u64::from(self.rate) > MAX_HOURS * 3600 {
            return Err(MediaError::TooLate(MAX_HOURS));
        }
        let (mut out, mut decoded, mut failure) = (Vec::new(), 0_usize, None);
        let mut decoder = glue::open_decoder("aac", &self.asc)?;
        let mut frame = ffmpeg::frame::Audio::empty();
        if self.priming_end == parsed.info.start {
            for bytes in &self.priming {
                // Its sound was placed with its own part; where it cannot be decoded there is nothing to overlap.
                let _ = decode_sample(&mut decoder, self.rate, bytes, &mut frame);
            }
        }
        let bytes_of = |s: &SampleRef| &part[s.offset..s.offset + s.size];
        let first = parsed.samples.len().saturating_sub(PRIMING);
        self.priming = parsed.samples[first..]
            .iter()
            .map(|s| bytes_of(s).to_vec())
            .collect();
        self.priming_end = parsed.info.start + parsed.info.duration;
        for sample in &parsed.samples {
            match decode_sample(&mut decoder, self.rate, bytes_of(sample), &mut frame) {
                Ok(()) => {
                    decoded += 1;
                    // What is announced as short is short: the rest would overlap what follows.
                    let announced = usize::try_from(sample.duration).unwrap_or(usize::MAX);
                    self.place(sample.start, &mix(&frame, announced)?, &mut out)?;
                }
                Err(e) => failure = Some(e),
            }
        }
        match failure {
            Some(e) if decoded == 0 => Err(MediaError::Undecodable(e)),
            _ => Ok((at_out_rate(parsed.info.start, self.rate), out)),
        }
    }

    /// Nothing comes behind this: gives what is still held.
    pub fn finish(&mut self) -> Result<Vec<Block>> {
        let mut out = Vec::new();
        if let Some(resampler) = self.resampler.take() {
            resampler.finish(&mut out)?;
        }
        Ok(out)
    }

    fn place(&mut self, start: u64, mono: &[f32], out: &mut Vec<Block>) -> Result<()> {
        if self.resampler.as_ref().is_some_and(|r| r.next != start)
            && let Some(old) = self.resampler.take()
        {
            old.finish(out)?;
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::begin(self.rate, start)?),
        };
        resampler.push(mono, out)
    }
}

fn decode_sample(
    decoder: &mut ffmpeg::decoder::Opened,
    rate: u32,
    bytes: &[u8],
    frame: &mut ffmpeg::frame::Audio,
) -> std::result::Result<(), ffmpeg::Error> {
    decoder.send_packet(&ffmpeg::Packet::copy(bytes))?;
    decoder.receive_frame(frame)?;
    if frame.rate() == rate && frame.format() == MONO && frame.samples() > 0 && frame.planes() > 0 {
        Ok(())
    } else {
        Err(ffmpeg::Error::InvalidData)
    }
}

/// The channels' mean, of at most `most` samples.
fn mix(frame: &ffmpeg::frame::Audio, most: usize) -> Result<Vec<f32>> {
    let planes = frame.planes();
    let mut mono = vec![0.0; frame.samples().min(most)];
    let share = match planes {
        1 => 1.0,
        2 => 0.5,
        _ => return Err(MediaError::Unexpected("more than two channels")),
    };
    for plane in 0..planes {
        for (to, from) in mono.iter_mut().zip(frame.plane::<f32>(plane)) {
            *to += share * from;
        }
    }
    Ok(mono)
}

/// One run of sound without a hole, on its way to 16 kHz.
struct Resampler {
    context: ffmpeg::software::resampling::Context,
    rate: u32,
    /// Where the next sample in belongs.
    next: u64,
    /// Samples to pass over, so that those that come out stand where they would have stood had the
    /// whole recording been resampled at once.
    skip: usize,
    /// Where the next sample out belongs.
    out_at: u64,
}

impl Resampler {
    fn begin(rate: u32, start: u64) -> Result<Self> {
        let context = ffmpeg::software::resampling::Context::get(
            MONO,
            ChannelLayout::MONO,
            rate,
            MONO,
            ChannelLayout::MONO,
            OUT_RATE,
        )?;
        let step = if rate.is_multiple_of(OUT_RATE) {
            u64::from(rate / OUT_RATE)
        } else {
            1
        };
        let first = start.next_multiple_of(step);
        Ok(Self {
            context,
            rate,
            next: start,
            skip: usize::try_from(first - start).unwrap_or(0),
            out_at: at_out_rate(first, rate),
        })
    }

    fn push(&mut self, mono: &[f32], out: &mut Vec<Block>) -> Result<()> {
        self.next += mono.len() as u64;
        let skip = self.skip.min(mono.len());
        self.skip -= skip;
        let mono = &mono[skip..];
        if mono.is_empty() {
            return Ok(());
        }
        let mut input = ffmpeg::frame::Audio::new(MONO, mono.len(), ChannelLayout::MONO);
        input.set_rate(self.rate);
        input.plane_mut::<f32>(0).copy_from_slice(mono);
        // As large as the input, or larger where the rate goes up; what does not fit is kept inside.
        let room = mono
            .len()
            .max(mono.len() * OUT_RATE as usize / self.rate as usize + REST);
        let mut output = ffmpeg::frame::Audio::new(MONO, room, ChannelLayout::MONO);
        self.context.run(&input, &mut output)?;
        self.keep(&output, out);
        Ok(())
    }

    fn finish(mut self, out: &mut Vec<Block>) -> Result<()> {
        loop {
            let mut output = ffmpeg::frame::Audio::new(MONO, REST, ChannelLayout::MONO);
            self.context.flush(&mut output)?;
            if output.samples() == 0 {
                return Ok(());
            }
            self.keep(&output, out);
        }
    }

    fn keep(&mut self, output: &ffmpeg::frame::Audio, out: &mut Vec<Block>) {
        if output.samples() == 0 || output.planes() == 0 {
            return;
        }
        let samples = output.plane::<f32>(0);
        match out.last_mut() {
            Some(block) if block.at + block.samples.len() as u64 == self.out_at => {
                block.samples.extend_from_slice(samples);
            }
            _ => out.push(Block {
                at: self.out_at,
                samples: samples.to_vec(),
            }),
        }
        self.out_at += samples.len() as u64;
    }
}

fn at_out_rate(ticks: u64, rate: u32) -> u64 {
    u64::try_from(u128::from(ticks) * u128::from(OUT_RATE) / u128::from(rate)).unwrap_or(u64::MAX)
}
