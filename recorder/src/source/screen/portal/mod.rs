//! A screen or window of a Wayland desktop: chosen in the desktop's own dialog, its pictures taken from PipeWire.
//!
//! Three threads work on it. The session's speaks to the portal, the stream's takes frames into [`Front`], and the one that
//! owns the [`PortalScreen`] paints what changed. Whichever end is lost is told by the first that hears of it.

mod front;
mod session;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::limits::MIN_SIDE;

use self::front::{Front, Incoming, Order};
use self::session::{Asked, Granted, PortalSession, SessionEnd};
use self::tokens::{Kept, TokenFile};
use super::delivered;
use super::outputs::Outputs;
use super::turn::Turn;
use crate::clock::{Clock, Mono};
use crate::compose::Fit;
use crate::config::Environment;
use crate::source::pipewire::{
    Area, PixelFormat, Role, SCREEN_FORMATS, Shape, Sink, Stream, StreamFrame, StreamWish,
};
use crate::source::{
    OpenError, Paint, Painted, PortalWish, Rect, Screen, ScreenEvent, ScreenLost, Size, Wake, Waker,
};

/// A desktop that restores a choice sends its first frame within this, or is asked anew.
const RESTORED_TIMEOUT: Duration = Duration::from_secs(5);
/// One that a person was asked by.
const FIRST_FRAME_TIMEOUT: Duration = Duration::from_secs(10);
/// A stamp that claims to be older than this does not speak of our clock.
const MAX_FRAME_AGE: Duration = Duration::from_secs(1);
/// Asked for where a producer has a choice; none of the desktops has.
const WISHED: Size = Size {
    width: 1920,
    height: 1080,
};

/// What the threads share.
#[derive(Default)]
struct State {
    front: Front,
    /// Of the newest change that is not painted.
    due: Option<Mono>,
    /// Changes that were replaced by newer ones before anybody painted them.
    replaced: u64,
    ended: Option<String>,
    /// The desktop itself ended it: its token is worth nothing any more.
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    waker: Waker,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lose(&self, why: String, closed: bool) {
        self.with(|state| {
            state.closed |= closed;
            state.ended.get_or_insert(why);
        });
        self.waker.wake();
    }
}

/// Takes the frames of the stream.
struct FrameSink {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    shape: Option<Shape>,
}

impl Sink for FrameSink {
    fn shape(&mut self, shape: Shape) {
        self.shape = Some(shape);
    }

    fn frame(&mut self, frame: &StreamFrame<'_>) {
        let (Some(shape), [plane, ..]) = (self.shape, &frame.planes[..]) else {
            return;
        };
        let whole = Rect {
            x: 0,
            y: 0,
            width: shape.width,
            height: shape.height,
        };
        let inside = |area: &Area| {
            let size = Size {
                width: shape.width,
                height: shape.height,
            };
            Rect::clipped(area.x, area.y, area.width, area.height, size)
        };
        let damage: Option<Vec<Rect>> = frame
            .damage
            .as_ref()
            .map(|areas| areas.iter().filter_map(inside).collect());
        let row = shape.width as usize * 4;
        let incoming = Incoming {
            bytes: plane.bytes,
            stride: if plane.stride == 0 { row } else { plane.stride },
            seen: frame.crop.as_ref().and_then(inside).unwrap_or(whole),
            order: match shape.format {
                PixelFormat::Rgbx | PixelFormat::Rgba => Order::Rgbx,
                _ => Order::Bgrx,
            },
            damage: damage.as_deref(),
        };
        let at = stamp(frame.pts, self.clock.now());
        let new = self.shared.with(|state| {
            let new = state.front.take(&incoming) == Some(true);
            if new {
                state.replaced += u64::from(state.due.replace(at).is_some());
            }
            new
        });
        if new {
            self.shared.waker.wake();
        }
    }

    fn ended(&mut self, why: String) {
        self.shared.lose(why, false);
    }
}

/// When a frame was captured: as the producer says, if it can mean our clock.
fn stamp(pts: Option<i64>, arrived: Mono) -> Mono {
    let said = pts.and_then(|pts| u64::try_from(pts).ok());
    match said.map(Mono::from_nanos) {
        Some(at) if at <= arrived && arrived - at < MAX_FRAME_AGE => at,
        _ => arrived,
    }
}

