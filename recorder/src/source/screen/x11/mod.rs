//! The screen of an X11 desktop.
//!
//! XDAMAGE says where the screen changed, MIT-SHM brings those tiles and no others, XFIXES brings the pointer,
//! which no picture of the X server shows: it is drawn in here, and its old place is fetched anew when it moves. Pointer
//! motion wakes us through XInput raw events; what moves it without them (a program that warps it) is
//! seen at the next change, or within a second.

mod cursor;
mod display;
mod request;
mod shm;
mod view;

use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

pub use display::displays;

use self::view::View;
use super::super::{
    OpenError, Paint, Painted, RecordedArea, Rect, Screen, ScreenEvent, ScreenLost, Size, TileSet,
    Wake, Waker, Woken,
};
use crate::clock::{Clock, Mono};
use crate::compose::Fit;
use cursor::CursorImage;
use request::{ask, gone, lost, watch};
use shm::Shared;

/// How often the pointer is looked for when nothing else happens.
const POINTER_INTERVAL: Duration = Duration::from_secs(1);
const PIXEL: usize = 4;

/// One X screen, or one display of it.
pub struct X11Screen {
    x: RustConnection,
    clock: Arc<dyn Clock>,
    root: u32,
    /// Of the pictures, for the whole take.
    size: Size,
    /// Which part of the root window is recorded now.
    view: View,
    /// Scales the view into the picture, while it is not as large.
    fit: Option<Fit>,
    event: Option<ScreenEvent>,
    segment: u32,
    shared: Shared,
    damage: u32,
    region: u32,
    /// What changed and was not painted yet.
    tiles: TileSet,
    /// The server holds damage that was not fetched yet.
    damaged: bool,
    cursor: Cursor,
    pointer_checked: Mono,
}

#[derive(Default)]
struct Cursor {
    image: CursorImage,
    /// Where it points, from the recorded area's corner.
    at: (i32, i32),
    /// Where it was last drawn.
    drawn: Option<Rect>,
    new_image: bool,
    moved: bool,
}

impl X11Screen {
    /// `name`: as in DISPLAY, which is used without one. `display`: a number from `displays`; without one everything.
    pub fn open(
        name: Option<&str>,
        display: Option<usize>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let (x, number) = display::connect(name)?;
        display::extensions(&x)?;
        let screen = x.setup().roots[number].clone();
        display::pixel_format(&x, &screen)?;
        let view = View::open(&x, number, display)?;
        let size = view.size.recordable();
        let (shared, fd) = Shared::new(bytes(view.size.rect())).map_err(display::broken)?;
        let id = || x.generate_id().map_err(display::broken);
        let (segment, damage, region) = (id()?, id()?, id()?);
        x.shm_attach_fd(segment, fd, false)
            .map_err(display::broken)?
            .check()
            .map_err(display::broken)?;
        watch(&x, screen.root, damage, region).map_err(display::broken)?;
        view::watch_displays(&x, screen.root)?;
        let pointer_checked = clock.now();
        let scaled = size != view.size;
        Ok(Self {
            root: screen.root,
            size,
            fit: scaled.then(|| Fit::new(view.size, size)),
            event: scaled.then_some(ScreenEvent::Scaled {
                screen: view.size,
                picture: size,
            }),
            tiles: TileSet::none(view.size),
            view,
            segment,
            shared,
            damage,
            region,
            damaged: true,
            cursor: Cursor {
                new_image: true,
                moved: true,
                ..Cursor::default()
            },
            pointer_checked,
            clock,
            x,
        })
    }

    /// Takes what the server has sent; says whether any of it is a reason to paint.
    fn read_events(&mut self) -> Result<bool, ScreenLost> {
        let mut changed = false;
        while let Some(event) = self.x.poll_for_event().map_err(lost)? {
            match event {
                Event::DamageNotify(_) => self.damaged = true,
                Event::XfixesCursorNotify(_) => self.cursor.new_image = true,
                Event::XinputRawMotion(_) => self.cursor.moved = true,
                Event::ConfigureNotify(e) if e.window == self.root => changed = true,
                Event::RandrScreenChangeNotify(_) => changed = true,
                _ => {}
            }
        }
        if changed {
            self.follow()?;
        }
        Ok(self.damaged || self.cursor.new_image || self.cursor.moved || !self.tiles.is_empty())
    }

    /// The desktop has changed: records what is to be recorded as it stands now, scaled to the size of the take.
    fn follow(&mut self) -> Result<(), ScreenLost> {
        let before = self.view.size;
        match self.view.refresh(&self.x)? {
            view::Change::None => return Ok(()),
            view::Change::Gone => self.event = Some(ScreenEvent::DisplayGone),
            view::Change::Moved if self.view.size == before => {}
            view::Change::Moved => self.resize()?,
        }
        self.cursor.drawn = None;
        self.tiles = TileSet::none(self.view.size);
        self.tiles.add(self.view.size.rect());
        Ok(())
    }

