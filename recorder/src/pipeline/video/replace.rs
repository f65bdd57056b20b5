//! Another encoder in the middle of a take.

use std::sync::Arc;

use super::{VideoTrack, init_of};
use crate::compose::Picture;
use crate::encode::{self, EncodeError};

/// An encoder that failed in the middle of a take, and the one that took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    pub from: &'static str,
    pub to: &'static str,
    pub why: EncodeError,
}

impl VideoTrack {
    /// Another encoder goes on, beginning with the first picture that this one has not given back. The error is that of the last
    /// one that was tried.
    pub(super) fn replace_encoder(&mut self, mut why: EncodeError) -> Result<(), EncodeError> {
        loop {
            let Some(spares) = &mut self.spares else {
                return Err(why);
            };
            let from = spares.current();
            let Some(encoder) = spares.open_next() else {
                return Err(why);
            };
            let to = spares.current();
            self.replaced.push(Replaced { from, to, why });
            self.encoder = encoder;
            match self.begin_again()? {
                Ok(()) => return Ok(()),
                Err(error) => why = error,
            }
        }
    }

    /// The inner error is the encoder's.
    fn begin_again(&mut self) -> Result<Result<(), EncodeError>, EncodeError> {
        let init = init_of(&*self.encoder);
        let init = match self.encoder.set_budget(self.budget).and(init) {
            Ok(init) => init,
            Err(why) => return Ok(Err(why)),
        };
        let version = self.writer.change_init();
        self.later_inits.retain(|(known, _)| *known != version);
        self.later_inits.push((version, init));
        self.parameter_sets = encode::parameter_sets(&self.encoder.config().avcc);
        self.idr.part_ended();
        let pictures: Vec<(Arc<Picture>, u64)> = self
            .in_flight
            .iter()
            .map(|(picture, pts, _)| (Arc::clone(picture), *pts))
            .collect();
        for (n, (picture, pts)) in pictures.into_iter().enumerate() {
            let idr = self.idr.wants(pts, true);
            self.repeats.picture(pts, idr);
            if let Some(slot) = self.in_flight.iter_mut().find(|(_, at, _)| *at == pts) {
                slot.2 = idr;
            }
            debug_assert!(n > 0 || idr, "a stream begins with an IDR");
            let mut ready = Vec::new();
            let done = self.encoder.encode(&picture, pts, idr, &mut ready);
            if let Err(why) = self.write_checked(done, &ready)? {
                return Ok(Err(why));
            }
        }
        Ok(Ok(()))
    }
}
