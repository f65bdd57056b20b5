//! The windows of an X11 desktop, as people know them: their programs, titles and sizes (EWMH, ICCCM).

use aside_protocol::limits::MIN_SIDE;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, GetPropertyReply, MapState, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::display::{broken, connect};
use crate::source::{OpenError, WindowInfo};

/// Longest title that is told, in characters.
const MAX_TITLE: usize = 200;
/// Longest property that is read, in units of four bytes.
const MAX_PROPERTY: u32 = 4096;

/// The windows that can be recorded, those in front first. `name`: as in DISPLAY.
pub fn windows(name: Option<&str>) -> Result<Vec<WindowInfo>, OpenError> {
    let (x, number) = connect(name)?;
    list(&x, x.setup().roots[number].root).map_err(broken)
}

type Answer<T> = Result<T, x11rb::errors::ReplyError>;

fn list(x: &RustConnection, root: u32) -> Answer<Vec<WindowInfo>> {
    let front = active(x, root)?;
    let mut found = Vec::new();
    for id in clients(x, root)?.into_iter().rev() {
        // One that closes while the list is made is left out.
        if let Ok(Some(info)) = describe(x, root, id, front == Some(id)) {
            found.push(info);
        }
    }
    Ok(found)
}

fn describe(x: &RustConnection, root: u32, id: u32, active: bool) -> Answer<Option<WindowInfo>> {
    let (attributes, geometry) = (x.get_window_attributes(id)?, x.get_geometry(id)?);
    let (attributes, geometry) = (attributes.reply()?, geometry.reply()?);
    let (width, height) = (u32::from(geometry.width), u32::from(geometry.height));
    let small = width < MIN_SIDE || height < MIN_SIDE;
    if attributes.class != WindowClass::INPUT_OUTPUT || small {
        return Ok(None);
    }
    let place = x.translate_coordinates(id, root, 0, 0)?.reply()?;
    Ok(Some(WindowInfo {
        id: format!("0x{id:x}"),
        title: title(x, id)?,
        app: app(x, id)?,
        width,
        height,
        x: i32::from(place.dst_x),
        y: i32::from(place.dst_y),
        minimised: attributes.map_state != MapState::VIEWABLE,
        active,
    }))
}

/// The windows the window manager knows, those in front last; without one, those directly on the desktop.
fn clients(x: &RustConnection, root: u32) -> Answer<Vec<u32>> {
    // The second is in the order in which they were opened.
    for list in ["_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"] {
        let managed = ids(&property(x, root, list)?);
        if !managed.is_empty() {
            return Ok(managed);
        }
    }
    let mut found = Vec::new();
    for id in x.query_tree(root)?.reply()?.children {
        let Ok(attributes) = x.get_window_attributes(id)?.reply() else {
            continue;
        };
        if attributes.map_state == MapState::VIEWABLE && !attributes.override_redirect {
            found.push(id);
        }
    }
    Ok(found)
}

/// The window in front: as the window manager says, or else the one that gets the keys.
pub(super) fn active(x: &RustConnection, root: u32) -> Answer<Option<u32>> {
    let said = ids(&property(x, root, "_NET_ACTIVE_WINDOW")?);
    if let Some(id) = said.first().filter(|id| **id > 1) {
        return Ok(Some(*id));
    }
    // 0 and 1 stand for nothing and for wherever the pointer is.
    let mut id = x.get_input_focus()?.reply()?.focus;
    while id > 1 && id != root {
        let tree = x.query_tree(id)?.reply()?;
        let is_client = property(x, id, "WM_STATE")?.is_some();
        if tree.parent == root || is_client {
            return Ok(Some(id));
        }
        id = tree.parent;
    }
    Ok(None)
}

/// Its parents from the nearest up to the one that lies on the desktop.
pub(super) fn ancestors(x: &RustConnection, root: u32, id: u32) -> Answer<Vec<u32>> {
    let mut found = Vec::new();
    let mut at = id;
    loop {
        let parent = x.query_tree(at)?.reply()?.parent;
        if parent == root || parent == x11rb::NONE {
            return Ok(found);
        }
        found.push(parent);
        at = parent;
    }
}

/// Whether a compositor keeps every window in a picture of its own.
pub(super) fn is_composited(x: &RustConnection, number: usize) -> Answer<bool> {
    let name = format!("_NET_WM_CM_S{number}");
    let atom = x.intern_atom(false, name.as_bytes())?.reply()?.atom;
    Ok(x.get_selection_owner(atom)?.reply()?.owner != x11rb::NONE)
}

pub(super) fn title(x: &RustConnection, id: u32) -> Answer<String> {
    let (new, old) = (
        property(x, id, "_NET_WM_NAME")?,
        property(x, id, "WM_NAME")?,
    );
    let given = new.filter(|p| !p.value.is_empty()).or(old);
    Ok(given.map_or_else(String::new, |p| clean(&p.value)))
}

/// The class of WM_CLASS, which is two texts, each with a zero behind it.
fn app(x: &RustConnection, id: u32) -> Answer<String> {
    let class = property(x, id, "WM_CLASS")?.map_or_else(Vec::new, |p| p.value);
    let mut names = class.split(|b| *b == 0);
    let (instance, class) = (names.next(), names.next().filter(|n| !n.is_empty()));
    Ok(class.or(instance).map_or_else(String::new, clean))
}

fn property(x: &RustConnection, id: u32, name: &str) -> Answer<Option<GetPropertyReply>> {
    let atom = x.intern_atom(true, name.as_bytes())?.reply()?.atom;
    if atom == x11rb::NONE {
        return Ok(None);
    }
    let reply = x.get_property(false, id, atom, AtomEnum::ANY, 0, MAX_PROPERTY)?;
    Ok(Some(reply.reply()?).filter(|p| p.type_ != x11rb::NONE))
}

fn ids(property: &Option<GetPropertyReply>) -> Vec<u32> {
    let values = property.as_ref().and_then(GetPropertyReply::value32);
    values.map_or_else(Vec::new, Iterator::collect)
}

/// A stranger wrote it: nothing in it may steer a terminal.
fn clean(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TITLE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_steer_a_terminal_and_is_not_endless() {
        assert_eq!(clean(b"Notes\x1b[2J\n\xff"), "Notes [2J \u{fffd}");
        assert_eq!(clean(&vec![b'a'; 5000]).len(), MAX_TITLE);
    }
}
