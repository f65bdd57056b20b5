//! Keys that work while another window has the focus: of the X server, or of a Wayland desktop that binds them. Where a desktop
//! gives them to no program, the commands are shown that can be bound.

mod portal;
mod x11;

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::hotkey::Action;
use crate::model::settings::Settings;

/// The keys that are bound now.
pub struct Hotkeys {
    x11: Option<x11::Bound>,
    desktop: Option<portal::Desktop>,
}

impl Hotkeys {
    /// `pressed` is called on a thread of its own, and so is `outcome`, with what a Wayland desktop made of the wishes (as [`Self::bind`]
    /// returns it). `program`: the recorder, which speaks to that desktop.
    pub fn new(
        wayland: bool,
        program: PathBuf,
        pressed: impl Fn(Action) + Send + Sync + 'static,
        outcome: impl Fn(Option<Vec<String>>) + Send + Sync + 'static,
    ) -> Self {
        if wayland {
            let desktop = portal::Desktop::new(program, Arc::new(pressed), Arc::new(outcome));
            return Self {
                x11: None,
                desktop: Some(desktop),
            };
        }
        let x11 = std::env::var_os("DISPLAY").is_some();
        Self {
            x11: x11.then(|| x11::Bound::new(pressed)).flatten(),
            desktop: None,
        }
    }

    /// Binds what the settings say; `live`: a take runs, and all of them are of use (a Wayland desktop, which may ask a person, is told of
    /// all at once). Returns the keys that somebody else has; `None`: there are no hotkeys here.
    pub fn bind(&mut self, settings: &Settings, live: bool) -> Option<Vec<String>> {
        if let Some(desktop) = &mut self.desktop {
            return desktop.bind(settings);
        }
        Some(self.x11.as_ref()?.bind(settings, live))
    }
}
