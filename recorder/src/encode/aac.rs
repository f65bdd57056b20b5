//! FFmpeg's own AAC-LC encoder.
//!
//! An AAC frame overlaps its neighbours, so the encoder begins with a frame of priming (1024 samples). It is
//! dropped here: then the first sample of frame n is sample n × 1024, no edit list is needed, and no
//! player can read one differently from another. The price: the first 21 ms fade in.

use aside_protocol::cmaf::AudioConfig;
use aside_protocol::recording::AUDIO_TIMESCALE;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::sample::Type;

use super::{AAC_FRAME, AudioEncoder, EncodeError, ffmpeg as glue};

/// Bits a second for each channel.
const BITS_PER_CHANNEL: usize = 80_000;
const FORMAT: ffmpeg::format::Sample = ffmpeg::format::Sample::F32(Type::Planar);

/// AAC-LC at 48 kHz, mono or stereo.
pub struct Aac {
    encoder: ffmpeg::encoder::audio::Encoder,
    config: AudioConfig,
    layout: ffmpeg::ChannelLayout,
    packet: ffmpeg::Packet,
    next_pts: i64,
    /// Frames of priming still to be dropped.
    priming: usize,
}

impl Aac {
    pub fn open(channels: u16) -> Result<Self, EncodeError> {
        glue::quiet();
        let codec = ffmpeg::encoder::find_by_name("aac")
            .ok_or_else(|| EncodeError::Open("this FFmpeg has no AAC encoder".to_owned()))?;
        let layout = if channels == 1 {
            ffmpeg::ChannelLayout::MONO
        } else {
            ffmpeg::ChannelLayout::STEREO
        };
        let rate = i32::try_from(AUDIO_TIMESCALE).unwrap_or(48_000);
        let open_error = |e: ffmpeg::Error| EncodeError::Open(e.to_string());

        let mut audio = ffmpeg::codec::Context::new_with_codec(codec)
            .encoder()
            .audio()
            .map_err(open_error)?;
        audio.set_rate(rate);
        audio.set_time_base((1, rate));
        audio.set_format(FORMAT);
        audio.set_channel_layout(layout);
        audio.set_bit_rate(BITS_PER_CHANNEL * usize::from(channels));
        audio.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
        let encoder = audio.open().map_err(open_error)?;

        if usize::try_from(encoder.frame_size()) != Ok(AAC_FRAME) {
            return Err(EncodeError::Unexpected(
                "AAC frames are not 1024 samples long",
            ));
        }
        let padding = glue::initial_padding(&encoder);
        if !padding.is_multiple_of(AAC_FRAME) {
            return Err(EncodeError::Unexpected(
                "the AAC encoder's priming is not a whole frame",
            ));
        }
        let config = AudioConfig {
            sample_rate: AUDIO_TIMESCALE,
            channels,
            asc: glue::extradata(&encoder),
        };
        let priming = padding / AAC_FRAME;
        Ok(Self {
            encoder,
            config,
            layout,
            packet: ffmpeg::Packet::empty(),
            next_pts: 0,
            priming,
        })
    }

    fn receive(&mut self, out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        while glue::receive(&mut self.encoder, &mut self.packet)? {
            let data = self
                .packet
                .data()
                .ok_or(EncodeError::Unexpected("an empty sound frame"))?;
            if self.priming > 0 {
                self.priming -= 1;
            } else {
                out.push(Bytes::copy_from_slice(data));
            }
        }
        Ok(())
    }
}

impl AudioEncoder for Aac {
    fn config(&self) -> &AudioConfig {
        &self.config
    }

    fn encode(&mut self, samples: &[f32], out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        let channels = usize::from(self.config.channels);
        if samples.len() != AAC_FRAME * channels {
            return Err(EncodeError::Unexpected("a sound frame of the wrong length"));
        }
        // The encoder may still hold the frame before this one.
        let mut frame = ffmpeg::frame::Audio::new(FORMAT, AAC_FRAME, self.layout);
        frame.set_rate(AUDIO_TIMESCALE);
        for channel in 0..channels {
            for (to, from) in frame
                .plane_mut::<f32>(channel)
                .iter_mut()
                .zip(samples.chunks_exact(channels))
            {
                *to = from[channel];
            }
        }
        frame.set_pts(Some(self.next_pts));
        self.next_pts += i64::try_from(AAC_FRAME).unwrap_or(0);
        self.encoder
            .send_frame(&frame)
            .map_err(|e| EncodeError::Failed(e.to_string()))?;
        self.receive(out)
    }

    fn flush(&mut self, out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        match self.encoder.send_eof() {
            Ok(()) | Err(ffmpeg::Error::Eof) => self.receive(out),
            Err(e) => Err(EncodeError::Failed(e.to_string())),
        }
    }
}
