//! What the server tells of changes: to the screen, to places and sizes, to the recorded window, to pointer and keys.

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::shm::ConnectionExt as _;

use super::request::{gone, lost};
use super::shm::Shared;
use super::subject::Subject;
use super::{X11Screen, bytes, pointer, view, window};
use crate::compose::Fit;
use crate::source::{ScreenEvent, ScreenLost, TileSet};

impl X11Screen {
    /// Takes what the server has sent; says whether any of it is a reason to paint.
    pub(super) fn read_events(&mut self) -> Result<bool, ScreenLost> {
        loop {
            self.drain_events()?;
            let told = std::mem::take(&mut self.told);
            if told.reparented
                && let Subject::Window(window) = &mut self.subject
            {
                window.reparented(&self.x)?;
            }
            if !told.changed {
                break;
            }
            self.follow(told.mapped)?;
        }
        Ok(self.damaged || self.pointer.is_due() || !self.tiles.is_empty())
    }

    pub(super) fn drain_events(&mut self) -> Result<(), ScreenLost> {
        while let Some(event) = self.x.poll_for_event().map_err(lost)? {
            match event {
                Event::DamageNotify(_) => self.damaged = true,
                Event::XfixesCursorNotify(_) => self.pointer.new_image = true,
                Event::XinputRawMotion(_) => self.pointer.moved = true,
                Event::XinputRawButtonPress(e) => self.clicked(e.detail)?,
                Event::XinputRawKeyPress(e) => self.shown.key(e.detail, self.clock.now()),
                Event::XinputRawKeyRelease(e) => self.shown.key_released(e.detail),
                Event::MappingNotify(_) => self.shown.keyboard_changed(&self.x).map_err(gone)?,
                Event::RandrScreenChangeNotify(_) => self.told.changed = true,
                Event::ConfigureNotify(e) if e.window == self.root => self.told.changed = true,
                other => self.window_event(&other),
            }
        }
        Ok(())
    }

    /// A button was pressed: asks where the pointer is.
    fn clicked(&mut self, button: u32) -> Result<(), ScreenLost> {
        let now = self.clock.now();
        let asked = pointer::ask(&self.x, self.root, &self.subject)?;
        let found = asked.answer(&self.subject)?;
        if found.inside && !self.drawn.pointer_draws() {
            self.shown.click(button, found.at, now);
        }
        Ok(())
    }

    fn window_event(&mut self, event: &Event) {
        let Subject::Window(window) = &mut self.subject else {
            return;
        };
        let id = match event {
            Event::ConfigureNotify(e) => e.window,
            Event::MapNotify(e) => e.window,
            Event::UnmapNotify(e) => e.window,
            Event::ReparentNotify(e) => e.window,
            Event::DestroyNotify(e) => e.window,
            _ => return,
        };
        if window.closed || !window.is_concerned(id) {
            return;
        }
        match event {
            Event::DestroyNotify(_) if id == window.id => {
                window.closed = true;
                // Programs take a window off the desktop before they close it.
                self.events.retain(|e| *e != ScreenEvent::WindowHidden);
                self.events.push_back(ScreenEvent::WindowClosed);
            }
            Event::ReparentNotify(_) => {
                self.told.reparented = true;
                self.told.changed = true;
            }
            Event::MapNotify(_) => {
                self.told.mapped = true;
                self.told.changed = true;
            }
            _ => {
                self.told.changed = true;
                // Where it is now decides where the pointer is in it.
                self.pointer.moved = true;
            }
        }
    }

    /// Something was changed: records what is to be recorded as it stands now, scaled to the size of the take. `mapped`: the
    /// window was put onto the desktop again.
    fn follow(&mut self, mapped: bool) -> Result<(), ScreenLost> {
        let before = self.subject.size();
        match &mut self.subject {
            Subject::Desktop(view) => match view.refresh(&self.x)? {
                view::Change::None => return Ok(()),
                view::Change::Gone => self.events.push_back(ScreenEvent::DisplayGone),
                view::Change::Moved => {}
            },
            Subject::Window(window) if window.closed => return Ok(()),
            Subject::Window(window) => {
                let renewal = window.renew(&self.x)?;
                // Whether it was closed before the answer; everything else is looked after in the next round.
                self.drain_events()?;
                if !self.accept(renewal, mapped)? {
                    return Ok(());
                }
            }
        }
        if self.subject.size() != before {
            self.resize()?;
        }
        self.pointer.drawn = None;
        self.tiles = TileSet::none(self.subject.size());
        self.tiles.add(self.subject.size().rect());
        Ok(())
    }

    /// Whether there is a new picture of the window.
    fn accept(&mut self, renewal: window::Renewal, mapped: bool) -> Result<bool, ScreenLost> {
        let Subject::Window(window) = &mut self.subject else {
            return Ok(false);
        };
        let was_hidden = window.is_hidden();
        match window.accept(&self.x, renewal, mapped)? {
            window::Change::None => Ok(false),
            window::Change::Hidden => {
                self.events.push_back(ScreenEvent::WindowHidden);
                Ok(false)
            }
            window::Change::Renewed => {
                if was_hidden {
                    self.events.push_back(ScreenEvent::WindowShown);
                }
                Ok(true)
            }
        }
    }

    fn resize(&mut self) -> Result<(), ScreenLost> {
        let (screen, picture) = (self.subject.size(), self.size);
        if bytes(screen.rect()) > self.shared.len() {
            let (shared, fd) =
                Shared::new(bytes(screen.rect())).map_err(|e| ScreenLost(e.to_string()))?;
            let segment = self
                .x
                .generate_id()
                .map_err(|e| ScreenLost(e.to_string()))?;
            self.x.shm_detach(self.segment).map_err(lost)?;
            let attached = self.x.shm_attach_fd(segment, fd, false).map_err(lost)?;
            attached.check().map_err(gone)?;
            (self.shared, self.segment) = (shared, segment);
        }
        // A window that is drawn larger has dozens of sizes a second: only the first one is told.
        let told = matches!(self.subject, Subject::Window(_)) && self.fit.is_some();
        if screen == picture {
            self.events.push_back(ScreenEvent::Unscaled { picture });
        } else if !told {
            self.events
                .push_back(ScreenEvent::Scaled { screen, picture });
        }
        self.fit = (screen != picture).then(|| Fit::new(screen, picture));
        Ok(())
    }
}
