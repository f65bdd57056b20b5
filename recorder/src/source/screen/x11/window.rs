//! One window, whatever lies over it: the server keeps its picture apart from the screen's (XComposite).
//!
//! The picture is a pixmap, and a pixmap is one generation: a window that is mapped again or has another size gets a new one,
//! which has to be asked for by the window's id. An id may belong to somebody else's window by then. It cannot be mistaken: the
//! server tells of the end of the old window before it answers a later question, so an answer counts only when no
//! DestroyNotify came before it. A pixmap that is held stays what it was, also when its window is gone.

use aside_protocol::limits::MIN_SIDE;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ReplyError, ReplyOrIdError};
use x11rb::protocol::composite::{self, ConnectionExt as _};
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, MapState, Screen, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::display::broken;
use super::region::Region;
use super::request::{gone, lost, watch_changes};
use super::windows;
use crate::source::{OpenError, Rect, ScreenLost, Size, WindowChoice};

pub(super) struct Window {
    pub(super) id: u32,
    root: u32,
    held: Held,
    /// From the nearest parent up to the one that lies on the desktop: a parent that is minimised takes the window with it.
    ancestors: Vec<u32>,
    /// A new generation may come with what was on the screen at its place; a compositor keeps that away.
    composited: bool,
    /// What nobody has drawn yet in this generation: it may show other windows, and is not shown.
    pub(super) undrawn: Region,
    pub(super) closed: bool,
    /// It is minimised, or too small to be seen.
    hidden: bool,
}

/// A generation of the picture.
#[derive(Debug, Clone, Copy)]
struct Held {
    pixmap: u32,
    /// Width of the frame that the server draws around the window, which is in the pixmap.
    border: u32,
    size: Size,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Renewed,
    /// The last picture stays.
    Hidden,
}

/// Why there is no new generation.
enum NotHeld {
    Hidden,
    Failed(ReplyError),
}

impl Window {
    pub(super) fn open(
        x: &RustConnection,
        number: usize,
        choice: WindowChoice,
        damage: u32,
    ) -> Result<Self, OpenError> {
        let name = composite::X11_EXTENSION_NAME;
        if !matches!(x.extension_information(name), Ok(Some(_))) {
            return Err(OpenError::NoExtension { name });
        }
        let version = x.composite_query_version(0, 4).map_err(broken)?;
        let version = version.reply().map_err(broken)?;
        if (version.major_version, version.minor_version) < (0, 2) {
            return Err(OpenError::NoExtension {
                name: "Composite 0.2",
            });
        }
        let screen = &x.setup().roots[number];
        let id = match choice {
            WindowChoice::Id(id) => id,
            WindowChoice::Active => windows::active(x, screen.root)
                .map_err(broken)?
                .ok_or(OpenError::NoActiveWindow)?,
        };
        let missing = |_: ReplyError| OpenError::NoSuchWindow(id);
        let told = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        if id == screen.root {
            return Err(OpenError::NoSuchWindow(id));
        }
        // First of all, so that nothing that happens to it is missed from here on.
        x.change_window_attributes(id, &told)
            .map_err(broken)?
            .check()
            .map_err(missing)?;
        let title = windows::title(x, id).map_err(missing)?;
        let attributes = x.get_window_attributes(id).map_err(broken)?;
        let attributes = attributes.reply().map_err(missing)?;
        if attributes.class != WindowClass::INPUT_OUTPUT {
            return Err(OpenError::NoSuchWindow(id));
        }
        pixel_format(screen, attributes.visual)?;
        let hidden = || OpenError::WindowHidden {
            title: title.clone(),
        };
        if attributes.map_state != MapState::VIEWABLE {
            return Err(hidden());
        }
        let geometry = x.get_geometry(id).map_err(broken)?;
        let geometry = geometry.reply().map_err(missing)?;
        let (width, height) = (u32::from(geometry.width), u32::from(geometry.height));
        if width < MIN_SIDE || height < MIN_SIDE {
            return Err(OpenError::TooSmall { width, height });
        }
        // Before its picture is kept apart: what is drawn after that is known to be its own. The server begins with everything.
        watch_changes(x, id, damage).map_err(missing)?;
        x.damage_subtract(damage, x11rb::NONE, x11rb::NONE)
            .map_err(broken)?;
        let composited = windows::is_composited(x, number).map_err(broken)?;
        let ancestors = windows::ancestors(x, screen.root, id).map_err(missing)?;
        let size = Size::even(width, height);
        let undrawn = match composited {
            true => Region::default(),
            false => unseen(x, screen.root, id, &ancestors, size).map_err(broken)?,
        };
        x.composite_redirect_window(id, composite::Redirect::AUTOMATIC)
            .map_err(broken)?
            .check()
            .map_err(broken)?;
        let held = hold(x, id).map_err(|e| match e {
            NotHeld::Hidden => hidden(),
            NotHeld::Failed(e) => broken(e),
        })?;
        let window = Self {
            id,
            root: screen.root,
            held,
            ancestors,
            composited,
            undrawn,
            closed: false,
            hidden: false,
        };
        window.watch_ancestors(x).map_err(broken)?;
        Ok(window)
    }

