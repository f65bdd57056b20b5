//! An encoder for tests: it holds one picture back, as real ones do, and is real otherwise.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;

use super::{Budget, EncodeError, Encoded, VideoEncoder, VideoFormat, X264};
use crate::compose::Picture;

/// Hands out every picture one call later than x264 would.
pub struct Probe {
    inner: X264,
    held: Option<Encoded>,
}

impl Probe {
    pub fn open(format: VideoFormat) -> Result<Self, EncodeError> {
        Ok(Self {
            inner: X264::open(format)?,
            held: None,
        })
    }

    /// Hands out the picture before each.
    fn hold(&mut self, ready: Vec<Encoded>, out: &mut Vec<Encoded>) {
        for encoded in ready {
            out.extend(self.held.replace(encoded));
        }
    }
}

impl VideoEncoder for Probe {
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
        let mut ready = Vec::new();
        self.inner.encode(picture, pts, idr, &mut ready)?;
        self.hold(ready, out);
        Ok(())
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        let mut ready = Vec::new();
        self.inner.repeat(picture, pts, idr, &mut ready)?;
        self.hold(ready, out);
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        out.extend(self.held.take());
        self.inner.flush(out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.inner.set_budget(budget)
    }
}
