//! libx264 through FFmpeg.
//!
//! It never decides where a segment begins (`keyint=infinite`, no scene cuts; we say where the IDRs
//! go), and it never looks ahead, so that every picture leaves in the call that brought it. `force-cfr` is part of
//! that: told that times vary, x264 holds every picture back until it knows how long it lasts. Times do vary, and
//! they pass through untouched; only its rate control assumes a constant frame rate.
//!
//! A picture that is repeated is not encoded again once nothing of it would change (`skip.rs`, decision 36).
//!
//! Decision 35 has the measurements behind the parameters. `qpmin`: without lookahead the rate control spends what little
//! changes on a still screen at a very low QP, and codes again what already stands there; a floor ends that. How far it looks
//! for what moved follows what is seen (`search.rs`, decision 70).

mod settings;

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;

pub(super) use self::settings::Profile;
use self::settings::{BEST_QP, crf, open};
use super::{
    Budget, Content, Effort, EncodeError, Encoded, VideoEncoder, VideoFormat, ffmpeg as glue, h264,
    search::{Search, SearchRule},
    skip::Skipper,
};
use crate::compose::Picture;

/// H.264 High, yuv420p, BT.709 limited range.
pub struct X264 {
    format: VideoFormat,
    profile: Profile,
    encoder: ffmpeg::encoder::video::Encoder,
    config: VideoConfig,
    /// Newer FFmpegs can be told to write lengths by themselves.
    annex_b: bool,
    packet: ffmpeg::Packet,
    budget: Budget,
    /// What `encoder` was opened with; `budget.effort` replaces it at the next IDR.
    effort: Effort,
    search: Search,
    /// What `search` is to be from the next IDR on.
    weight: SearchRule,
    /// `None`: this x264 makes streams of a shape that is not known here, and every repeat is encoded.
    skipper: Option<Skipper>,
    /// The picture will not become better when it is encoded again.
    settled: bool,
    /// The IDR that shows it, while nothing but skipped pictures followed: x264 and every decoder have this picture as
    /// their reference, so it may be sent again.
    still_idr: Option<Bytes>,
}

/// Repeating a picture took fewer bytes than this: all of it was skipped, or nearly.
const SETTLED_BYTES: usize = 500;

impl X264 {
    pub fn open(format: VideoFormat) -> Result<Self, EncodeError> {
        Self::with_profile(format, Profile::High)
    }

    pub(super) fn with_profile(format: VideoFormat, profile: Profile) -> Result<Self, EncodeError> {
        let budget = Budget::default();
        let search = Search::default();
        let (encoder, config, annex_b) = open(format, profile, budget, search)?;
        let skipper = Skipper::new(&config.avcc);
        Ok(Self {
            skipper,
            settled: false,
            still_idr: None,
            format,
            profile,
            encoder,
            config,
            annex_b,
            packet: ffmpeg::Packet::empty(),
            budget,
            effort: budget.effort,
            search,
            weight: SearchRule::new(format.width, format.height),
        })
    }

    /// Whether the picture at the next IDR is of an encoder of another effort, or one that searches elsewhere.
    fn is_outdated(&self) -> bool {
        let searches = self.format.content == Content::Screen && self.budget.effort == Effort::Full;
        self.effort != self.budget.effort || (searches && self.search != self.weight.search())
    }

    /// Another encoder. What it makes must be decodable with the init that was sent.
    fn reopen(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        let search = self.weight.search();
        let (encoder, config, annex_b) = open(self.format, self.profile, self.budget, search)?;
        if config != self.config {
            return Err(EncodeError::Unexpected("another preset needs another init"));
        }
        self.flush(out)?;
        (self.encoder, self.annex_b) = (encoder, annex_b);
        (self.effort, self.search) = (self.budget.effort, search);
        self.weight.opened(search);
        Ok(())
    }

    /// Whether a picture that is shown again would not become better: it has the best QP there is already.
    fn is_at_its_best(&self, data: &[u8]) -> bool {
        let qp = self.skipper.as_ref().and_then(|s| s.worst_qp(data));
        qp.is_some_and(|qp| qp <= BEST_QP)
    }

    fn receive(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        while glue::receive(&mut self.encoder, &mut self.packet)? {
            let pts = self
                .packet
                .pts()
                .ok_or(EncodeError::Unexpected("a picture without a time"))?;
            let data = self
                .packet
                .data()
                .ok_or(EncodeError::Unexpected("an empty picture"))?;
            let data = if self.annex_b {
                h264::to_lengths(data)
            } else {
                Bytes::copy_from_slice(data)
            };
            let idr = self.packet.is_key();
            self.weight.encoded(idr, data.len());
            let data = match &mut self.skipper {
                Some(skipper) => skipper.renumber(idr, data),
                None => data,
            };
            self.settled = idr || self.is_at_its_best(&data);
            self.still_idr = idr.then(|| data.clone());
            let pts = u64::try_from(pts)
                .map_err(|_| EncodeError::Unexpected("a picture before the first"))?;
            out.push(Encoded { pts, idr, data });
        }
        Ok(())
    }
}

