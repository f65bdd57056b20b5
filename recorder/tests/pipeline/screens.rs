//! Screens that misbehave.

use aside_recorder::clock::{Clock, Mono, SystemClock};
use aside_recorder::source::{
    Paint, Painted, Rect, Screen, ScreenEvent, ScreenLost, Size, Wake, Waker,
};
use crossbeam_channel::{Receiver, Sender};

const SIZE: Size = Size {
    width: 128,
    height: 128,
};

fn paint_grey(canvas: &mut dyn Paint, grey: u8) -> Painted {
    if !canvas.begin(&[SIZE.rect()]) {
        return Painted::NoRoom;
    }
    let Rect { width, height, .. } = SIZE.rect();
    canvas.patch(
        SIZE.rect(),
        &vec![grey; (width * height * 4) as usize],
        width as usize * 4,
    );
    Painted::At(SystemClock.now())
}

/// Shows one picture, says so, and then hangs in the device until it is let go.
pub(crate) struct Hanging {
    pub(crate) painted: Sender<()>,
    pub(crate) let_go: Receiver<()>,
    pub(crate) shown: bool,
}

impl Screen for Hanging {
    fn size(&self) -> Size {
        SIZE
    }
    fn next_event(&mut self) -> Option<ScreenEvent> {
        None
    }
    fn wait(&mut self, _waker: &Waker, _until: Option<Mono>) -> Result<Wake, ScreenLost> {
        if self.shown {
            // As a capture call does that knows no end.
            let _ = self.let_go.recv();
        }
        Ok(Wake::Called)
    }
    fn paint(&mut self, canvas: &mut dyn Paint, _whole: bool) -> Result<Painted, ScreenLost> {
        self.shown = true;
        let painted = paint_grey(canvas, 90);
        let _ = self.painted.send(());
        Ok(painted)
    }
}

/// Changes all the time, and is gone after `left` pictures.
pub(crate) struct Restless {
    pub(crate) left: u32,
}

impl Screen for Restless {
    fn size(&self) -> Size {
        SIZE
    }
    fn next_event(&mut self) -> Option<ScreenEvent> {
        None
    }
    fn wait(&mut self, _waker: &Waker, _until: Option<Mono>) -> Result<Wake, ScreenLost> {
        Ok(Wake::Changed)
    }
    fn paint(&mut self, canvas: &mut dyn Paint, _whole: bool) -> Result<Painted, ScreenLost> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| ScreenLost("unplugged".to_owned()))?;
        Ok(paint_grey(canvas, u8::try_from(self.left % 200).unwrap()))
    }
}
