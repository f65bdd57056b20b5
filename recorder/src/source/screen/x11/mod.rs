//! The screen of an X11 desktop, or a part of it: displays, an area, a window.
//!
//! XDAMAGE says where the screen changed, MIT-SHM brings those tiles and no others, XFIXES brings the pointer,
//! which no picture of the X server shows: it is drawn in here, and its old place is fetched anew when it moves. Pointer
//! motion wakes us through XInput raw events; what moves it without them (a program that warps it) is
//! seen at the next change, or within a second.

mod cursor;
mod display;
mod drawn;
mod follow;
mod keyboard;
mod keys;
mod pointer;
mod region;
mod request;
mod shm;
mod shown;
mod subject;
mod view;
mod window;
mod windows;

use std::collections::VecDeque;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

pub use display::displays;
pub use windows::windows;

use super::super::drawing::Board;
use super::super::{
    OpenError, Paint, Painted, RecordedArea, Rect, Screen, ScreenEvent, ScreenLost, ScreenPart,
    ShownEffects, Size, TileSet, Wake, Waker, Woken,
};
use crate::clock::{Clock, Mono};
use crate::compose::{Fit, Frame};
use drawn::Drawn;
use pointer::Pointer;
use request::{ask, gone, lost, watch};
use shm::Shared;
use shown::Shown;
use subject::Subject;

/// How often the pointer is looked for when nothing else happens.
const POINTER_INTERVAL: Duration = Duration::from_secs(1);
/// How often it is looked for while it moves outside of the picture.
const OUTSIDE_INTERVAL: Duration = Duration::from_millis(50);
const PIXEL: usize = 4;

/// One X screen, or a part of it.
pub struct X11Screen {
    x: RustConnection,
    clock: Arc<dyn Clock>,
    root: u32,
    /// Of the pictures, for the whole take.
    size: Size,
    subject: Subject,
    /// Scales the subject into the picture, while it is not as large.
    fit: Option<Fit>,
    events: VecDeque<ScreenEvent>,
    /// What the server said and nobody looked after yet.
    told: Told,
    segment: u32,
    shared: Shared,
    damage: u32,
    region: u32,
    /// What changed and was not painted yet.
    tiles: TileSet,
    /// The server holds damage that was not fetched yet.
    damaged: bool,
    pointer: Pointer,
    pointer_checked: Mono,
    /// The server has XInput 2.
    has_input: bool,
    shown: Shown,
    /// When what is shown was last drawn.
    shown_at: Mono,
    drawn: Drawn,
}

/// What the server said of places and sizes.
#[derive(Default)]
struct Told {
    /// The desktop, or the window, may have another place or size.
    changed: bool,
    /// The window was put onto the desktop again.
    mapped: bool,
    reparented: bool,
}

impl X11Screen {
    /// `name`: as in DISPLAY, which is used without one.
    pub fn open(
        name: Option<&str>,
        part: &ScreenPart,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let (x, number) = display::connect(name)?;
        display::extensions(&x)?;
        let screen = x.setup().roots[number].clone();
        display::pixel_format(&x, &screen)?;
        let id = || x.generate_id().map_err(display::broken);
        let (segment, damage, region) = (id()?, id()?, id()?);
        let subject = Subject::open(&x, number, part, damage)?;
        let now = subject.size();
        let size = now.recordable();
        let (shared, fd) = Shared::new(bytes(now.rect())).map_err(display::broken)?;
        x.shm_attach_fd(segment, fd, false)
            .map_err(display::broken)?
            .check()
            .map_err(display::broken)?;
        let has_input = watch(&x, screen.root, region).map_err(display::broken)?;
        view::watch_displays(&x, screen.root)?;
        let pointer_checked = clock.now();
        let scaled = size != now;
        Ok(Self {
            root: screen.root,
            size,
            fit: scaled.then(|| Fit::new(now, size)),
            events: scaled
                .then_some(ScreenEvent::Scaled {
                    screen: now,
                    picture: size,
                })
                .into_iter()
                .collect(),
            told: Told::default(),
            tiles: TileSet::none(now),
            subject,
            segment,
            shared,
            damage,
            region,
            damaged: true,
            pointer: Pointer::new(),
            pointer_checked,
            has_input,
            shown: Shown::default(),
            shown_at: pointer_checked,
            drawn: Drawn::default(),
            clock,
            x,
        })
    }

