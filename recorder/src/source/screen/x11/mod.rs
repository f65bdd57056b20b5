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

use super::super::{
    Bell, OpenError, Paint, Painted, Rect, Rung, Screen, ScreenLost, Size, TileSet, Wake,
};
use crate::clock::{Clock, Mono};
use cursor::CursorImage;
use request::{ask, gone, lost, watch};
use shm::Shared;

/// H.264 levels end here, and so do pictures.
const LARGEST: u32 = 16_384;
/// How often the pointer is looked at when nothing else happens.
const LOOK: Duration = Duration::from_secs(1);
const PIXEL: usize = 4;

/// One X screen, or one display of it.
pub struct X11Screen {
    x: RustConnection,
    clock: Arc<dyn Clock>,
    root: u32,
    /// What is recorded, in pixels of the root window.
    origin: (i32, i32),
    size: Size,
    /// Size of the root window as of now: a desktop may shrink under the recording.
    desktop: (u32, u32),
    segment: u32,
    shared: Shared,
    damage: u32,
    region: u32,
    /// What changed and was not painted yet.
    tiles: TileSet,
    /// The server holds damage that was not fetched yet.
    damaged: bool,
    cursor: Cursor,
    looked: Mono,
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
        let desktop = (
            u32::from(screen.width_in_pixels),
            u32::from(screen.height_in_pixels),
        );
        let (origin, full) = match display {
            None => ((0, 0), desktop),
            Some(wanted) => {
                let list = display::monitors(&x, number)?;
                let Some(m) = list.get(wanted) else {
                    let names = list
                        .iter()
                        .map(|m| format!("{} {}", m.index, m.name))
                        .collect::<Vec<_>>()
                        .join(", ");
                    return Err(OpenError::NoSuchDisplay {
                        wanted,
                        count: list.len(),
                        list: names,
                    });
                };
                ((m.x, m.y), (m.width, m.height))
            }
        };
        let size = Size::even(full.0, full.1);
        if size.width > LARGEST || size.height > LARGEST || size.rect().is_empty() {
            return Err(OpenError::TooLarge {
                width: full.0,
                height: full.1,
            });
        }
        let (shared, fd) = Shared::new(size.width as usize * size.height as usize * PIXEL)
            .map_err(display::broken)?;
        let id = || x.generate_id().map_err(display::broken);
        let (segment, damage, region) = (id()?, id()?, id()?);
        x.shm_attach_fd(segment, fd, false)
            .map_err(display::broken)?
            .check()
            .map_err(display::broken)?;
        watch(&x, screen.root, damage, region).map_err(display::broken)?;
        let looked = clock.now();
        Ok(Self {
            root: screen.root,
            origin,
            size,
            desktop,
            segment,
            shared,
            damage,
            region,
            tiles: TileSet::none(size),
            damaged: true,
            cursor: Cursor {
                new_image: true,
                moved: true,
                ..Cursor::default()
            },
            looked,
            clock,
            x,
        })
    }

    /// Takes what the server has sent; says whether any of it is a reason to paint.
    fn listen(&mut self) -> Result<bool, ScreenLost> {
        while let Some(event) = self.x.poll_for_event().map_err(lost)? {
            match event {
                Event::DamageNotify(_) => self.damaged = true,
                Event::XfixesCursorNotify(_) => self.cursor.new_image = true,
                Event::XinputRawMotion(_) => self.cursor.moved = true,
                Event::ConfigureNotify(e) if e.window == self.root => {
                    self.desktop = (u32::from(e.width), u32::from(e.height));
                    self.tiles.add(self.size.rect());
                }
                _ => {}
            }
        }
        Ok(self.damaged || self.cursor.new_image || self.cursor.moved || !self.tiles.is_empty())
    }

    /// Whether the pointer is somewhere else than we think.
    fn look(&mut self) -> Result<bool, ScreenLost> {
        self.looked = self.clock.now();
        let pointer = self
            .x
            .query_pointer(self.root)
            .map_err(lost)?
            .reply()
            .map_err(gone)?;
        let at = (
            i32::from(pointer.root_x) - self.origin.0,
            i32::from(pointer.root_y) - self.origin.1,
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
                i32::from(r.x) - self.origin.0,
                i32::from(r.y) - self.origin.1,
            );
            if let Some(rect) =
                Rect::clipped(x, y, u32::from(r.width), u32::from(r.height), self.size)
            {
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
            i32::from(pointer.root_x) - self.origin.0,
            i32::from(pointer.root_y) - self.origin.1,
        );
        redraw |= at != self.cursor.at;
        (self.cursor.at, self.cursor.moved) = (at, false);
        self.mark_cursor(redraw);
        Ok(())
    }

    /// The tiles under the pointer change together: it can only be drawn onto pixels that are fresh.
    fn mark_cursor(&mut self, redraw: bool) {
        let (x, y) = self.cursor.image.corner(self.cursor.at);
        let place = Rect::clipped(
            x,
            y,
            self.cursor.image.width,
            self.cursor.image.height,
            self.size,
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

    /// Fetches the tiles, draws the pointer and hands them over. Returns the instant at which they were on the screen.
    fn fetch(&mut self, canvas: &mut dyn Paint, areas: &[Rect]) -> Result<Mono, ScreenLost> {
        let (width, height) = (self.desktop.0 & !1, self.desktop.1 & !1);
        let desktop = Size {
            width: left(width, self.origin.0),
            height: left(height, self.origin.1),
        };
        let (mut asked, mut offset) = (Vec::with_capacity(areas.len()), 0_usize);
        for area in areas {
            // What has been cut off the desktop since the take began stays black.
            let inside = Rect::clipped(
                i32::try_from(area.x).unwrap_or(0),
                i32::try_from(area.y).unwrap_or(0),
                area.width,
                area.height,
                desktop,
            );
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
                    self.origin,
                    self.segment,
                    inside,
                    offset,
                )?,
            ));
            offset += bytes(inside);
        }
        self.x.flush().map_err(lost)?;

        let mut at = None;
        for (area, offset, cookie) in asked {
            let answer = cookie.reply();
            let now = self.clock.now();
            match answer {
                Ok(_) => {}
                Err(ReplyError::ConnectionError(e)) => return Err(lost(e)),
                // The desktop has just changed its size; the event that says so brings a new picture.
                Err(ReplyError::X11Error(_)) => {
                    self.tiles.add(area);
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
        Ok(at.unwrap_or_else(|| self.clock.now()))
    }
}

impl Screen for X11Screen {
    fn size(&self) -> Size {
        self.size
    }

    fn wait(&mut self, bell: &Bell, until: Option<Mono>) -> Result<Wake, ScreenLost> {
        loop {
            if self.listen()? {
                return Ok(Wake::Changed);
            }
            self.x.flush().map_err(lost)?;
            let now = self.clock.now();
            let look = self.looked + LOOK;
            let next = until.map_or(look, |u| u.min(look));
            match bell.wait(Some(self.x.stream().as_fd()), Some(next - now)) {
                Rung::Bell => return Ok(Wake::Called),
                Rung::Other => {}
                Rung::Time if until.is_some_and(|u| u <= self.clock.now()) => {
                    return Ok(Wake::Called);
                }
                Rung::Time => {
                    if self.look()? {
                        return Ok(Wake::Changed);
                    }
                }
            }
        }
    }

    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost> {
        self.listen()?;
        self.gather()?;
        if whole {
            self.tiles.add(self.size.rect());
        }
        let areas = self.tiles.rects();
        if areas.is_empty() {
            return Ok(Painted::Nothing);
        }
        if !canvas.begin(&areas) {
            return Ok(Painted::NoRoom);
        }
        self.tiles.clear();
        self.fetch(canvas, &areas).map(Painted::At)
    }
}

fn bytes(area: Rect) -> usize {
    area.width as usize * area.height as usize * PIXEL
}

/// How much of the desktop lies behind `origin`.
fn left(desktop: u32, origin: i32) -> u32 {
    u32::try_from(i64::from(desktop) - i64::from(origin)).unwrap_or(0) & !1
}