    fn resize(&mut self) -> Result<(), ScreenLost> {
        let (screen, picture) = (self.view.size, self.size);
        if bytes(screen.rect()) > self.shared.len() {
            let (shared, fd) =
                Shared::new(bytes(screen.rect())).map_err(|e| ScreenLost(e.to_string()))?;
            let segment = self
                .x
                .generate_id()
                .map_err(|e| ScreenLost(e.to_string()))?;
            self.x.shm_detach(self.segment).map_err(lost)?;
            let attached = self.x.shm_attach_fd(segment, fd, false).map_err(lost)?;
            attached.check().map_err(gone)?;
            (self.shared, self.segment) = (shared, segment);
        }
        self.event = Some(if screen == picture {
            ScreenEvent::Unscaled { picture }
        } else {
            ScreenEvent::Scaled { screen, picture }
        });
        self.fit = (screen != picture).then(|| Fit::new(screen, picture));
        Ok(())
    }

    /// Whether the pointer is somewhere else than we think.
    fn check_pointer(&mut self) -> Result<bool, ScreenLost> {
        self.pointer_checked = self.clock.now();
        let pointer = self
            .x
            .query_pointer(self.root)
            .map_err(lost)?
            .reply()
            .map_err(gone)?;
        let at = (
            i32::from(pointer.root_x) - self.view.origin.0,
            i32::from(pointer.root_y) - self.view.origin.1,
        );
        self.cursor.moved |= at != self.cursor.at;
        Ok(self.cursor.moved)
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
        let image = if std::mem::take(&mut self.cursor.new_image) {
            Some(self.x.xfixes_get_cursor_image().map_err(lost)?)
        } else {
            None
        };
        let pointer = self.x.query_pointer(self.root).map_err(lost)?;

        for r in damage
            .map(|d| d.reply().map_err(gone))
            .transpose()?
            .map_or_else(Vec::new, |d| d.rectangles)
        {
            let (x, y) = (
                i32::from(r.x) - self.view.origin.0,
                i32::from(r.y) - self.view.origin.1,
            );
            if let Some(rect) = Rect::clipped(
                x,
                y,
                u32::from(r.width),
                u32::from(r.height),
                self.view.size,
            ) {
                self.tiles.add(rect);
            }
        }
        let mut redraw = false;
        if let Some(image) = image.map(|i| i.reply().map_err(gone)).transpose()? {
            self.cursor.image = CursorImage {
                width: u32::from(image.width),
                height: u32::from(image.height),
                hot: (i32::from(image.xhot), i32::from(image.yhot)),
                pixels: image.cursor_image,
            };
            redraw = true;
        }
        let pointer = pointer.reply().map_err(gone)?;
        let at = (
            i32::from(pointer.root_x) - self.view.origin.0,
            i32::from(pointer.root_y) - self.view.origin.1,
        );
        redraw |= at != self.cursor.at;
        (self.cursor.at, self.cursor.moved) = (at, false);
        self.mark_pointer(redraw);
        Ok(())
    }

    /// The tiles under the pointer change together: it can only be drawn onto pixels that are fresh.
    fn mark_pointer(&mut self, redraw: bool) {
        let (x, y) = self.cursor.image.corner(self.cursor.at);
        let place = Rect::clipped(
            x,
            y,
            self.cursor.image.width,
            self.cursor.image.height,
            self.view.size,
        );
        if redraw {
            self.cursor
                .drawn
                .take()
                .into_iter()
                .chain(place)
                .for_each(|r| self.tiles.add(r));
        } else if let Some(place) = place
            && self.tiles.touches(place)
        {
            self.tiles.add(place);
        }
        self.cursor.drawn = place;
    }

    /// Fetches the tiles, draws the pointer and hands them over. Returns the instant at which they were on the screen;
    /// `None` when the desktop changed its size under the request: then nothing of this picture counts.
    fn fetch(
        &mut self,
        canvas: &mut dyn Paint,
        areas: &[Rect],
    ) -> Result<Option<Mono>, ScreenLost> {
        let (mut asked, mut offset) = (Vec::with_capacity(areas.len()), 0_usize);
        for area in areas {
            // What lies outside the desktop (a display that is gone) is black.
            let inside = self.view.inside(*area);
            if inside != Some(*area) {
                canvas.patch(*area, &vec![0; bytes(*area)], area.width as usize * PIXEL);
            }
            let Some(inside) = inside else { continue };
            asked.push((
                inside,
                offset,
                ask(
                    &self.x,
                    self.root,
                    self.view.origin,
                    self.segment,
                    inside,
                    offset,
                )?,
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
            self.cursor
                .image
                .blend(self.cursor.image.corner(self.cursor.at), area, pixels);
            canvas.patch(area, pixels, area.width as usize * PIXEL);
        }
        Ok(whole.then(|| at.unwrap_or_else(|| self.clock.now())))
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
        let (x, y) = self.view.origin;
        Some(RecordedArea {
            x,
            y,
            size: self.view.size,
            inside: self.fit.as_ref().map_or(self.size.rect(), Fit::inside),
            picture: self.size,
        })
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        self.event.take()
    }

    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        loop {
            if self.read_events()? {
                return Ok(Wake::Changed);
            }
            self.x.flush().map_err(lost)?;
            let now = self.clock.now();
            let look = self.pointer_checked + POINTER_INTERVAL;
            let next = until.map_or(look, |u| u.min(look));
            match waker.wait(Some(self.x.stream().as_fd()), Some(next - now)) {
                Woken::Waker => return Ok(Wake::Called),
                Woken::Source => {}
                Woken::Timeout if until.is_some_and(|u| u <= self.clock.now()) => {
                    return Ok(Wake::Called);
                }
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
            self.tiles.add(self.view.size.rect());
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
