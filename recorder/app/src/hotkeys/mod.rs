//! Keys that work while another window has the focus. Where a desktop gives them to no program, the commands are shown that
//! can be bound.

mod x11;

use crate::model::hotkey::Action;
use crate::model::settings::Settings;

/// The keys that are bound now.
pub struct Hotkeys {
    x11: Option<x11::Bound>,
}

impl Hotkeys {
    /// `pressed` is called on a thread of its own.
    pub fn new(wayland: bool, pressed: impl Fn(Action) + Send + Sync + 'static) -> Self {
        let x11 = !wayland && std::env::var_os("DISPLAY").is_some();
        Self {
            x11: x11.then(|| x11::Bound::new(pressed)).flatten(),
        }
    }

    /// Binds what the settings say; `live`: a take runs, and all of them are of use. Returns the keys that somebody else has; `None`:
    /// there are no hotkeys here.
    pub fn bind(&mut self, settings: &Settings, live: bool) -> Option<Vec<String>> {
        Some(self.x11.as_mut()?.bind(settings, live))
    }
}
