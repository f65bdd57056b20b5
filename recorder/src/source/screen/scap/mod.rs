//! The desktop portal, through scap: what `--screen scap` takes (docs/decisions/0047).
//!
//! scap 0.0.8 panics where others return errors (no portal, a dialog that was closed, a pixel format it does not
//! know), waits for ever on a screen that stands still, queues without bound, and keeps its state in globals. So it lives on a
//! thread of its own that nobody joins, behind a panic guard, and hands over the newest frame and no other.
//! It speaks of whole frames only: a frame comes when the screen has changed, and all of it is converted.

mod panic_guard;
mod pixels;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scap::capturer::{Capturer, Options};
use scap::frame::{Frame, FrameType};

use aside_protocol::limits::MIN_SIDE;

use super::super::{OpenError, Paint, Painted, Screen, ScreenEvent, ScreenLost, Size, Wake, Waker};
use super::delivered;
use super::outputs::Outputs;
use super::turn::Turn;
use crate::clock::{Clock, Mono};
use crate::compose::Fit;

/// The person has this long to choose (scap itself gives up earlier).
const CHOICE_TIMEOUT: Duration = Duration::from_secs(150);
/// A portal that has said yes sends its first frame within this.
const FIRST_FRAME_TIMEOUT: Duration = Duration::from_secs(10);
/// A frame that claims to be older than this does not speak of our clock.
const MAX_FRAME_AGE: Duration = Duration::from_secs(1);

/// What the portal's thread has to say.
#[derive(Default)]
struct Newest {
    frame: Option<(Mono, Frame)>,
    /// Frames that were replaced by newer ones before anybody took them.
    replaced: u64,
    /// When the portal had said yes.
    streaming: Option<Mono>,
    gone: Option<String>,
    /// Nobody reads any more.
    closed: bool,
}

impl Newest {
    /// The newest frame is kept, and one that nobody took counted. `true`: nobody reads any more.
    fn deliver(&mut self, at: Mono, frame: Frame) -> bool {
        self.replaced += u64::from(self.frame.replace((at, frame)).is_some());
        self.closed
    }
}

struct SharedFrame {
    newest: Mutex<Newest>,
    waker: Waker,
}