impl VideoEncoder for X264 {
    fn config(&self) -> &VideoConfig {
        &self.config
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        if idr && self.is_outdated() {
            self.reopen(out)?;
        }
        let mut frame = glue::borrow(picture)?;
        frame.set_pts(Some(i64::try_from(pts).unwrap_or(i64::MAX)));
        frame.set_kind(if idr {
            ffmpeg::picture::Type::I
        } else {
            ffmpeg::picture::Type::None
        });
        self.encoder
            .send_frame(&frame)
            .map_err(|e| EncodeError::Failed(e.to_string()))?;
        self.receive(out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        let other_encoder = idr && self.is_outdated();
        if let Some(skipper) = self.skipper.as_mut().filter(|_| !other_encoder) {
            let again = match (idr, &self.still_idr) {
                (true, Some(bytes)) => Some(skipper.renumber(true, bytes.clone())),
                (false, _) if self.settled => Some(skipper.skip()),
                _ => None,
            };
            if let Some(data) = again {
                out.push(Encoded { pts, idr, data });
                return Ok(());
            }
        }
        let before = out.len();
        self.encode(picture, pts, idr, out)?;
        let new = out.get(before..).unwrap_or_default();
        self.settled |= new.iter().all(|e| e.data.len() < SETTLED_BYTES) && !new.is_empty();
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        match self.encoder.send_eof() {
            Ok(()) | Err(ffmpeg::Error::Eof) => self.receive(out),
            Err(e) => Err(EncodeError::Failed(e.to_string())),
        }
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        if budget.quality != self.budget.quality {
            // The same picture would be another one now.
            (self.settled, self.still_idr) = (false, None);
        }
        self.budget = budget;
        let (crf, peak) = (
            crf(self.format.content, budget.quality),
            budget.quality.peak(self.format),
        );
        glue::set_rate(&mut self.encoder, crf, peak)
    }
}

#[cfg(test)]
mod tests {
    use super::super::QualityStep;
    use super::*;
    use crate::compose::{Canvas, Paint as _, Rect, Size};

    const FORMAT: VideoFormat = VideoFormat {
        width: 64,
        height: 64,
        fps: 30,
        content: Content::Screen,
    };

    #[test]
    fn every_effort_quality_and_search_goes_with_one_init() {
        let begin = Search::default();
        let (_, wanted, _) = open(FORMAT, Profile::High, Budget::default(), begin).unwrap();
        for quality in QualityStep::all() {
            for effort in [Effort::Full, Effort::Less, Effort::Least] {
                for search in [Search::Far, Search::Near] {
                    let budget = Budget { quality, effort };
                    let (_, config, _) = open(FORMAT, Profile::High, budget, search).unwrap();
                    assert_eq!(config, wanted, "{budget:?} {search:?}");
                }
            }
        }
    }

    /// Grey noise that is another one in each picture.
    fn noise(size: Size, seed: u64) -> Arc<Picture> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut bytes = Vec::new();
        for _ in 0..size.width * size.height {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend([state.to_le_bytes()[4]; 4]);
        }
        let mut canvas = Canvas::new(size);
        assert!(canvas.begin(&[size.rect()]));
        canvas.patch(size.rect(), &bytes, size.width as usize * 4);
        canvas.finish().unwrap()
    }

    #[test]
    fn a_small_change_is_encoded_once() {
        let size = Size::even(320, 240);
        let format = VideoFormat {
            width: 320,
            height: 240,
            ..FORMAT
        };
        let page = |letters: u32| {
            let mut canvas = Canvas::new(size);
            assert!(canvas.begin(&[size.rect()]));
            canvas.patch(size.rect(), &vec![0xf0; 320 * 240 * 4], 320 * 4);
            for n in 0..letters {
                let at = Rect {
                    x: 8 + 12 * n,
                    y: 100,
                    width: 6,
                    height: 10,
                };
                canvas.patch(at, &[0x20; 6 * 10 * 4], 6 * 4);
            }
            canvas.finish().unwrap()
        };
        let mut encoder = X264::open(format).unwrap();
        let mut out = Vec::new();
        encoder.encode(&page(9), 0, true, &mut out).unwrap();
        encoder.encode(&page(10), 3000, false, &mut out).unwrap();
        let changed = out.pop().unwrap();
        assert!(
            encoder.is_at_its_best(&changed.data),
            "a letter gets the best QP"
        );
        let skip = encoder.skipper.clone().unwrap().skip();
        encoder.repeat(&page(10), 48_000, false, &mut out).unwrap();
        assert_eq!(out.pop().unwrap().data, skip);
    }

    #[test]
    fn a_worse_step_costs_less_and_the_best_costs_as_before_and_no_picture_is_held_back() {
        let size = Size::even(320, 240);
        let format = VideoFormat {
            width: 320,
            height: 240,
            fps: 30,
            content: Content::Screen,
        };
        let mut encoder = X264::open(format).unwrap();
        let mut bytes = Vec::new();
        for (round, step) in [0, 3, 0].into_iter().enumerate() {
            let quality = QualityStep::all().nth(step).unwrap();
            let effort = match round {
                1 => Effort::Less,
                _ => Effort::Full,
            };
            encoder.set_budget(Budget { quality, effort }).unwrap();
            let mut sum = 0;
            for n in 0..20 {
                let (mut out, at) = (Vec::new(), round as u64 * 20 + n);
                encoder
                    .encode(&noise(size, at), at * 3000, n == 0, &mut out)
                    .unwrap();
                assert_eq!(out.len(), 1);
                assert_eq!((out[0].pts, out[0].idr), (at * 3000, n == 0));
                sum += out[0].data.len();
            }
            bytes.push(sum);
        }
        assert!(bytes[1] * 10 < bytes[0] * 7, "{bytes:?}");
        assert!(bytes[2] * 10 > bytes[1] * 13, "{bytes:?}");
    }
}
