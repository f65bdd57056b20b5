//! What follows from the state, whatever led to it: whether an engine is wanted, and what it is to show.

use serde_json::json;

use super::choice::Picture;
use super::line::Phase;
use super::take::Take;
use super::{Effect, Engine, Model, Page, Preview, Sight};

/// Pictures and levels a second in front of everything else, and behind another window.
const FRONT: u32 = 6;
const BEHIND: u32 = 2;

impl Model {
    pub(super) fn settle(&mut self, effects: &mut Vec<Effect>) {
        let waits = matches!(self.take.phase, Phase::Opening | Phase::Ready);
        match &self.engine {
            None if self.wants_engine() => self.start(effects),
            // A camera is not kept open for a window that nobody looks at. One that was found records: it tells its past first.
            Some(engine) if waits && !engine.found && !self.wants_engine() => {
                effects.push(Effect::Release(engine.id));
                self.engine = None;
                self.take = Take::default();
            }
            _ => {}
        }
        self.ask_for_preview(effects);
    }

    fn wants_engine(&self) -> bool {
        self.looked_around
            && self.is_set_up()
            && self.engine_error.is_none()
            && self.card.is_none()
            && (self.start_wanted
                || self.page == Page::Record && self.sight != Sight::Hidden && !self.desktop_asks())
    }

    /// On Wayland the desktop asks which screen as soon as it is opened: not before a person wants to record.
    pub fn desktop_asks(&self) -> bool {
        self.wayland && self.settings.choice.picture != Picture::Camera
    }

    fn start(&mut self, effects: &mut Vec<Effect>) {
        let id = self.new_id();
        let mut flags = self.settings.choice.flags();
        flags.extend(["--wait", "--control=stdio", "--keep-recording"].map(str::to_owned));
        self.engine = Some(Engine {
            id,
            ..Engine::default()
        });
        self.take = Take::default();
        self.confirm_cancel = false;
        effects.push(Effect::Start { id, flags });
    }

    fn ask_for_preview(&mut self, effects: &mut Vec<Effect>) {
        let live = self.take.phase.is_live();
        let wanted = Preview {
            pictures: !live && self.sight != Sight::Hidden,
            levels: self.sight != Sight::Hidden,
            per_second: if self.sight == Sight::Front {
                FRONT
            } else {
                BEHIND
            },
        };
        let over = matches!(
            self.take.phase,
            Phase::Stopping | Phase::Uploading | Phase::Over
        );
        let Some(engine) = &mut self.engine else {
            return;
        };
        if over || !engine.knows("preview") || engine.preview == Some(wanted) {
            return;
        }
        engine.preview = Some(wanted);
        let command = json!({
            "command": "preview",
            "screen": wanted.pictures,
            "camera": wanted.pictures,
            "levels": wanted.levels,
            "per_second": wanted.per_second,
        });
        self.send(command, effects);
    }
}