impl SharedFrame {
    fn with<T>(&self, act: impl FnOnce(&mut Newest) -> T) -> T {
        act(&mut self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lose(&self, why: String) {
        self.with(|m| m.gone.get_or_insert(why).len());
        self.waker.wake();
    }
}

/// A screen or window that the person chose in the desktop's own dialog.
pub(super) struct ScapScreen {
    shared: Arc<SharedFrame>,
    clock: Arc<dyn Clock>,
    /// Of the pictures, for the whole take.
    size: Size,
    /// Of the newest frame.
    seen: Size,
    /// Scales frames into the picture, while they are not as large.
    fit: Option<Fit>,
    event: Option<ScreenEvent>,
    /// Shown again when the take begins or goes on without a change.
    last: Option<Frame>,
    /// `None`: nobody can be asked how the screen is turned.
    outputs: Option<Outputs>,
}

impl ScapScreen {
    pub(super) fn open(fps: u32, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let waker = Waker::new().map_err(|e| OpenError::Internal(e.to_string()))?;
        let shared = Arc::new(SharedFrame {
            newest: Mutex::default(),
            waker,
        });
        let (writer, on) = (Arc::clone(&shared), Arc::clone(&clock));
        // Not kept: scap may block in there for ever, and the process ends without it.
        std::thread::Builder::new()
            .name(panic_guard::THREAD.to_owned())
            .spawn(move || {
                let guarded = Arc::clone(&writer);
                let report: panic_guard::Report = Arc::new(move |why| guarded.lose(why));
                let attempt = |pointer| {
                    let report = Arc::clone(&report);
                    panic_guard::run(report, || capture(fps, pointer, on.as_ref(), &writer))
                };
                // A desktop that cannot draw the pointer is recorded without it.
                let ended =
                    attempt(true).or_else(|said| match panic_guard::is_about_pointer(&said) {
                        true => attempt(false),
                        false => Err(said),
                    });
                if let Err(said) = ended {
                    writer.lose(panic_guard::explain(&said));
                }
            })
            .map_err(|e| OpenError::Internal(e.to_string()))?;

        let mut screen = Self {
            shared,
            clock,
            size: Size::even(0, 0),
            seen: Size::even(0, 0),
            fit: None,
            event: None,
            last: None,
            outputs: Outputs::open(),
        };
        let first = screen.first_frame()?;
        let (width, height) =
            pixels::size(&first).ok_or_else(|| OpenError::PixelFormat(pixels::name(&first)))?;
        let (width, height) = screen.turn_of(width, height).size(width, height);
        if width < MIN_SIDE || height < MIN_SIDE {
            return Err(OpenError::TooSmall { width, height });
        }
        screen.size = Size::even(width, height).recordable();
        screen.seen = screen.size;
        screen.follow(Size::even(width, height));
        screen.last = Some(first);
        Ok(screen)
    }

    fn turn_of(&mut self, width: u32, height: u32) -> Turn {
        let outputs = self.outputs.as_mut();
        outputs.map_or(Turn::None, |outputs| outputs.turn_of(width, height))
    }

    /// Upright frames have this size from now on.
    fn follow(&mut self, seen: Size) {
        let too_small = seen.width < MIN_SIDE || seen.height < MIN_SIDE;
        if seen == self.seen || too_small {
            return;
        }
        let (screen, picture) = (seen, self.size);
        self.seen = seen;
        self.fit = (screen != picture).then(|| Fit::new(screen, picture));
        self.event = Some(if screen == picture {
            ScreenEvent::Unscaled { picture }
        } else {
            ScreenEvent::Scaled { screen, picture }
        });
    }

    fn first_frame(&mut self) -> Result<Frame, OpenError> {
        let until = self.clock.now() + CHOICE_TIMEOUT;
        loop {
            let (frame, gone, streaming) = self
                .shared
                .with(|m| (m.frame.take(), m.gone.clone(), m.streaming));
            if let Some((_, frame)) = frame {
                return Ok(frame);
            }
            if let Some(why) = gone {
                return Err(OpenError::Portal(why));
            }
            let until = streaming.map_or(until, |since| since + FIRST_FRAME_TIMEOUT);
            let now = self.clock.now();
            if now >= until {
                return Err(OpenError::Portal("it sent no picture".to_owned()));
            }
            self.shared
                .waker
                .wait(None, Some((until - now).min(FIRST_FRAME_TIMEOUT)));
        }
    }
}

/// Runs on the portal's thread until the portal ends the session or nobody reads any more.
fn capture(fps: u32, pointer: bool, clock: &dyn Clock, shared: &SharedFrame) {
    let options = Options {
        fps,
        show_cursor: pointer,
        output_type: FrameType::BGR0,
        ..Options::default()
    };
    let mut capturer = match Capturer::build(options) {
        Ok(capturer) => capturer,
        Err(e) => return shared.lose(e.to_string()),
    };
    capturer.start_capture();
    shared.with(|m| m.streaming = Some(clock.now()));
    shared.waker.wake();
    while let Ok(frame) = capturer.get_next_frame() {
        let arrived = clock.now();
        let at = match pixels::stamp(&frame).map(Mono::from_nanos) {
            Some(at) if at <= arrived && arrived - at < MAX_FRAME_AGE => at,
            _ => arrived,
        };
        if shared.with(|m| m.deliver(at, frame)) {
            capturer.stop_capture();
            return;
        }
        shared.waker.wake();
    }
    shared.lose("the desktop ended the recording".to_owned());
}

impl Screen for ScapScreen {
    fn size(&self) -> Size {
        self.size
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        let replaced = || {
            let replaced = self.shared.with(|m| std::mem::take(&mut m.replaced));
            (replaced > 0).then_some(ScreenEvent::Replaced(replaced))
        };
        self.event.take().or_else(replaced)
    }

    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        let wakers = (waker, &self.shared.waker);
        delivered::wait(wakers, &*self.clock, until, || {
            self.shared.with(|m| (m.frame.is_some(), m.gone.clone()))
        })
    }

    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost> {
        let new = self.shared.with(|m| m.frame.take());
        if new.is_none() && !whole {
            return Ok(Painted::Nothing);
        }
        let at = match new {
            Some((at, frame)) => {
                self.last = Some(frame);
                if whole { self.clock.now() } else { at }
            }
            None => self.clock.now(),
        };
        let Some(frame) = self.last.take() else {
            return Ok(Painted::Nothing);
        };
        let Some((width, height)) = pixels::size(&frame) else {
            return Err(ScreenLost(format!(
                "the desktop sent {}",
                pixels::name(&frame)
            )));
        };
        let turn = self.turn_of(width, height);
        let (upright_width, upright_height) = turn.size(width, height);
        self.follow(Size::even(upright_width, upright_height));
        let seen = self.seen;
        let show = |canvas: &mut dyn Paint| show(canvas, seen, &frame, turn);
        let painted = match &mut self.fit {
            None => show(canvas),
            Some(fit) => {
                let mut scaled = fit.onto(canvas);
                let painted = show(&mut scaled);
                if painted {
                    scaled.finish();
                }
                painted
            }
        };
        if !painted {
            // Still due.
            self.shared
                .with(|m| m.frame.get_or_insert_with(|| (at, frame.clone())).0);
        }
        self.last = Some(frame);
        Ok(if painted {
            Painted::At(at)
        } else {
            Painted::NoRoom
        })
    }
}

/// The whole frame, turned upright, onto a canvas of its `size`. `false`: there was no room.
fn show(canvas: &mut dyn Paint, size: Size, frame: &Frame, turn: Turn) -> bool {
    if !canvas.begin(&[size.rect()]) {
        return false;
    }
    let Some((width, height)) = pixels::size(frame) else {
        return true;
    };
    pixels::bgrx(frame, |bgrx| {
        let upright = turn.upright(bgrx, width, height);
        let stride = turn.size(width, height).0 as usize * 4;
        canvas.patch(size.rect(), &upright, stride);
    });
    true
}

impl Drop for ScapScreen {
    fn drop(&mut self) {
        self.shared.with(|m| m.closed = true);
    }
}

#[cfg(test)]
mod tests {
    use scap::frame::BGRxFrame;

