//! What is drawn, shown to the speaker over all windows of an X11 desktop, and the pointer that draws it.
//!
//! While the pointer draws, a window without a picture lies over the recorded part of the desktop and gets its clicks.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::Sender;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use super::catcher::Catcher;
use super::ink::InkWindows;
use super::{Board, Drawing, since};
use crate::clock::Clock;
use crate::compose::{Frame, Sheet, Spot};
use crate::source::{AreaSlot, RecordedArea, Waker};

/// How often it is looked where the recorded part of the desktop lies.
const FOLLOW: Duration = Duration::from_millis(250);

/// Why nothing can be shown over other windows.
#[derive(Debug, thiserror::Error)]
#[error("nothing can be shown over other windows here ({0})")]
pub struct NoOverlay(String);

impl NoOverlay {
    pub(crate) fn because(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// Shows and draws until it is dropped.
#[derive(Debug)]
pub struct Overlay {
    stop: Arc<(Waker, AtomicBool)>,
    thread: Option<JoinHandle<()>>,
}

impl Overlay {
    /// `display`: as in DISPLAY, which is used without one. `ended`: is told when the speaker ends drawing with the right button.
    ///
    /// # Errors
    /// Where there is no X server, or it lacks the extension SHAPE.
    pub fn open(
        display: Option<&str>,
        area: Arc<AreaSlot>,
        board: &Arc<Board>,
        clock: Arc<dyn Clock>,
        ended: Sender<()>,
    ) -> Result<Self, NoOverlay> {
        let no = |e: &dyn std::fmt::Display| NoOverlay(e.to_string());
        let (x, screen) = RustConnection::connect(display).map_err(|e| no(&e))?;
        let root = x.setup().roots[screen].root;
        let shape = x.extension_information(shape::X11_EXTENSION_NAME);
        if !matches!(shape, Ok(Some(_))) {
            return Err(no(&"the X server lacks the extension SHAPE"));
        }
        let version = x.shape_query_version().ok().and_then(|v| v.reply().ok());
        // The pointer goes through a window since 1.1.
        if version.is_none_or(|v| (v.major_version, v.minor_version) < (1, 1)) {
            return Err(no(&"the X server lacks SHAPE 1.1"));
        }
        let open = |e: io::Error| no(&e);
        let stop = Arc::new((Waker::new().map_err(open)?, AtomicBool::new(false)));
        let waker = Arc::clone(&stop);
        board.tell_overlay(move || waker.0.wake());
        let shown = Shown {
            x,
            root,
            area,
            place: None,
            board: Arc::clone(board),
            clock,
            ended,
            stop: Arc::clone(&stop),
            sheet: Sheet::default(),
            inks: InkWindows::default(),
            catcher: None,
            left_out_moved: false,
        };
        let thread = Builder::new().name("overlay".to_owned());
        let thread = thread.spawn(move || shown.run()).map_err(open)?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        self.stop.1.store(true, Ordering::SeqCst);
        self.stop.0.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Shown {
    x: RustConnection,
    root: u32,
    area: Arc<AreaSlot>,
    /// Where the recorded part lies; the last that was known.
    place: Option<RecordedArea>,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    ended: Sender<()>,
    stop: Arc<(Waker, AtomicBool)>,
    sheet: Sheet,
    inks: InkWindows,
    /// The window that gets the clicks, once it was needed.
    catcher: Option<Catcher>,
    /// The window that keeps its clicks may lie elsewhere now.
    left_out_moved: bool,
}

impl Shown {
    /// Ends when it is stopped, or with the server; its windows go with its connection.
    fn run(mut self) {
        while !self.stop.1.load(Ordering::SeqCst) {
            match self.look() {
                Ok(limit) => {
                    self.stop.0.wait(Some(self.x.stream().as_fd()), limit);
                }
                Err(error) => {
                    tracing::debug!(%error, "what is drawn is not shown any more: {error}");
                    return;
                }
            }
        }
    }

    /// Takes what the pointer did and shows what is drawn; answers how long there is nothing to do.
    fn look(&mut self) -> Result<Option<Duration>, ReplyOrIdError> {
        while let Some(event) = self.x.poll_for_event()? {
            let catcher = self.catcher.as_ref();
            self.left_out_moved |= catcher.is_some_and(|catcher| catcher.concerns(&event));
            self.pointer(&event)?;
        }
        self.follow()?;
        let now = since(self.clock.now());
        let Some(place) = self.place else {
            return Ok(Some(FOLLOW));
        };
        let frame = frame(&place);
        let board = Arc::clone(&self.board);
        let (areas, on, next, ink, left_out) = board.read(|drawing| {
            let strokes = &drawing.strokes;
            let areas = self.sheet.update(strokes, frame, now);
            (
                areas,
                drawing.on,
                strokes.changes_at(now),
                drawing.style.ink,
                drawing.left_out,
            )
        });
        if !areas.is_empty() {
            let (x, root) = (&self.x, self.root);
            self.inks.show(x, root, &place, &self.sheet, &areas)?;
        }
        let mut asked = on != self.catcher.as_ref().is_some_and(Catcher::is_up);
        if asked {
            self.catch(on, &place, left_out)?;
            self.inks.raise(&self.x, ink)?;
            self.raise_catcher()?;
        }
        if let Some(catcher) = &mut self.catcher
            && (std::mem::take(&mut self.left_out_moved) || catcher.left_out() != left_out)
        {
            catcher.leave_out(&self.x, self.root, &place, left_out)?;
            asked = true;
        }
        self.x.flush()?;
        if next.is_some_and(|next| next <= now) {
            self.board.change(|drawing| drawing.strokes.forget(now));
        }
        if asked {
            // What was told before an answer waits here, and not at the server's door.
            return Ok(Some(Duration::ZERO));
        }
        let idle = (on || !self.sheet.is_empty()).then_some(FOLLOW);
        let next = next.map(|next| next.saturating_sub(now));
        Ok(match (idle, next) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    /// The recorded part may lie elsewhere, or have another size.
    fn follow(&mut self) -> Result<(), ReplyOrIdError> {
        let now = self.area.get();
        if now.is_none() || now == self.place {
            return Ok(());
        }
        self.place = now;
        if let Some(place) = &self.place {
            self.inks.move_to(&self.x, place)?;
            if let Some(catcher) = &self.catcher {
                catcher.move_to(&self.x, place)?;
                self.left_out_moved = true;
            }
        }
        Ok(())
    }

    /// The pointer draws from now on, or no more.
    fn catch(
        &mut self,
        on: bool,
        place: &RecordedArea,
        left_out: Option<u32>,
    ) -> Result<(), ReplyOrIdError> {
        let catcher = match &mut self.catcher {
            Some(catcher) => catcher,
            none => none.insert(Catcher::open(&self.x, self.root, place)?),
        };
        catcher.leave_out(&self.x, self.root, place, left_out)?;
        catcher.show(&self.x, on)
    }

    fn raise_catcher(&self) -> Result<(), ReplyOrIdError> {
        self.catcher
            .as_ref()
            .map_or(Ok(()), |catcher| catcher.raise(&self.x))
    }

    fn pointer(&mut self, event: &Event) -> Result<(), ReplyOrIdError> {
        let now = since(self.clock.now());
        let place = self.place;
        let spot = |x: i16, y: i16| place.map(|place| spot(&place, i32::from(x), i32::from(y)));
        match event {
            Event::ButtonPress(press) if press.detail == 1 => {
                if let Some(at) = spot(press.root_x, press.root_y) {
                    let begin = |d: &mut Drawing| {
                        d.strokes.begin(d.style, at, now);
                        d.style.ink
                    };
                    let ink = self.board.change(begin);
                    self.inks.raise(&self.x, ink)?;
                    self.raise_catcher()?;
                }
            }
            Event::MotionNotify(motion) => {
                if let Some(at) = spot(motion.root_x, motion.root_y) {
                    self.board.change(|d| d.strokes.go(at, now));
                }
            }
            Event::ButtonRelease(release) if release.detail == 1 => {
                self.board.change(|d| d.strokes.end(now));
            }
            Event::ButtonPress(press) if press.detail == 3 => {
                self.board.change(|d| {
                    d.strokes.end(now);
                    d.on = false;
                });
                // The next press tells as well, if this one is not heard.
                let _ = self.ended.try_send(());
            }
            _ => {}
        }
        Ok(())
    }
}

/// Where the picture lies in a recorded part of the desktop.
const fn frame(place: &RecordedArea) -> Frame {
    Frame {
        size: place.size,
        inside: place.inside,
        picture: place.picture,
    }
}

/// A point of the desktop; one beside the recorded part is at its edge.
fn spot(place: &RecordedArea, x: i32, y: i32) -> Spot {
    let inside = |at: i32, from: i32, side: u32| {
        let last = from.saturating_add(i32::try_from(side).unwrap_or(i32::MAX) - 1);
        at.clamp(from, last.max(from))
    };
    let (x, y) = (
        inside(x, place.x, place.size.width),
        inside(y, place.y, place.size.height),
    );
    let (x, y) = place.place(x, y).unwrap_or_default();
    Spot::of(x, y)
}