    /// Even sides.
    pub(super) fn size(&self) -> Size {
        self.held.size
    }

    pub(super) fn pixmap(&self) -> u32 {
        self.held.pixmap
    }

    /// The corner of the window's own picture in the pixmap.
    pub(super) fn origin(&self) -> (i32, i32) {
        let border = i32::try_from(self.held.border).unwrap_or(0);
        (border, border)
    }

    /// The one that lies on the desktop: itself, or what the window manager put around it.
    pub(super) fn top(&self) -> u32 {
        self.ancestors.last().copied().unwrap_or(self.id)
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether what happens to this window may concern it.
    pub(super) fn is_concerned(&self, id: u32) -> bool {
        id == self.id || self.ancestors.contains(&id)
    }

    fn watch_ancestors(&self, x: &RustConnection) -> Result<(), ReplyError> {
        let told = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        for id in &self.ancestors {
            x.change_window_attributes(*id, &told)?.check()?;
        }
        Ok(())
    }

    /// It has another parent: the window manager came, or went.
    pub(super) fn reparented(&mut self, x: &RustConnection) -> Result<(), ScreenLost> {
        let found = windows::ancestors(x, self.root, self.id);
        match found.and_then(|ancestors| {
            self.ancestors = ancestors;
            self.watch_ancestors(x)
        }) {
            Err(ReplyError::ConnectionError(e)) => Err(lost(e)),
            // A window that is gone by now; the event that says so follows.
            Ok(()) | Err(ReplyError::X11Error(_)) => Ok(()),
        }
    }

    /// Asks for the present generation. Counts only with [`Self::accept`].
    pub(super) fn renew(&self, x: &RustConnection) -> Result<Renewal, ScreenLost> {
        match hold(x, self.id) {
            Ok(held) => Ok(Renewal(Some(held))),
            Err(NotHeld::Hidden) => Ok(Renewal(None)),
            Err(NotHeld::Failed(ReplyError::ConnectionError(e))) => Err(lost(e)),
            Err(NotHeld::Failed(e)) => Err(gone(e)),
        }
    }

    /// Every event that came before the answer was looked at. `mapped`: it was mapped anew.
    pub(super) fn accept(
        &mut self,
        x: &RustConnection,
        renewal: Renewal,
        mapped: bool,
    ) -> Result<Change, ScreenLost> {
        let Renewal(new) = renewal;
        if self.closed {
            if let Some(held) = new {
                x.free_pixmap(held.pixmap).map_err(lost)?;
            }
            return Ok(Change::None);
        }
        let Some(held) = new else {
            let was_hidden = std::mem::replace(&mut self.hidden, true);
            return Ok(if was_hidden {
                Change::None
            } else {
                Change::Hidden
            });
        };
        x.free_pixmap(self.held.pixmap).map_err(lost)?;
        let mapped = mapped || self.hidden;
        if !self.composited {
            if !mapped {
                let before = self.held.size.rect();
                let known = std::mem::take(&mut self.undrawn);
                self.undrawn.add(held.size.rect());
                self.undrawn.subtract(before);
                for rect in known.rects() {
                    self.undrawn.add(*rect);
                }
            } else {
                self.undrawn = Region::default();
                self.undrawn.add(held.size.rect());
            }
        }
        (self.held, self.hidden) = (held, false);
        Ok(Change::Renewed)
    }
}

/// A generation that was asked for; `None`: the window has none, it is minimised or too small.
#[derive(Clone, Copy)]
pub(super) struct Renewal(Option<Held>);

fn hold(x: &RustConnection, id: u32) -> Result<Held, NotHeld> {
    let failed = |e: ReplyError| match e {
        // It is not mapped, or not there any more; of the latter there is an event.
        ReplyError::X11Error(_) => NotHeld::Hidden,
        e @ ReplyError::ConnectionError(_) => NotHeld::Failed(e),
    };
    let answer = || -> Result<Option<Held>, ReplyOrIdError> {
        let pixmap = x.generate_id()?;
        let geometry = x.get_geometry(id)?;
        let named = x.composite_name_window_pixmap(id, pixmap)?;
        // Of the pixmap itself: the window may have another size by now.
        let picture = x.get_geometry(pixmap)?;
        let geometry = geometry.reply()?;
        named.check()?;
        let picture = picture.reply()?;
        let border = u32::from(geometry.border_width);
        let inner = |side: u16| u32::from(side).saturating_sub(2 * border);
        let (width, height) = (inner(picture.width), inner(picture.height));
        if width < MIN_SIDE || height < MIN_SIDE {
            x.free_pixmap(pixmap)?;
            return Ok(None);
        }
        Ok(Some(Held {
            pixmap,
            border,
            size: Size::even(width, height),
        }))
    };
    match answer() {
        Ok(Some(held)) => Ok(held),
        Ok(None) => Err(NotHeld::Hidden),
        Err(ReplyOrIdError::X11Error(e)) => Err(failed(ReplyError::X11Error(e))),
        Err(ReplyOrIdError::ConnectionError(e)) => Err(failed(ReplyError::ConnectionError(e))),
        Err(ReplyOrIdError::IdsExhausted) => Err(NotHeld::Hidden),
    }
}

/// What of the window is not on the screen, in pixels of the window: other windows lie over it, or it is outside of the desktop or of a
/// parent. The server has no picture of that part, and begins one with whatever its memory holds.
fn unseen(
    x: &RustConnection,
    root: u32,
    id: u32,
    ancestors: &[u32],
    size: Size,
) -> Result<Region, ReplyError> {
    let top = ancestors.last().copied().unwrap_or(id);
    let place = x.translate_coordinates(id, root, 0, 0)?.reply()?;
    let mut parents = Vec::new();
    for parent in ancestors.iter().chain([&root]) {
        let corner = x.translate_coordinates(*parent, id, 0, 0)?;
        let geometry = x.get_geometry(*parent)?;
        let (corner, geometry) = (corner.reply()?, geometry.reply()?);
        let corner = (i32::from(corner.dst_x), i32::from(corner.dst_y));
        let sides = (u32::from(geometry.width), u32::from(geometry.height));
        parents.push((corner, sides));
    }
    let mut region = Region::outside(size, &parents);
    // From the lowest to the highest.
    let stack = x.query_tree(root)?.reply()?.children;
    for above in stack.into_iter().skip_while(|w| *w != top).skip(1) {
        let (attributes, geometry) = (x.get_window_attributes(above)?, x.get_geometry(above)?);
        let (Ok(attributes), Ok(geometry)) = (attributes.reply(), geometry.reply()) else {
            continue;
        };
        if attributes.map_state != MapState::VIEWABLE
            || attributes.class != WindowClass::INPUT_OUTPUT
        {
            continue;
        }
        let frame = 2 * u32::from(geometry.border_width);
        let rect = Rect::clipped(
            i32::from(geometry.x) - i32::from(place.dst_x),
            i32::from(geometry.y) - i32::from(place.dst_y),
            u32::from(geometry.width) + frame,
            u32::from(geometry.height) + frame,
            size,
        );
        if let Some(rect) = rect {
            region.add(rect);
        }
    }
    Ok(region)
}

/// A window's pixels may differ from the desktop's: those with transparency have 32 bits of depth.
fn pixel_format(screen: &Screen, visual: u32) -> Result<(), OpenError> {
    let mut depths = screen.allowed_depths.iter();
    let found = depths.find_map(|depth| {
        let visual = depth.visuals.iter().find(|v| v.visual_id == visual)?;
        Some((depth.depth, visual.red_mask, visual.blue_mask))
    });
    match found {
        Some((24 | 32, 0x00ff_0000, 0x0000_00ff)) => Ok(()),
        Some((depth, ..)) => Err(OpenError::PixelFormat(format!("a window of depth {depth}"))),
        None => Err(OpenError::PixelFormat("an unknown visual".to_owned())),
    }
}
