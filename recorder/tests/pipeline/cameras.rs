//! Cameras that follow a script.

use std::time::Duration;

use aside_recorder::clock::{Clock, Mono, SystemClock};
use aside_recorder::compose::Picture;
use aside_recorder::source::{Camera, CameraLost, Size, Waker};
use crossbeam_channel::Receiver;

/// Gives a grey picture each 20 ms, and is gone after `left` of them.
pub(crate) struct Grey {
    pub(crate) luma: u8,
    pub(crate) left: u32,
    pub(crate) size: Size,
}

impl Camera for Grey {
    fn name(&self) -> &str {
        "Grey Camera"
    }
    fn size(&self) -> Size {
        self.size
    }
    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| CameraLost("it was unplugged".to_owned()))?;
        waker.wait(None, Some(limit.min(Duration::from_millis(20))));
        Ok(Some(SystemClock.now()))
    }
    fn paint(&mut self, picture: &mut Picture) -> Result<bool, CameraLost> {
        let whole = Size::even(
            u32::try_from(picture.width()).unwrap(),
            u32::try_from(picture.height()).unwrap(),
        );
        picture.fill(whole.rect(), [self.luma, 128, 128]);
        Ok(true)
    }
}

/// Is open, and never gives a frame.
pub(crate) struct Mute;

impl Camera for Mute {
    fn name(&self) -> &str {
        "Mute Camera"
    }
    fn size(&self) -> Size {
        Size::even(640, 480)
    }
    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost> {
        waker.wait(None, Some(limit));
        Ok(None)
    }
    fn paint(&mut self, _picture: &mut Picture) -> Result<bool, CameraLost> {
        Ok(false)
    }
}

/// Hangs in its driver until it is let go.
pub(crate) struct Stuck {
    pub(crate) let_go: Receiver<()>,
}

impl Camera for Stuck {
    fn name(&self) -> &str {
        "Stuck Camera"
    }
    fn size(&self) -> Size {
        Size::even(640, 480)
    }
    fn next(&mut self, _waker: &Waker, _limit: Duration) -> Result<Option<Mono>, CameraLost> {
        let _ = self.let_go.recv();
        Ok(None)
    }
    fn paint(&mut self, _picture: &mut Picture) -> Result<bool, CameraLost> {
        Ok(false)
    }
}
