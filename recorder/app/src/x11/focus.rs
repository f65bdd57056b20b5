//! The keyboard for a window that no window manager knows.

use std::thread::sleep;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, InputFocus, MapState};
use x11rb::rust_connection::RustConnection;

/// How often it is looked for, and how long between two looks.
const LOOKS: u32 = 40;
const BETWEEN: Duration = Duration::from_millis(25);

/// Gives the keyboard to the window with this title as soon as it is there. Without it the mouse works.
#[expect(
    clippy::disallowed_methods,
    reason = "no event says that another connection's window can have the keyboard"
)]
pub fn give_keyboard(title: &str) {
    let Ok((x, number)) = x11rb::connect(None) else {
        return;
    };
    let root = x.setup().roots[number].root;
    for _ in 0..LOOKS {
        if give(&x, root, title) == Some(true) {
            return;
        }
        sleep(BETWEEN);
    }
}

/// Whether it has it now; `None`: there is no such window yet.
fn give(x: &RustConnection, root: u32, title: &str) -> Option<bool> {
    let children = x.query_tree(root).ok()?.reply().ok()?.children;
    let named = |id: &u32| {
        let name = x.get_property(false, *id, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64);
        let name = name.ok().and_then(|name| name.reply().ok());
        name.is_some_and(|name| name.value == title.as_bytes())
    };
    let id = children.into_iter().rev().find(named)?;
    let attributes = x.get_window_attributes(id).ok()?.reply().ok()?;
    if attributes.map_state != MapState::VIEWABLE {
        return None;
    }
    x.set_input_focus(InputFocus::PARENT, id, x11rb::CURRENT_TIME)
        .ok()?
        .check()
        .ok()?;
    let focus = x.get_input_focus().ok()?.reply().ok()?.focus;
    Some(focus == id)
}
