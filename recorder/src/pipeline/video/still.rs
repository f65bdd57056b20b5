//! A picture that stands: repeated as often as parts end.

use std::sync::Arc;

use aside_protocol::recording::VIDEO_TIMESCALE;

use super::VideoTrack;
use crate::compose::Picture;
use crate::encode::{EncodeError, Encoded};

/// More than this to repeat at once comes from a standstill of this program.
const STANDSTILL: u64 = VIDEO_TIMESCALE as u64 * 20;

impl VideoTrack {
    /// Repeats the last picture so that no part is longer than its target before `pts`.
    pub(super) fn repeat_until(&mut self, pts: u64) -> Result<(), EncodeError> {
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
                self.push(repeated)?;
            }
            shift += length;
        }
        Ok(())
    }

    /// Where the last picture is to be seen again: where its part ends, or where the track goes on after a pause.
    pub(super) fn next_repeat(&self) -> Option<u64> {
        self.closed.or_else(|| self.repeats.repeat_at())
    }
}
