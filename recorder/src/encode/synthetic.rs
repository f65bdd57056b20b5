//! An encoder for tests of whole programs: libx264 of the profile Main, which fails at one picture.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;

use super::{Budget, Candidate, EncodeError, Encoded, VideoEncoder, X264, x264::Profile};
use crate::compose::Picture;

/// Pictures that it encodes, repeats too: three seconds of a moving picture at thirty a second.
const PICTURES: u32 = 90;

pub(super) const SYNTHETIC: Candidate = Candidate {
    name: "synthetic",
    open: |f| {
        Ok(Box::new(Synthetic {
            inner: X264::with_profile(f, Profile::Main)?,
            left: PICTURES,
        }))
    },
};

struct Synthetic {
    inner: X264,
    left: u32,
}

impl Synthetic {
    fn count(&mut self) -> Result<(), EncodeError> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| EncodeError::Failed("this is its end".to_owned()))?;
        Ok(())
    }
}

impl VideoEncoder for Synthetic {
    fn config(&self) -> &VideoConfig {
        self.inner.config()
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.count()?;
        self.inner.encode(picture, pts, idr, out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.count()?;
        self.inner.repeat(picture, pts, idr, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        self.inner.flush(out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.inner.set_budget(budget)
    }
}
