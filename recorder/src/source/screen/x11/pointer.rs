//! Where the pointer is in the picture, and how it looks there.

use x11rb::cookie::Cookie;
use x11rb::errors::ReplyError;
use x11rb::protocol::xfixes::GetCursorImageReply;
use x11rb::protocol::xproto::{ConnectionExt as _, QueryPointerReply, TranslateCoordinatesReply};
use x11rb::rust_connection::RustConnection;

use super::cursor::CursorImage;
use super::request::{gone, lost};
use super::subject::Subject;
use crate::source::{Rect, ScreenLost, Size, TileSet};

/// A point: from the left, from the top, in pixels.
type Place = (i32, i32);

/// So far outside of every picture that nothing of it is drawn.
const OUTSIDE: Place = (-1_000_000, -1_000_000);

pub(super) struct Pointer {
    image: CursorImage,
    /// Where it points, from the recorded area's corner.
    pub(super) at: Place,
    /// The recorded area's corner on the desktop; `None` where it is not known.
    pub(super) corner: Option<Place>,
    /// It is over the recorded window, or over the desktop.
    pub(super) inside: bool,
    /// Where it was last drawn.
    pub(super) drawn: Option<Rect>,
    pub(super) new_image: bool,
    pub(super) moved: bool,
}

impl Pointer {
    pub(super) fn new() -> Self {
        Self {
            image: CursorImage::default(),
            at: OUTSIDE,
            corner: None,
            inside: false,
            drawn: None,
            new_image: true,
            moved: true,
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.new_image || self.moved
    }

    /// It moves, and was not in the picture when it was last looked for.
    pub(super) fn moves_outside(&self) -> bool {
        self.moved && !self.new_image && self.drawn.is_none()
    }

    /// It was looked for. Marks what it changes: the tiles under it change together, since it can only be drawn onto pixels
    /// that are fresh.
    pub(super) fn looked(
        &mut self,
        image: Option<GetCursorImageReply>,
        at: (i32, i32),
        size: Size,
        tiles: &mut TileSet,
    ) {
        let redraw = image.is_some() || at != self.at;
        if let Some(image) = image {
            self.image = CursorImage {
                width: u32::from(image.width),
                height: u32::from(image.height),
                hot: (i32::from(image.xhot), i32::from(image.yhot)),
                pixels: image.cursor_image,
            };
        }
        (self.at, self.moved) = (at, false);
        let (x, y) = self.image.corner(at);
        let place = Rect::clipped(x, y, self.image.width, self.image.height, size);
        if redraw {
            let old = self.drawn.take();
            old.into_iter().chain(place).for_each(|r| tiles.add(r));
        } else if let Some(place) = place
            && tiles.touches(place)
        {
            tiles.add(place);
        }
        self.drawn = place;
    }

    /// Draws it into `area`, of which `bgrx` holds whole rows.
    pub(super) fn draw(&self, area: Rect, bgrx: &mut [u8]) {
        self.image.blend(self.image.corner(self.at), area, bgrx);
    }
}

/// Where it is.
pub(super) struct Found {
    /// From the subject's corner.
    pub(super) at: Place,
    /// That corner on the desktop.
    pub(super) corner: Option<Place>,
    /// Clicks go into the subject.
    pub(super) inside: bool,
}

/// A question that is under way.
pub(super) struct Asked<'a> {
    pointer: Cookie<'a, RustConnection, QueryPointerReply>,
    /// Of a window: where its corner is on the desktop.
    corner: Option<Cookie<'a, RustConnection, TranslateCoordinatesReply>>,
}

/// Asks where it is.
pub(super) fn ask<'a>(
    x: &'a RustConnection,
    root: u32,
    subject: &Subject,
) -> Result<Asked<'a>, ScreenLost> {
    let pointer = x.query_pointer(root).map_err(lost)?;
    let corner = match subject {
        Subject::Window(window) if !window.closed => {
            let asked = x.translate_coordinates(window.id, root, 0, 0);
            Some(asked.map_err(lost)?)
        }
        _ => None,
    };
    Ok(Asked { pointer, corner })
}

impl Asked<'_> {
    /// The pointer is not in a window's picture while it is over another window, and clicks there are none of the recorded
    /// window's.
    pub(super) fn answer(self, subject: &Subject) -> Result<Found, ScreenLost> {
        let pointer = self.pointer.reply().map_err(gone)?;
        let corner = match self.corner.map(Cookie::reply) {
            None => None,
            Some(Ok(corner)) => Some((i32::from(corner.dst_x), i32::from(corner.dst_y))),
            Some(Err(ReplyError::ConnectionError(e))) => return Err(lost(e)),
            // The window is gone; the event that says so follows.
            Some(Err(ReplyError::X11Error(_))) => None,
        };
        let (left, top) = match subject {
            Subject::Desktop(view) => view.origin,
            Subject::Window(window) => match corner {
                Some(corner) if pointer.child == window.top() => corner,
                _ => {
                    return Ok(Found {
                        at: OUTSIDE,
                        corner,
                        inside: false,
                    });
                }
            },
        };
        let at = (
            i32::from(pointer.root_x) - left,
            i32::from(pointer.root_y) - top,
        );
        Ok(Found {
            at,
            corner: Some((left, top)),
            inside: true,
        })
    }
}
