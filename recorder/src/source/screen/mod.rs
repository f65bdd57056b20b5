//! Screens: which one, and how it is opened.

#[cfg(feature = "portal")]
mod delivered;
#[cfg(feature = "portal")]
mod outputs;
#[cfg(feature = "portal")]
mod portal;
#[cfg(feature = "portal")]
mod scap;
#[cfg(feature = "portal")]
mod turn;
pub mod x11;

use std::sync::Arc;

use super::synthetic::SyntheticScreen;
use super::{OpenError, PortalWish, Screen, ScreenChoice, ScreenPart};
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
        ScreenChoice::Portal(wish) => portal(*wish, fps, &clock),
        ScreenChoice::Scap => scap(fps, clock),
        // An X11 server on Wayland (Xwayland) shows X11 windows only, so the portal goes first.
        ScreenChoice::Auto if is_wayland() => portal(PortalWish::default(), fps, &clock),
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
fn portal(
    wish: PortalWish,
    fps: u32,
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Screen>, OpenError> {
    Ok(Box::new(portal::PortalScreen::open(wish, fps, clock)?))
}

#[cfg(feature = "portal")]
fn scap(fps: u32, clock: Arc<dyn Clock>) -> Result<Box<dyn Screen>, OpenError> {
    Ok(Box::new(scap::ScapScreen::open(fps, clock)?))
}

#[cfg(not(feature = "portal"))]
fn portal(
    _wish: PortalWish,
    _fps: u32,
    _clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Screen>, OpenError> {
    Err(OpenError::NoPortalSupport)
}

#[cfg(not(feature = "portal"))]
fn scap(_fps: u32, _clock: Arc<dyn Clock>) -> Result<Box<dyn Screen>, OpenError> {
    Err(OpenError::NoPortalSupport)
}
