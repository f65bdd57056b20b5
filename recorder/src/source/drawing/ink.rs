//! Windows that are nothing but ink: one for each colour, which has the shape of what was drawn in it. So the server paints them
//! itself, no compositor is needed to see through the rest, and the pointer goes through them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, Rectangle, StackMode,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::compose::{Ink, Rect, Sheet};
use crate::source::RecordedArea;

#[derive(Default)]
pub(super) struct InkWindows(BTreeMap<Ink, u32>);

impl InkWindows {
    /// Shows these areas of the sheet as they are now.
    pub(super) fn show(
        &mut self,
        x: &RustConnection,
        root: u32,
        place: &RecordedArea,
        sheet: &Sheet,
        areas: &[Rect],
    ) -> Result<(), ReplyOrIdError> {
        for ink in sheet.inks() {
            if let Entry::Vacant(vacant) = self.0.entry(ink) {
                vacant.insert(open(x, root, place, ink)?);
            }
        }
        let gone: Vec<Rectangle> = areas.iter().filter_map(|area| rectangle(*area)).collect();
        for (ink, window) in &self.0 {
            let shown = areas.iter().flat_map(|area| sheet.runs(*ink, *area));
            let shown: Vec<Rectangle> = shown.filter_map(rectangle).collect();
            for (what, rects) in [(shape::SO::SUBTRACT, &gone), (shape::SO::UNION, &shown)] {
                if !rects.is_empty() {
                    let (kind, order) = (shape::SK::BOUNDING, ClipOrdering::UNSORTED);
                    x.shape_rectangles(what, kind, order, *window, 0, 0, rects)?;
                }
            }
        }
        Ok(())
    }

    /// They lie where the recorded part of the desktop lies now.
    pub(super) fn move_to(
        &self,
        x: &RustConnection,
        place: &RecordedArea,
    ) -> Result<(), ReplyOrIdError> {
        for window in self.0.values() {
            x.configure_window(*window, &at(place))?;
        }
        Ok(())
    }

    /// Over all other windows.
    pub(super) fn raise(&self, x: &RustConnection, ink: Ink) -> Result<(), ReplyOrIdError> {
        if let Some(window) = self.0.get(&ink) {
            let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
            x.configure_window(*window, &above)?;
        }
        Ok(())
    }
}

/// A window without a shape: nothing of it is seen and nothing clicked.
fn open(
    x: &RustConnection,
    root: u32,
    place: &RecordedArea,
    ink: Ink,
) -> Result<u32, ReplyOrIdError> {
    let window = x.generate_id()?;
    let [blue, green, red] = ink.bgr().map(u32::from);
    let look = CreateWindowAux::new()
        .background_pixel(red << 16 | green << 8 | blue)
        .border_pixel(0)
        .override_redirect(1);
    let (left, top, width, height) = geometry(place);
    let class = WindowClass::INPUT_OUTPUT;
    x.create_window(
        0, window, root, left, top, width, height, 0, class, 0, &look,
    )?
    .check()?;
    for kind in [shape::SK::BOUNDING, shape::SK::INPUT] {
        let order = ClipOrdering::UNSORTED;
        x.shape_rectangles(shape::SO::SET, kind, order, window, 0, 0, &[])?
            .check()?;
    }
    x.map_window(window)?;
    Ok(window)
}

/// Corner and size on the desktop.
pub(super) fn geometry(place: &RecordedArea) -> (i16, i16, u16, u16) {
    let at = |n: i32| i16::try_from(n).unwrap_or(0);
    let side = |n: u32| u16::try_from(n).unwrap_or(u16::MAX).max(1);
    (
        at(place.x),
        at(place.y),
        side(place.size.width),
        side(place.size.height),
    )
}

pub(super) fn at(place: &RecordedArea) -> ConfigureWindowAux {
    let (left, top, width, height) = geometry(place);
    ConfigureWindowAux::new()
        .x(i32::from(left))
        .y(i32::from(top))
        .width(u32::from(width))
        .height(u32::from(height))
}

/// `None`: it lies where no window reaches.
fn rectangle(rect: Rect) -> Option<Rectangle> {
    Some(Rectangle {
        x: rect.x.try_into().ok()?,
        y: rect.y.try_into().ok()?,
        width: rect.width.try_into().ok()?,
        height: rect.height.try_into().ok()?,
    })
}