/// A screen or window that the person chose in the desktop's own dialog.
pub(super) struct PortalScreen {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// Of the pictures, for the whole take.
    size: Size,
    /// Of the newest upright frame.
    seen: Size,
    /// Scales frames into the picture, while they are not as large.
    fit: Option<Fit>,
    event: Option<ScreenEvent>,
    /// `None`: nobody can be asked how the screen is turned.
    outputs: Option<Outputs>,
    file: Option<TokenFile>,
    /// What this choice is restored with next time.
    token: Option<String>,
    // Dropped last, in this order: no more frames, then the session.
    stream: Option<Stream>,
    session: Option<PortalSession>,
}

impl PortalScreen {
    pub(super) fn open(
        wish: PortalWish,
        fps: u32,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let environment = Environment::read(|name| std::env::var(name).ok());
        let file = environment.state_dir().ok();
        let file = file.map(|folder| TokenFile::within(&folder));
        let kept = match (&file, wish.ask) {
            (Some(file), 0) => file.read().of(wish.kind).cloned(),
            _ => None,
        };
        if let Some(kept) = kept {
            match Self::attempt(wish, Some(&kept), fps, clock, file.as_ref()) {
                Ok(screen) => return Ok(screen),
                Err(Failed::AskAnew(why)) => {
                    tracing::info!(why, "the choice of last time is not restored");
                    if let Some(file) = &file {
                        file.change(|tokens| tokens.forget(&kept.token));
                    }
                }
                Err(Failed::Open(e)) => return Err(e),
            }
        }
        match Self::attempt(wish, None, fps, clock, file.as_ref()) {
            Ok(screen) => Ok(screen),
            Err(Failed::Open(e)) => Err(e),
            Err(Failed::AskAnew(why)) => Err(OpenError::Portal(why.to_owned())),
        }
    }