    /// Whether the pointer is somewhere else than we think.
    fn check_pointer(&mut self) -> Result<bool, ScreenLost> {
        self.pointer_checked = self.clock.now();
        let asked = pointer::ask(&self.x, self.root, &self.subject)?;
        let found = asked.answer(&self.subject)?;
        (self.pointer.corner, self.pointer.inside) = (found.corner, found.inside);
        self.pointer.moved = found.at != self.pointer.at;
        Ok(self.pointer.moved)
    }

    /// Asks for everything that says what changed, in one round trip, and marks the tiles.
    fn gather(&mut self) -> Result<(), ScreenLost> {
        let damage = if std::mem::take(&mut self.damaged) {
            self.x
                .damage_subtract(self.damage, x11rb::NONE, self.region)
                .map_err(lost)?;
            Some(self.x.xfixes_fetch_region(self.region).map_err(lost)?)
        } else {
            None
        };
        let image = if std::mem::take(&mut self.pointer.new_image) {
            Some(self.x.xfixes_get_cursor_image().map_err(lost)?)
        } else {
            None
        };
        let pointer = pointer::ask(&self.x, self.root, &self.subject)?;

        let damage = damage
            .map(|d| d.reply().map_err(gone))
            .transpose()?
            .map_or_else(Vec::new, |d| d.rectangles);
        let image = image.map(|i| i.reply().map_err(gone)).transpose()?;
        let found = pointer.answer(&self.subject)?;
        (self.pointer.corner, self.pointer.inside) = (found.corner, found.inside);
        // What was told before these answers goes before them: a window that was mapped and drawn meanwhile is seen.
        self.read_events()?;
        let (origin, size) = (self.subject.damage_origin(), self.subject.size());
        for r in damage {
            let (x, y) = (i32::from(r.x) - origin.0, i32::from(r.y) - origin.1);
            let rect = Rect::clipped(x, y, u32::from(r.width), u32::from(r.height), size);
            if let Some(rect) = rect {
                self.subject.drawn(rect);
                self.tiles.add(rect);
            }
        }
        self.pointer.looked(image, found.at, size, &mut self.tiles);
        self.shown_at = self.clock.now();
        for area in self.shown.areas(self.shown_at, size) {
            self.tiles.add(area);
        }
        for area in self.drawn.areas(self.shown_at, self.frame()) {
            self.tiles.add(area);
        }
        Ok(())
    }

    /// Where the picture shows the subject.
    fn frame(&self) -> Frame {
        Frame {
            size: self.subject.size(),
            inside: self.fit.as_ref().map_or(self.size.rect(), Fit::inside),
            picture: self.size,
        }
    }

    /// Fetches the tiles, draws the pointer and hands them over. Returns the instant at which they were on the screen;
    /// `None` when the desktop changed its size under the request: then nothing of this picture counts.
    fn fetch(
        &mut self,
        canvas: &mut dyn Paint,
        areas: &[Rect],
    ) -> Result<Option<Mono>, ScreenLost> {
        let (mut asked, mut offset) = (Vec::with_capacity(areas.len()), 0_usize);
        let (drawable, origin) = self.subject.drawable(self.root);
        for area in areas {
            // What lies outside the desktop (a display that is gone) is black.
            let inside = self.subject.inside(*area);
            if inside != Some(*area) {
                canvas.patch(*area, &vec![0; bytes(*area)], area.width as usize * PIXEL);
            }
            let Some(inside) = inside else { continue };
            asked.push((
                inside,
                offset,
                ask(&self.x, drawable, origin, self.segment, inside, offset)?,
            ));
            offset += bytes(inside);
        }
        self.x.flush().map_err(lost)?;

        let (mut at, mut whole) = (None, true);
        for (area, offset, cookie) in asked {
            let answer = cookie.reply();
            let now = self.clock.now();
            match answer {
                Ok(_) => {}
                Err(ReplyError::ConnectionError(e)) => return Err(lost(e)),
                // The event that says so is on its way; every request is answered before that.
                Err(ReplyError::X11Error(_)) => {
                    whole = false;
                    continue;
                }
            }
            at.get_or_insert(now);
            let pixels = &mut self.shared.bytes()[offset..offset + bytes(area)];
            self.subject.veil().blacken(area, pixels);
            self.shown.draw(area, self.subject.size(), pixels);
            self.drawn.draw(area, pixels);
            self.pointer.draw(area, pixels);
            canvas.patch(area, pixels, area.width as usize * PIXEL);
        }
        Ok(whole.then(|| at.unwrap_or_else(|| self.clock.now())))
    }

