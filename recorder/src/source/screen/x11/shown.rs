//! Clicks and keys that are drawn into the picture, where that is wanted.
//!
//! The server tells them as raw events of XInput 2, also while another program grabs pointer or keyboard.

use std::time::Duration;

use x11rb::errors::ReplyError;
use x11rb::protocol::xinput::{self, ConnectionExt as _, XIEventMask};
use x11rb::rust_connection::RustConnection;

use super::keyboard::Keyboard;
use crate::clock::Mono;
use crate::compose::Effects;
use crate::source::{Rect, ShownEffects, Size};

/// How often what fades is drawn anew.
pub(super) const INTERVAL: Duration = Duration::from_millis(33);

/// What is wanted, and what is seen of it.
#[derive(Default)]
pub(super) struct Shown {
    wanted: ShownEffects,
    effects: Effects,
    keyboard: Keyboard,
}

impl Shown {
    /// Asks the server for what is wanted, and for no more.
    pub(super) fn want(
        &mut self,
        x: &RustConnection,
        root: u32,
        wanted: ShownEffects,
    ) -> Result<(), ReplyError> {
        let mut mask = XIEventMask::RAW_MOTION;
        if wanted.clicks {
            mask |= XIEventMask::RAW_BUTTON_PRESS;
        } else {
            self.effects.clear_clicks();
        }
        if wanted.keys {
            mask |= XIEventMask::RAW_KEY_PRESS | XIEventMask::RAW_KEY_RELEASE;
        } else {
            self.effects.clear_keys();
        }
        let mask = xinput::EventMask {
            deviceid: xinput::Device::ALL_MASTER.into(),
            mask: vec![mask],
        };
        x.xinput_xi_select_events(root, &[mask])?.check()?;
        self.wanted = wanted;
        // What is pressed from here on is told.
        self.keyboard_changed(x)
    }

    /// The keyboard has another layout.
    pub(super) fn keyboard_changed(&mut self, x: &RustConnection) -> Result<(), ReplyError> {
        if self.wanted.keys {
            self.keyboard = Keyboard::read(x)?;
        }
        Ok(())
    }

    /// `at`: in the picture's pixels.
    pub(super) fn click(&mut self, button: u32, at: (i32, i32), now: Mono) {
        // The wheel is four buttons more.
        if self.wanted.clicks && (1..=3).contains(&button) {
            self.effects.click(at, since(now));
        }
    }

    pub(super) fn key(&mut self, code: u32, now: Mono) {
        if self.wanted.keys
            && let Some(name) = self.keyboard.pressed(code)
        {
            self.effects.key(&name, since(now));
        }
    }

    pub(super) fn key_released(&mut self, code: u32) {
        self.keyboard.released(code);
    }

    pub(super) fn is_live(&self) -> bool {
        self.effects.is_live()
    }

    /// What of the subject is to be fetched because something is seen, or was.
    pub(super) fn areas(&mut self, now: Mono, size: Size) -> Vec<Rect> {
        match self.effects.is_live() {
            true => self.effects.areas(since(now), size),
            false => Vec::new(),
        }
    }

    pub(super) fn draw(&self, area: Rect, size: Size, bgrx: &mut [u8]) {
        self.effects.draw(area, size, bgrx);
    }
}

fn since(now: Mono) -> Duration {
    Duration::from_nanos(now.nanos())
}
