//! What a person chooses to record, in the lists and on the dimmed desktop.

use super::area;
use super::choice::{Choice, Picture};
use super::pick::{Dimmed, Pick};
use super::{Effect, Model};

impl Model {
    pub(super) fn choose(&mut self, choice: Choice, effects: &mut Vec<Effect>) {
        if choice == self.settings.choice {
            return;
        }
        self.settings.choice = choice;
        self.engine_error = None;
        self.take.choice_failed = None;
        effects.push(Effect::SaveSettings);
        match &self.engine {
            // It is told the choice when it says hello.
            Some(engine) if engine.commands.is_empty() => self.chosen_since = true,
            Some(engine) if engine.knows("choose") && !self.take.phase.is_live() => {
                self.send(self.settings.choice.command(), effects);
            }
            // An older engine begins anew with the next one.
            Some(engine) if !self.take.phase.is_live() => {
                effects.push(Effect::Release(engine.id));
                self.engine = None;
            }
            _ => {}
        }
    }

    pub(super) fn choose_picture(&mut self, picture: Picture, effects: &mut Vec<Effect>) {
        let choice = Choice {
            picture,
            ..self.settings.choice.clone()
        };
        self.choose(choice, effects);
    }

    /// The whole desktop is shown meanwhile.
    pub(super) fn pick_area(&mut self, effects: &mut Vec<Effect>) {
        let Some(desktop) = area::desktop(&self.sources.screens) else {
            return;
        };
        if self.dimmed.is_some() {
            return;
        }
        let before = self.settings.choice.picture.clone();
        let chosen = match before {
            Picture::Area(chosen) => area::moved(chosen, (0, 0), desktop),
            _ => area::first(desktop, &self.sources.screens),
        };
        self.area = Some((chosen, desktop));
        self.before_area = Some(before);
        if self.wayland {
            self.choose_picture(Picture::Desktop, effects);
        } else {
            self.dimmed = Some(Dimmed::new(Pick::Area));
            effects.push(Effect::Shoot);
        }
    }

    pub(super) fn pick_window(&mut self, effects: &mut Vec<Effect>) {
        if !self.wayland && self.dimmed.is_none() && !self.is_live() {
            self.dimmed = Some(Dimmed::new(Pick::Window));
            effects.push(Effect::Shoot);
        }
    }

    /// There is no picture of the desktop: the area is chosen on the preview, a window in the list.
    pub(super) fn not_dimmed(&mut self, effects: &mut Vec<Effect>) {
        if let Some(dimmed) = self.dimmed.take() {
            match dimmed.what {
                Pick::Area => self.choose_picture(Picture::Desktop, effects),
                Pick::Window => {
                    self.toast(
                        "This desktop gives no picture of itself. Choose the window in the list.",
                    );
                }
            }
        }
    }

    pub(super) fn picked(&mut self, effects: &mut Vec<Effect>) {
        let dimmed = self.dimmed.take();
        let area = self.area.take();
        self.before_area = None;
        match dimmed.map(|d| (d.what, d.pointed)) {
            Some((Pick::Window, Some(id))) => self.choose_picture(Picture::Window(id), effects),
            Some((Pick::Window, None)) => {}
            Some((Pick::Area, _)) | None => {
                if let Some((area, _)) = area {
                    self.choose_picture(Picture::Area(area), effects);
                }
            }
        }
    }
}
