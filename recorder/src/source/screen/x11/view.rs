//! Which part of the root window is recorded: all of it, an area, or displays wherever they stand now.

use aside_protocol::limits::MIN_SIDE;
use x11rb::connection::Connection as _;
use x11rb::protocol::randr;
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::display;
use super::region::Region;
use super::request::{gone, lost};
use crate::source::{OpenError, Rect, ScreenArea, ScreenInfo, ScreenLost, Size};

pub(super) struct View {
    /// Number of the X screen.
    number: usize,
    root: u32,
    part: Part,
    /// What lies between several displays, in pixels of the view: other displays, or nothing.
    pub(super) gaps: Region,
    /// The upper left corner, in pixels of the root window.
    pub(super) origin: (i32, i32),
    /// Even sides.
    pub(super) size: Size,
    /// Of the root window.
    desktop: (u32, u32),
}

/// What was chosen.
enum Part {
    Whole,
    /// By their names.
    Displays(Vec<String>),
    /// In pixels of the root window.
    Area(Rect),
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
    /// Everything.
    pub(super) fn whole(x: &RustConnection, number: usize) -> Result<Self, OpenError> {
        let (width, height) = desktop_of(x, number);
        let full = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        Self::of(x, number, Part::Whole, full, Region::default())
    }

    /// The smallest rectangle that holds these displays, numbers of [`display::monitors`]; what is not theirs is black.
    pub(super) fn displays(
        x: &RustConnection,
        number: usize,
        wanted: &[usize],
    ) -> Result<Self, OpenError> {
        let list = display::monitors(x, number)?;
        let mut chosen = Vec::new();
        for wanted in wanted {
            let Some(display) = list.get(*wanted) else {
                let names = list
                    .iter()
                    .map(|m| format!("{} {}", m.index, m.name))
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(OpenError::NoSuchDisplay {
                    wanted: *wanted,
                    count: list.len(),
                    list: names,
                });
            };
            chosen.push(display);
        }
        let (full, gaps) = around(&chosen);
        let names = chosen.iter().map(|m| m.name.clone()).collect();
        Self::of(x, number, Part::Displays(names), full, gaps)
    }

    /// What of `area` lies on the desktop.
    pub(super) fn area(
        x: &RustConnection,
        number: usize,
        area: ScreenArea,
    ) -> Result<Self, OpenError> {
        let (width, height) = desktop_of(x, number);
        let desktop = Size { width, height };
        let full = Rect::clipped(area.x, area.y, area.width, area.height, desktop)
            .ok_or(OpenError::AreaOutside { area, desktop })?;
        Self::of(x, number, Part::Area(full), full, Region::default())
    }

    fn of(
        x: &RustConnection,
        number: usize,
        part: Part,
        full: Rect,
        gaps: Region,
    ) -> Result<Self, OpenError> {
        if full.width < MIN_SIDE || full.height < MIN_SIDE {
            return Err(OpenError::TooSmall {
                width: full.width,
                height: full.height,
            });
        }
        Ok(Self {
            number,
            root: x.setup().roots[number].root,
            part,
            gaps,
            origin: corner(full),
            size: Size::even(full.width, full.height),
            desktop: desktop_of(x, number),
        })
    }

    /// Asks the server how it stands now.
    pub(super) fn refresh(&mut self, x: &RustConnection) -> Result<Change, ScreenLost> {
        let root = x.get_geometry(self.root).map_err(lost)?;
        let root = root.reply().map_err(gone)?;
        let desktop = (u32::from(root.width), u32::from(root.height));
        let full = match &self.part {
            Part::Whole => Rect {
                x: 0,
                y: 0,
                width: desktop.0,
                height: desktop.1,
            },
            Part::Area(area) => *area,
            Part::Displays(names) => {
                let list =
                    display::monitors(x, self.number).map_err(|e| ScreenLost(e.to_string()))?;
                let found: Vec<&ScreenInfo> =
                    list.iter().filter(|m| names.contains(&m.name)).collect();
                if found.len() < names.len() {
                    let change = if desktop == self.desktop {
                        Change::None
                    } else {
                        Change::Gone
                    };
                    self.desktop = desktop;
                    return Ok(change);
                }
                let (full, gaps) = around(&found);
                self.gaps = gaps;
                full
            }
        };
        // A screen of a few pixels stands for a moment between two others; the next event brings the real one.
        if full.width < MIN_SIDE || full.height < MIN_SIDE {
            return Ok(Change::None);
        }
        let (origin, size) = (corner(full), Size::even(full.width, full.height));
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

fn desktop_of(x: &RustConnection, number: usize) -> (u32, u32) {
    let screen = &x.setup().roots[number];
    (
        u32::from(screen.width_in_pixels),
        u32::from(screen.height_in_pixels),
    )
}

fn corner(rect: Rect) -> (i32, i32) {
    let signed = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    (signed(rect.x), signed(rect.y))
}

/// The smallest rectangle around displays, in pixels of the root window, and what in it is none of them.
fn around(displays: &[&ScreenInfo]) -> (Rect, Region) {
    let at = |n: i32| u32::try_from(n).unwrap_or(0);
    let place = |m: &&ScreenInfo| Rect {
        x: at(m.x),
        y: at(m.y),
        width: m.width,
        height: m.height,
    };
    let places: Vec<Rect> = displays.iter().map(place).collect();
    let edge = |side: fn(&Rect) -> u32, least: bool| {
        let sides = places.iter().map(side);
        let found = if least { sides.min() } else { sides.max() };
        found.unwrap_or(0)
    };
    let (x, y) = (edge(|r| r.x, true), edge(|r| r.y, true));
    let full = Rect {
        x,
        y,
        width: edge(|r| r.right(), false) - x,
        height: edge(|r| r.bottom(), false) - y,
    };
    let mut gaps = Region::default();
    gaps.add(Rect { x: 0, y: 0, ..full });
    for place in places {
        gaps.subtract(Rect {
            x: place.x - x,
            y: place.y - y,
            ..place
        });
    }
    (full, gaps)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn display(x: i32, y: i32, width: u32, height: u32) -> ScreenInfo {
        ScreenInfo {
            index: 0,
            name: String::new(),
            width,
            height,
            x,
            y,
            primary: false,
        }
    }

    #[test]
    fn what_lies_between_two_displays_is_no_part_of_them() {
        let (left, right) = (display(100, 0, 200, 100), display(500, 50, 100, 200));
        let (full, gaps) = around(&[&right, &left]);
        assert_eq!(
            (full.x, full.y, full.width, full.height),
            (100, 0, 500, 250)
        );
        let area: u32 = gaps.rects().iter().map(|r| r.width * r.height).sum();
        assert_eq!(area, 500 * 250 - 200 * 100 - 100 * 200);
        let (_, gaps) = around(&[&left]);
        assert!(gaps.rects().is_empty());
    }
}
