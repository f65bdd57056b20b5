//! What is seen beside the pictures, and where it stands in the take.

use std::io;
use std::sync::Arc;

use aside_protocol::recording::TrackName;
use aside_protocol::time::MediaTime;
use crossbeam_channel::Sender;

use super::preview::PreviewSlot;
use super::running::Pipeline;
use crate::clock::{Mono, Place};
use crate::source::drawing::{Board, NoOverlay, Overlay};
use crate::source::{DesktopEvent, DesktopWatcher, ShownEffects};

impl Pipeline {
    /// Tells of clicks into the recorded picture, and with `titles` of windows that come to the front, for as long as the watcher
    /// lives. `None`: what is recorded does not say where it lies on the desktop (a Wayland desktop, or no desktop).
    pub fn watch_desktop(
        &self,
        titles: bool,
        out: Sender<DesktopEvent>,
    ) -> Option<io::Result<DesktopWatcher>> {
        let area = self.meters.area().filter(|area| area.get().is_some())?;
        let clock = Arc::clone(&self.clock);
        Some(DesktopWatcher::start(None, area, titles, clock, out))
    }

    /// Where an instant stands in the take; `None` before the first picture and in a pause.
    pub fn place(&self, at: Mono) -> Option<MediaTime> {
        match self.timeline.place(at) {
            Place::Running(place) => Some(place.max(MediaTime::ZERO)),
            Place::Before | Place::Paused(_) => None,
        }
    }

    /// Pictures of the screen and of the camera are left in these slots, while they are wanted there.
    pub fn show_in(&self, screen: &Arc<PreviewSlot>, camera: &Arc<PreviewSlot>) {
        self.meters.show_in(screen, camera);
    }

    /// What is drawn into the pictures of the screen from now on.
    pub fn show_effects(&self, effects: ShownEffects) {
        self.captures.iter().for_each(|c| c.control.show(effects));
    }

    /// Shows the speaker what they draw, over all windows, for as long as the overlay lives. `ended`: is told when they end drawing with the
    /// right button of the pointer. `display`: as in DISPLAY, which is used without one.
    ///
    /// # Errors
    /// Where that is not possible: what is recorded is no part of an X11 desktop, or the server cannot do it.
    pub fn open_overlay(
        &self,
        display: Option<&str>,
        ended: Sender<()>,
    ) -> Result<(Overlay, Arc<Board>), NoOverlay> {
        let none = || NoOverlay::because("what is recorded is no part of an X11 desktop");
        let area = self.meters.area().filter(|area| area.get().is_some());
        let capture = self.captures.iter().find(|c| c.name == TrackName::Video);
        let (area, capture) = (area.ok_or_else(none)?, capture.ok_or_else(none)?);
        let board = Arc::clone(capture.control.board());
        let overlay = Overlay::open(display, area, &board, Arc::clone(&self.clock), ended)?;
        Ok((overlay, board))
    }

    /// A slot is wanted that was not: sources that stand still give the picture they have.
    pub fn wake_previews(&self) {
        self.captures.iter().for_each(|c| c.control.waker().wake());
    }
}
