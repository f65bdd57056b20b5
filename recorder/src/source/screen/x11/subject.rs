//! What is recorded: a part of the desktop, or a window by itself.

use x11rb::connection::Connection as _;
use x11rb::rust_connection::RustConnection;

use super::display::broken;
use super::region::Region;
use super::request::watch_changes;
use super::view::View;
use super::window::Window;
use crate::source::{OpenError, Rect, ScreenPart, Size};

pub(super) enum Subject {
    Desktop(View),
    Window(Box<Window>),
}

impl Subject {
    /// `damage`: will say what of it changes.
    pub(super) fn open(
        x: &RustConnection,
        number: usize,
        part: &ScreenPart,
        damage: u32,
    ) -> Result<Self, OpenError> {
        let subject = match part {
            ScreenPart::Whole => Self::Desktop(View::whole(x, number)?),
            ScreenPart::Displays(wanted) => Self::Desktop(View::displays(x, number, wanted)?),
            ScreenPart::Area(area) => Self::Desktop(View::area(x, number, *area)?),
            ScreenPart::Window(choice) => {
                return Ok(Self::Window(Box::new(Window::open(
                    x, number, *choice, damage,
                )?)));
            }
        };
        watch_changes(x, x.setup().roots[number].root, damage).map_err(broken)?;
        Ok(subject)
    }

    /// As it is now, with even sides.
    pub(super) fn size(&self) -> Size {
        match self {
            Self::Desktop(view) => view.size,
            Self::Window(window) => window.size(),
        }
    }

    /// From what the server reads pixels, and where its corner is in it.
    pub(super) fn drawable(&self, root: u32) -> (u32, (i32, i32)) {
        match self {
            Self::Desktop(view) => (root, view.origin),
            Self::Window(window) => (window.pixmap(), window.origin()),
        }
    }

    /// Where its corner is in the areas that are told as changed.
    pub(super) fn damage_origin(&self) -> (i32, i32) {
        match self {
            Self::Desktop(view) => view.origin,
            Self::Window(_) => (0, 0),
        }
    }

    /// The part of an area that has pixels.
    pub(super) fn inside(&self, area: Rect) -> Option<Rect> {
        match self {
            Self::Desktop(view) => view.inside(area),
            Self::Window(window) => area.intersection(window.size().rect()),
        }
    }

    /// What of it is not shown.
    pub(super) fn veil(&self) -> &Region {
        match self {
            Self::Desktop(view) => &view.gaps,
            Self::Window(window) => &window.undrawn,
        }
    }

    /// So much was drawn anew.
    pub(super) fn drawn(&mut self, rect: Rect) {
        if let Self::Window(window) = self {
            window.undrawn.subtract(rect);
        }
    }
}
