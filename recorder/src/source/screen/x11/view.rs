//! Which part of the root window is recorded: all of it, or one display wherever it stands now.

use aside_protocol::limits::MIN_SIDE;
use x11rb::connection::Connection as _;
use x11rb::protocol::randr;
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::display;
use super::request::{gone, lost};
use crate::source::{OpenError, Rect, ScreenLost, Size};

pub(super) struct View {
    /// Number of the X screen.
    number: usize,
    root: u32,
    /// Name of the display; `None`: everything.
    display: Option<String>,
    /// The upper left corner, in pixels of the root window.
    pub(super) origin: (i32, i32),
    /// Even sides.
    pub(super) size: Size,
    /// Of the root window.
    desktop: (u32, u32),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// It has another place or size.
    Moved,
    /// The display is not there any more; what lies in its place goes on being recorded.
    Gone,
}

impl View {
    /// `display`: a number of [`display::monitors`].
    pub(super) fn open(
        x: &RustConnection,
        number: usize,
        display: Option<usize>,
    ) -> Result<Self, OpenError> {
        let screen = &x.setup().roots[number];
        let desktop = (
            u32::from(screen.width_in_pixels),
            u32::from(screen.height_in_pixels),
        );
        let (name, origin, full) = match display {
            None => (None, (0, 0), desktop),
            Some(wanted) => {
                let list = display::monitors(x, number)?;
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
                (Some(m.name.clone()), (m.x, m.y), (m.width, m.height))
            }
        };
        if full.0 < MIN_SIDE || full.1 < MIN_SIDE {
            return Err(OpenError::TooSmall {
                width: full.0,
                height: full.1,
            });
        }
        Ok(Self {
            number,
            root: screen.root,
            display: name,
            origin,
            size: Size::even(full.0, full.1),
            desktop,
        })
    }

    /// Asks the server how it stands now.
    pub(super) fn refresh(&mut self, x: &RustConnection) -> Result<Change, ScreenLost> {
        let root = x.get_geometry(self.root).map_err(lost)?;
        let root = root.reply().map_err(gone)?;
        let desktop = (u32::from(root.width), u32::from(root.height));
        let (origin, full) = match &self.display {
            None => ((0, 0), desktop),
            Some(name) => {
                let list =
                    display::monitors(x, self.number).map_err(|e| ScreenLost(e.to_string()))?;
                let Some(m) = list.iter().find(|m| m.name == *name) else {
                    let change = if desktop == self.desktop {
                        Change::None
                    } else {
                        Change::Gone
                    };
                    self.desktop = desktop;
                    return Ok(change);
                };
                ((m.x, m.y), (m.width, m.height))
            }
        };
        // A screen of a few pixels stands for a moment between two others; the next event brings the real one.
        if full.0 < MIN_SIDE || full.1 < MIN_SIDE {
            return Ok(Change::None);
        }
        let size = Size::even(full.0, full.1);
        let same = (origin, size, desktop) == (self.origin, self.size, self.desktop);
        (self.origin, self.size, self.desktop) = (origin, size, desktop);
        Ok(if same { Change::None } else { Change::Moved })
    }

    /// The part of an area of the view that lies on the desktop.
    pub(super) fn inside(&self, area: Rect) -> Option<Rect> {
        let left = |desktop: u32, origin: i32| {
            u32::try_from(i64::from(desktop & !1) - i64::from(origin)).unwrap_or(0) & !1
        };
        let desktop = Size {
            width: left(self.desktop.0, self.origin.0),
            height: left(self.desktop.1, self.origin.1),
        };
        area.intersection(desktop.rect())
    }
}

/// Has the server tell of displays that come, go and move.
pub(super) fn watch_displays(x: &RustConnection, root: u32) -> Result<(), OpenError> {
    use x11rb::connection::RequestConnection as _;
    if matches!(
        x.extension_information(randr::X11_EXTENSION_NAME),
        Ok(Some(_))
    ) {
        randr::query_version(x, 1, 5)
            .map_err(display::broken)?
            .reply()
            .map_err(display::broken)?;
        randr::select_input(x, root, randr::NotifyMask::SCREEN_CHANGE)
            .map_err(display::broken)?
            .check()
            .map_err(display::broken)?;
    }
    Ok(())
}