    /// The pointer moves, but not in the picture: then it is looked for now and then only, whatever its mouse says.
    fn only_moves_outside(&self) -> bool {
        self.pointer.moves_outside() && !self.damaged && self.tiles.is_empty()
    }

    /// Announces and fetches what is due.
    fn paint_onto(
        &mut self,
        canvas: &mut dyn Paint,
        areas: &[Rect],
    ) -> Result<Painted, ScreenLost> {
        if !canvas.begin(areas) {
            return Ok(Painted::NoRoom);
        }
        self.tiles.clear();
        match self.fetch(canvas, areas)? {
            Some(at) => Ok(Painted::At(at)),
            None => {
                areas.iter().for_each(|area| self.tiles.add(*area));
                Ok(Painted::Nothing)
            }
        }
    }
}

impl Screen for X11Screen {
    fn size(&self) -> Size {
        self.size
    }

    fn area(&self) -> Option<RecordedArea> {
        let (x, y) = match &self.subject {
            Subject::Desktop(view) => view.origin,
            Subject::Window(_) => self.pointer.corner?,
        };
        let Frame {
            size,
            inside,
            picture,
        } = self.frame();
        Some(RecordedArea {
            x,
            y,
            size,
            inside,
            picture,
            pointed_at: match self.subject {
                Subject::Desktop(_) => true,
                Subject::Window(_) => self.pointer.inside,
            },
        })
    }

    fn show(&mut self, effects: ShownEffects) -> Result<bool, ScreenLost> {
        if self.has_input {
            self.shown.want(&self.x, self.root, effects).map_err(gone)?;
        }
        Ok(self.has_input)
    }

    fn draw(&mut self, board: &Arc<Board>) {
        let into_picture = matches!(self.subject, Subject::Window(_));
        self.drawn = Drawn::of(board, into_picture);
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        self.events.pop_front()
    }

    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        loop {
            let due = self.read_events()?;
            // What is to be told wakes as well.
            if !self.events.is_empty() || due && !self.only_moves_outside() {
                return Ok(Wake::Changed);
            }
            self.x.flush().map_err(lost)?;
            let now = self.clock.now();
            let live = self.shown.is_live() && now - self.shown_at >= shown::INTERVAL;
            if live || self.drawn.is_due(now) {
                return Ok(Wake::Changed);
            }
            let look = match due {
                true => self.pointer_checked + OUTSIDE_INTERVAL,
                false => self.pointer_checked + POINTER_INTERVAL,
            };
            let look = match self.shown.is_live() {
                true => look.min(self.shown_at + shown::INTERVAL),
                false => look,
            };
            let look = self.drawn.due().map_or(look, |due| due.min(look));
            let next = until.map_or(look, |u| u.min(look));
            match waker.wait(Some(self.x.stream().as_fd()), Some(next - now)) {
                Woken::Waker => return Ok(Wake::Called),
                Woken::Source => {}
                Woken::Timeout if until.is_some_and(|u| u <= self.clock.now()) => {
                    return Ok(Wake::Called);
                }
                Woken::Timeout if self.clock.now() < self.pointer_checked + OUTSIDE_INTERVAL => {}
                Woken::Timeout => {
                    if self.check_pointer()? {
                        return Ok(Wake::Changed);
                    }
                }
            }
        }
    }

    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost> {
        self.read_events()?;
        self.gather()?;
        if whole {
            self.tiles.add(self.subject.size().rect());
        }
        let areas = self.tiles.rects();
        if areas.is_empty() {
            return Ok(Painted::Nothing);
        }
        // Taken out, since what it scales is fetched with everything else at hand.
        let Some(mut fit) = self.fit.take() else {
            return self.paint_onto(canvas, &areas);
        };
        let mut scaled = fit.onto(canvas);
        let painted = self.paint_onto(&mut scaled, &areas);
        if let Ok(Painted::At(_)) = painted {
            scaled.finish();
        }
        self.fit = Some(fit);
        painted
    }
}

fn bytes(area: Rect) -> usize {
    area.width as usize * area.height as usize * PIXEL
}
