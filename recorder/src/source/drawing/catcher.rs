//! A window that is not seen, over the recorded part of the desktop: while the pointer draws it gets its buttons.
//!
//! One window is left out, which is where the tools are: it keeps its clicks, wherever it is moved.

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ClipOrdering, ConfigureWindowAux, ConnectionExt as _,
    CreateWindowAux, EventMask, MapState, Rectangle, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::ink;
use crate::source::RecordedArea;

/// A cross, of the font of pointers that every server has.
const CROSS: u16 = 34;

pub(super) struct Catcher {
    window: u32,
    /// It lies there.
    up: bool,
    left_out: Option<u32>,
}

impl Catcher {
    pub(super) fn open(
        x: &RustConnection,
        root: u32,
        place: &RecordedArea,
    ) -> Result<Self, ReplyOrIdError> {
        let window = x.generate_id()?;
        let events = EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::BUTTON_MOTION;
        let mut look = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(events);
        look.cursor = cross(x);
        let (left, top, width, height) = ink::geometry(place);
        let class = WindowClass::INPUT_ONLY;
        x.create_window(
            0, window, root, left, top, width, height, 0, class, 0, &look,
        )?
        .check()?;
        Ok(Self {
            window,
            up: false,
            left_out: None,
        })
    }

    pub(super) const fn is_up(&self) -> bool {
        self.up
    }

    pub(super) const fn left_out(&self) -> Option<u32> {
        self.left_out
    }

    pub(super) fn show(&mut self, x: &RustConnection, up: bool) -> Result<(), ReplyOrIdError> {
        match up {
            true => x.map_window(self.window)?,
            false => x.unmap_window(self.window)?,
        };
        self.up = up;
        Ok(())
    }

    /// Over all other windows, where it lies there.
    pub(super) fn raise(&self, x: &RustConnection) -> Result<(), ReplyOrIdError> {
        if self.up {
            let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
            x.configure_window(self.window, &above)?;
        }
        Ok(())
    }

    /// Over this part of the desktop; what is left out is to be told again.
    pub(super) fn move_to(
        &self,
        x: &RustConnection,
        place: &RecordedArea,
    ) -> Result<(), ReplyOrIdError> {
        x.configure_window(self.window, &ink::at(place))?;
        Ok(())
    }

    /// The window that is left out was moved, opened or closed.
    pub(super) fn concerns(&self, event: &Event) -> bool {
        let window = match event {
            Event::ConfigureNotify(told) => told.window,
            Event::MapNotify(told) => told.window,
            Event::UnmapNotify(told) => told.window,
            Event::ReparentNotify(told) => told.window,
            Event::DestroyNotify(told) => told.window,
            _ => return false,
        };
        Some(window) == self.left_out
    }

    /// Leaves the clicks into this window to it, where it lies now.
    pub(super) fn leave_out(
        &mut self,
        x: &RustConnection,
        root: u32,
        place: &RecordedArea,
        window: Option<u32>,
    ) -> Result<(), ReplyOrIdError> {
        // Its own is asked for nothing: it would get no buttons any more.
        let window = window.filter(|window| *window != self.window);
        if self.left_out != window {
            let told = [
                (self.left_out, EventMask::NO_EVENT),
                (window, EventMask::STRUCTURE_NOTIFY),
            ];
            for (window, events) in told {
                if let Some(window) = window {
                    let wanted = ChangeWindowAttributesAux::new().event_mask(events);
                    x.change_window_attributes(window, &wanted)?.ignore_error();
                }
            }
            self.left_out = window;
        }
        let (left, top, width, height) = ink::geometry(place);
        let whole = Rectangle {
            x: 0,
            y: 0,
            width,
            height,
        };
        let (kind, order) = (shape::SK::INPUT, ClipOrdering::UNSORTED);
        let set = |what, at: (i16, i16), area: Rectangle| {
            x.shape_rectangles(what, kind, order, self.window, at.0, at.1, &[area])
        };
        set(shape::SO::SET, (0, 0), whole)?;
        if let Some(hole) = window.and_then(|window| where_it_lies(x, root, window)) {
            let at = (left.saturating_neg(), top.saturating_neg());
            set(shape::SO::SUBTRACT, at, hole)?;
        }
        Ok(())
    }
}

/// A window in pixels of the desktop; `None`: it cannot be clicked, or is gone.
fn where_it_lies(x: &RustConnection, root: u32, window: u32) -> Option<Rectangle> {
    let attributes = x.get_window_attributes(window).ok()?.reply().ok()?;
    if attributes.map_state != MapState::VIEWABLE {
        return None;
    }
    let size = x.get_geometry(window).ok()?.reply().ok()?;
    let corner = x.translate_coordinates(window, root, 0, 0).ok()?;
    let corner = corner.reply().ok()?;
    Some(Rectangle {
        x: corner.dst_x,
        y: corner.dst_y,
        width: size.width,
        height: size.height,
    })
}

/// A pointer that says that it draws; none where the server has no such picture.
fn cross(x: &RustConnection) -> Option<u32> {
    let (font, cursor) = (x.generate_id().ok()?, x.generate_id().ok()?);
    x.open_font(font, b"cursor").ok()?.check().ok()?;
    let (black, white) = (0, u16::MAX);
    let (picture, mask) = (CROSS, CROSS + 1);
    let made = x.create_glyph_cursor(
        cursor, font, font, picture, mask, black, black, black, white, white, white,
    );
    made.ok()?.check().ok()?;
    let _ = x.close_font(font);
    Some(cursor)
}
