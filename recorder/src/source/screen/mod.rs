//! Screens: which one, and how it is opened.

#[cfg(feature = "portal")]
mod portal;
pub mod x11;

use std::sync::Arc;

use super::synthetic::SyntheticScreen;
use super::{OpenError, Screen, ScreenChoice, ScreenPart};
use crate::clock::{Clock, Mono};

/// Opens the chosen screen on the calling thread. `begin`: zero of the synthetic one.
pub fn open(
    choice: &ScreenChoice,
    fps: u32,
    clock: Arc<dyn Clock>,
    begin: Mono,
) -> Result<Box<dyn Screen>, OpenError> {
    match choice {
        ScreenChoice::Synthetic => Ok(Box::new(SyntheticScreen::new(fps, clock, begin))),
        ScreenChoice::Part(_) if is_wayland() => Err(OpenError::NotOnWayland),
        ScreenChoice::Part(part) | ScreenChoice::X11(part) => {
            Ok(Box::new(x11::X11Screen::open(None, part, clock)?))
        }
        ScreenChoice::Portal => portal(fps, clock),
        // An X11 server on Wayland (Xwayland) shows X11 windows only, so the portal goes first.
        ScreenChoice::Auto if is_wayland() => portal(fps, clock),
        ScreenChoice::Auto if is_x11() => Ok(Box::new(x11::X11Screen::open(
            None,
            &ScreenPart::Whole,
            clock,
        )?)),
        ScreenChoice::Auto => Err(OpenError::NoDesktop),
    }
}

pub(super) fn is_wayland() -> bool {
    set("WAYLAND_DISPLAY")
}

fn is_x11() -> bool {
    set("DISPLAY")
}

fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|v| !v.is_empty())
}

#[cfg(feature = "portal")]
fn portal(fps: u32, clock: Arc<dyn Clock>) -> Result<Box<dyn Screen>, OpenError> {
    Ok(Box::new(portal::PortalScreen::open(fps, clock)?))
}

#[cfg(not(feature = "portal"))]
fn portal(_fps: u32, _clock: Arc<dyn Clock>) -> Result<Box<dyn Screen>, OpenError> {
    Err(OpenError::NoPortalSupport)
}
