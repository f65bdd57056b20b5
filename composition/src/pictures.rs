//! A track of pictures, decoded: which one is seen at a moment.

use std::collections::VecDeque;

use aside_protocol::cmaf::{Media, VideoConfig};
use aside_protocol::recording::Kind;
use ffmpeg_next as ffmpeg;

use crate::mp4::micros;
use crate::samples::Samples;
use crate::{CompositionError, Result, Track, ffmpeg as glue};

pub(crate) struct Pictures {
    /// By version of the init.
    configs: Vec<(u32, VideoConfig)>,
    /// That of `decoder`.
    init: u32,
    timescale: u32,
    samples: Samples,
    decoder: ffmpeg::decoder::Opened,
    /// Decoded and not yet due, with the microsecond at which each is.
    ahead: VecDeque<(u64, ffmpeg::frame::Video)>,
    current: Option<ffmpeg::frame::Video>,
    /// End of the last sample, in microseconds.
    end: u64,
    /// Nothing more comes out of the decoder.
    over: bool,
}

impl Pictures {
    pub(crate) fn open(track: Track, name: &'static str) -> Result<Self> {
        let timescale = track.first_init()?.timescale;
        let mut configs = Vec::new();
        for (version, init) in track.read_inits()? {
            match init.media {
                Media::Video(config) => configs.push((version, config)),
                Media::Audio(_) => return Err(CompositionError::WrongTrack(name)),
            }
        }
        let (init, first) = configs.first().ok_or(CompositionError::WrongTrack(name))?;
        Ok(Self {
            decoder: glue::open_decoder(first)?,
            init: *init,
            configs,
            timescale,
            samples: Samples::new(Kind::Video, track.parts),
            ahead: VecDeque::new(),
            current: None,
            end: 0,
            over: false,
        })
    }

    /// Width and height in pixels, as the first init says.
    pub(crate) fn size(&self) -> (u32, u32) {
        let first = self.configs.first();
        first.map_or((0, 0), |(_, config)| {
            (config.width.into(), config.height.into())
        })
    }

    /// What is seen since [`Self::advance`].
    pub(crate) fn current(&self) -> Option<&ffmpeg::frame::Video> {
        self.current.as_ref()
    }

    /// Goes on to the moment `at` (microseconds, never before the last one); says whether another picture is seen then.
    pub(crate) fn advance(&mut self, at: u64) -> Result<bool> {
        let mut changed = false;
        loop {
            while self.ahead.is_empty() && !self.over {
                self.decode()?;
            }
            match self.ahead.front() {
                Some((due, _)) if *due <= at => {
                    self.current = self.ahead.pop_front().map(|(_, picture)| picture);
                    changed = true;
                }
                _ => return Ok(changed),
            }
        }
    }

    /// Where the track ends, in microseconds, once everything was read; none before.
    pub(crate) fn end(&self) -> Option<u64> {
        (self.over && self.ahead.is_empty()).then_some(self.end)
    }

    /// Feeds the decoder one sample. One that cannot be decoded is passed over: the picture before it stays.
    fn decode(&mut self) -> Result<()> {
        match self.samples.next()? {
            Some(sample) => {
                self.decode_with(sample.init)?;
                let mut packet = ffmpeg::Packet::copy(&sample.data);
                packet.set_pts(Some(crate::mp4::ticks(sample.start)?));
                let end = sample.start.saturating_add(sample.duration.into());
                self.end = micros(end, self.timescale);
                // A damaged picture is an error of this packet alone.
                let _ = self.decoder.send_packet(&packet);
            }
            None => {
                self.decoder.send_eof()?;
                self.over = true;
            }
        }
        self.receive();
        Ok(())
    }

    /// What the decoder of another version still holds comes out first.
    fn decode_with(&mut self, init: u32) -> Result<()> {
        if self.init == init {
            return Ok(());
        }
        let found = self.configs.iter().find(|(version, _)| *version == init);
        let (_, config) = found.ok_or(CompositionError::WrongTrack("init"))?;
        let next = glue::open_decoder(config)?;
        self.decoder.send_eof()?;
        self.receive();
        (self.decoder, self.init) = (next, init);
        Ok(())
    }

    fn receive(&mut self) {
        let mut picture = ffmpeg::frame::Video::empty();
        while self.decoder.receive_frame(&mut picture).is_ok() {
            let at = u64::try_from(picture.pts().unwrap_or(0)).unwrap_or(0);
            let at = micros(at, self.timescale);
            let taken = std::mem::replace(&mut picture, ffmpeg::frame::Video::empty());
            self.ahead.push_back((at, taken));
        }
    }
}