    fn attempt(
        wish: PortalWish,
        kept: Option<&Kept>,
        fps: u32,
        clock: &Arc<dyn Clock>,
        file: Option<&TokenFile>,
    ) -> Result<Self, Failed> {
        let waker = Waker::new().map_err(|e| OpenError::Internal(e.to_string()))?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            waker,
        });
        let asked = Asked {
            kind: wish.kind,
            token: kept.map(|kept| kept.token.clone()),
        };
        let told = Arc::clone(&shared);
        let (session, granted) = PortalSession::start(asked, Arc::clone(clock), move |end| {
            let why = match end {
                SessionEnd::Closed => "the desktop ended the recording of its screen",
                SessionEnd::PortalGone => "the desktop's portal has ended (xdg-desktop-portal)",
            };
            told.lose(why.to_owned(), end == SessionEnd::Closed);
        })?;
        let Granted {
            remote,
            node,
            place,
            token,
            took,
        } = granted;
        if kept.is_some_and(|kept| kept.is_broken_by(&place, took)) {
            return Err(Failed::AskAnew("the desktop restored something else"));
        }
        let sink = FrameSink {
            shared: Arc::clone(&shared),
            clock: Arc::clone(clock),
            shape: None,
        };
        let wanted = StreamWish {
            role: Role::Screen,
            formats: SCREEN_FORMATS,
            size: WISHED,
            fps,
        };
        let stream = Stream::open(remote, node, wanted, Box::new(sink))
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        let mut screen = Self {
            shared,
            clock: Arc::clone(clock),
            size: Size::even(0, 0),
            seen: Size::even(0, 0),
            fit: None,
            event: None,
            outputs: Outputs::open(),
            file: file.cloned(),
            token: token.clone(),
            stream: Some(stream),
            session: Some(session),
        };
        screen.wait_for_first(kept.is_some())?;
        if let Some(file) = file {
            file.change(|tokens| tokens.renew(place, token));
        }
        Ok(screen)
    }

    /// Waits for the first frame, which says how large the pictures are.
    fn wait_for_first(&mut self, restored: bool) -> Result<(), Failed> {
        let limit = match restored {
            true => RESTORED_TIMEOUT,
            false => FIRST_FRAME_TIMEOUT,
        };
        let until = self.clock.now() + limit;
        loop {
            let (due, ended) = self.shared.with(|s| (s.due.is_some(), s.ended.clone()));
            if due {
                break;
            }
            let now = self.clock.now();
            match ended {
                Some(_) if restored => return Err(Failed::AskAnew("the desktop ended it")),
                Some(why) => return Err(OpenError::NoPipeWire(why).into()),
                None if now < until => {
                    self.shared.waker.wait(None, Some(until - now));
                }
                None if restored => return Err(Failed::AskAnew("the desktop sent no picture")),
                None => return Err(OpenError::Portal("it sent no picture".to_owned()).into()),
            }
        }
        let frame = self.shared.with(|state| state.front.size());
        let (width, height) = self.turn_of(frame).size(frame.width, frame.height);
        if width < MIN_SIDE || height < MIN_SIDE {
            return Err(OpenError::TooSmall { width, height }.into());
        }
        self.size = Size::even(width, height).recordable();
        self.seen = self.size;
        self.follow(Size::even(width, height));
        Ok(())
    }

    fn turn_of(&mut self, frame: Size) -> Turn {
        let outputs = self.outputs.as_mut();
        outputs.map_or(Turn::None, |o| o.turn_of(frame.width, frame.height))
    }

    /// Upright frames have this size from now on.
    fn follow(&mut self, seen: Size) {
        if seen == self.seen {
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
}

impl Screen for PortalScreen {
    fn size(&self) -> Size {
        self.size
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        let replaced = || {
            let replaced = self.shared.with(|s| std::mem::take(&mut s.replaced));
            (replaced > 0).then_some(ScreenEvent::Replaced(replaced))
        };
        self.event.take().or_else(replaced)
    }

    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        let wakers = (waker, &self.shared.waker);
        delivered::wait(wakers, &*self.clock, until, || {
            self.shared.with(|s| (s.due.is_some(), s.ended.clone()))
        })
    }

    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost> {
        let (frame, due) = self.shared.with(|s| (s.front.size(), s.due));
        if due.is_none() && !whole {
            return Ok(Painted::Nothing);
        }
        let now = self.clock.now();
        let at = due.filter(|_| !whole).unwrap_or(now);
        let turn = self.turn_of(frame);
        let (width, height) = turn.size(frame.width, frame.height);
        if width < MIN_SIDE || height < MIN_SIDE {
            // It stands for a moment between two others; the last picture stays.
            self.shared.with(|s| s.due = None);
            return Ok(Painted::Nothing);
        }
        let before = self.seen;
        self.follow(Size::even(width, height));
        let all = whole || turn != Turn::None || before != self.seen;
        let shared = Arc::clone(&self.shared);
        let painted = shared.with(|state| {
            if state.front.size() != frame {
                // Another size has come in between: it is due.
                return false;
            }
            let areas = match all {
                true => vec![self.seen.rect()],
                false => state.front.changed(),
            };
            let painted = match &mut self.fit {
                None => show(canvas, &areas, &state.front, turn),
                Some(fit) => {
                    let mut scaled = fit.onto(canvas);
                    let painted = show(&mut scaled, &areas, &state.front, turn);
                    if painted {
                        scaled.finish();
                    }
                    painted
                }
            };
            if painted {
                state.front.painted();
                state.due = None;
            }
            painted
        });
        Ok(match painted {
            true => Painted::At(at),
            false => Painted::NoRoom,
        })
    }
}

/// Areas of the upright picture. `false`: there was no room.
fn show(canvas: &mut dyn Paint, areas: &[Rect], front: &Front, turn: Turn) -> bool {
    if !canvas.begin(areas) {
        return false;
    }
    let Size { width, height } = front.size();
    let stride = turn.size(width, height).0 as usize * 4;
    let upright = turn.upright(front.pixels(), width, height);
    for area in areas {
        let at = area.y as usize * stride + area.x as usize * 4;
        canvas.patch(*area, &upright[at..], stride);
    }
    true
}

impl Drop for PortalScreen {
    fn drop(&mut self) {
        let closed = self.shared.with(|state| state.closed);
        if let (true, Some(file), Some(token)) = (closed, &self.file, &self.token) {
            file.change(|tokens| tokens.forget(token));
        }
        drop(self.stream.take());
        drop(self.session.take());
    }
}

/// Why there is no screen.
enum Failed {
    /// Its token was no good.
    AskAnew(&'static str),
    Open(OpenError),
}

impl From<OpenError> for Failed {
    fn from(e: OpenError) -> Self {
        Self::Open(e)
    }
}