    use super::*;
    use crate::clock::ManualClock;

    fn frame(value: u8) -> Frame {
        let (width, height) = (16, 16);
        Frame::BGRx(BGRxFrame {
            display_time: 0,
            width,
            height,
            data: vec![value; 16 * 16 * 4],
        })
    }

    #[test]
    fn a_frame_that_is_replaced_before_it_is_taken_is_counted_and_told_once() {
        let shared = Arc::new(SharedFrame {
            newest: Mutex::default(),
            waker: Waker::new().unwrap(),
        });
        let size = Size::even(16, 16);
        let mut screen = ScapScreen {
            shared: Arc::clone(&shared),
            clock: Arc::new(ManualClock::default()),
            size,
            seen: size,
            fit: None,
            event: None,
            last: None,
            outputs: None,
        };
        for n in 0..3 {
            assert!(!shared.with(|m| m.deliver(Mono::from_nanos(n), frame(0))));
        }
        assert_eq!(screen.next_event(), Some(ScreenEvent::Replaced(2)));
        assert_eq!(screen.next_event(), None);
        shared.with(|m| m.frame.take());
        assert!(!shared.with(|m| m.deliver(Mono::from_nanos(3), frame(0))));
        assert_eq!(screen.next_event(), None, "the one before it was taken");
        drop(screen);
        assert!(shared.with(|m| m.deliver(Mono::from_nanos(4), frame(0))));
    }
}
