//! Encoders for tests: real ones, but for what a test wants otherwise.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;

use super::{Budget, EncodeError, Encoded, VideoEncoder, VideoFormat, X264};
use crate::compose::Picture;

/// What an encoder is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    Picture {
        picture: &'a Arc<Picture>,
        pts: u64,
        idr: bool,
        /// It is the one of the call before.
        again: bool,
    },
    Flush,
    Budget(Budget),
}

impl Call<'_> {
    /// Has another encoder do it.
    pub fn pass(
        self,
        to: &mut dyn VideoEncoder,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        match self {
            Call::Picture {
                picture,
                pts,
                idr,
                again: false,
            } => to.encode(picture, pts, idr, out),
            Call::Picture {
                picture, pts, idr, ..
            } => to.repeat(picture, pts, idr, out),
            Call::Flush => to.flush(out),
            Call::Budget(budget) => to.set_budget(budget),
        }
    }
}

/// An encoder of which a test decides what becomes of each call.
pub struct Fake<F> {
    inner: Box<dyn VideoEncoder>,
    on_call: F,
}

impl<F> Fake<F>
where
    F: FnMut(&mut dyn VideoEncoder, Call<'_>, &mut Vec<Encoded>) -> Result<(), EncodeError>
        + Send
        + 'static,
{
    /// `on_call`: gets the real encoder.
    pub fn boxed(inner: Box<dyn VideoEncoder>, on_call: F) -> Box<dyn VideoEncoder> {
        Box::new(Self { inner, on_call })
    }

    fn call(&mut self, call: Call<'_>, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        (self.on_call)(&mut *self.inner, call, out)
    }
}

impl<F> VideoEncoder for Fake<F>
where
    F: FnMut(&mut dyn VideoEncoder, Call<'_>, &mut Vec<Encoded>) -> Result<(), EncodeError>
        + Send
        + 'static,
{
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
        let again = false;
        let call = Call::Picture {
            picture,
            pts,
            idr,
            again,
        };
        self.call(call, out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        let again = true;
        let call = Call::Picture {
            picture,
            pts,
            idr,
            again,
        };
        self.call(call, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        self.call(Call::Flush, out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.call(Call::Budget(budget), &mut Vec::new())
    }
}

/// libx264, as it is.
pub fn x264(format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    Ok(Box::new(X264::open(format)?))
}

/// Hands out every picture one call later than libx264 would, as encoders in hardware do.
pub fn holding_back(format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let mut held: Option<Encoded> = None;
    Ok(Fake::boxed(x264(format)?, move |inner, call, out| {
        let mut ready = Vec::new();
        call.pass(inner, &mut ready)?;
        if matches!(call, Call::Flush) {
            out.extend(held.take());
            out.append(&mut ready);
        }
        for encoded in ready {
            out.extend(held.replace(encoded));
        }
        Ok(())
    }))
}
