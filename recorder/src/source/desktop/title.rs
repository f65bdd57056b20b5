//! The title of the window in front, as window managers tell it (EWMH: `_NET_ACTIVE_WINDOW`, `_NET_WM_NAME`).

use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropertyNotifyEvent,
    Window,
};
use x11rb::rust_connection::RustConnection;

/// Most of a title that is read, in four bytes.
const MAX_LENGTH: u32 = 256;

/// Follows the window in front.
pub(super) struct FrontWindow {
    root: Window,
    active: Atom,
    name: Atom,
    utf8: Atom,
    window: Window,
    title: String,
}

impl FrontWindow {
    pub(super) fn watch(x: &RustConnection, root: Window) -> Result<Self, ReplyError> {
        let atom = |name: &[u8]| Ok::<_, ReplyError>(x.intern_atom(false, name)?.reply()?.atom);
        let this = Self {
            root,
            active: atom(b"_NET_ACTIVE_WINDOW")?,
            name: atom(b"_NET_WM_NAME")?,
            utf8: atom(b"UTF8_STRING")?,
            window: x11rb::NONE,
            title: String::new(),
        };
        this.listen(x, root)?;
        Ok(this)
    }

    /// The title, if it is another one than before.
    pub(super) fn changed(
        &mut self,
        x: &RustConnection,
        event: Option<&PropertyNotifyEvent>,
    ) -> Option<String> {
        let ours = |e: &PropertyNotifyEvent| {
            (e.window == self.root && e.atom == self.active)
                || (e.window == self.window && e.atom == self.name)
        };
        if event.is_some_and(|e| !ours(e)) {
            return None;
        }
        // A window that is gone by now has no title; the next event says what is in front then.
        let title = self.read(x).ok()??;
        let title = title.trim().to_owned();
        if title == self.title || title.is_empty() {
            return None;
        }
        self.title.clone_from(&title);
        Some(title)
    }

    fn read(&mut self, x: &RustConnection) -> Result<Option<String>, ReplyError> {
        let active = x
            .get_property(false, self.root, self.active, AtomEnum::WINDOW, 0, 1)?
            .reply()?;
        let Some(window) = active
            .value32()
            .and_then(|mut v| v.next())
            .filter(|w| *w != x11rb::NONE)
        else {
            return Ok(None);
        };
        if window != self.window {
            self.window = window;
            self.listen(x, window)?;
        }
        let name = x
            .get_property(false, window, self.name, self.utf8, 0, MAX_LENGTH)?
            .reply()?;
        Ok(Some(String::from_utf8_lossy(&name.value).into_owned()))
    }

    fn listen(&self, x: &RustConnection, window: Window) -> Result<(), ReplyError> {
        let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        x.change_window_attributes(window, &mask)?.check()
    }
}
