//! What follows from the state, whatever led to it: whether an engine is wanted, and what it is to show.

use serde_json::json;

use super::choice::Picture;
use super::line::Phase;
use super::take::Take;
use super::trial::{self, Step as TrialStep};
use super::{Effect, Engine, Model, Page, Preview, Sight};

/// Pictures and levels a second while somebody does something, and while nobody does or another window is in front: each is a
/// drawing of the window.
const FRONT: u32 = 6;
const SELDOM: u32 = 2;
/// Levels a second in the bar.
const BAR: u32 = 3;

impl Model {
    pub(super) fn settle(&mut self, effects: &mut Vec<Effect>) {
        let waits = matches!(self.take.phase, Phase::Opening | Phase::Ready);
        self.bind_for_take(effects);
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
            && self
                .trial
                .as_ref()
                .is_none_or(|trial| matches!(trial.step, TrialStep::Offered | TrialStep::Recording))
            && (self.start_wanted
                || self.page == Page::Record
                    && (self.sight != Sight::Hidden || self.dimmed.is_some())
                    && !self.desktop_asks())
    }

    /// On Wayland the desktop asks which screen as soon as it is opened: not before a person wants to record.
    pub fn desktop_asks(&self) -> bool {
        self.wayland && self.settings.choice.picture != Picture::Camera
    }

    fn start(&mut self, effects: &mut Vec<Effect>) {
        let id = self.new_id();
        let mut flags = self.settings.choice.flags();
        flags.extend(["--wait", "--control=stdio"].map(str::to_owned));
        let scratch = self.trial.is_some();
        if scratch {
            flags.push("--offline".to_owned());
            flags.push(format!("--duration={}", trial::SECONDS));
        } else {
            flags.push("--keep-recording".to_owned());
        }
        self.engine = Some(Engine {
            id,
            ..Engine::default()
        });
        self.take = Take::default();
        self.confirm_cancel = false;
        effects.push(Effect::Start { id, flags, scratch });
    }

    /// Keys that are of use in a take only are not taken from other programs before it.
    fn bind_for_take(&mut self, effects: &mut Vec<Effect>) {
        if self.bound_live != self.is_live() {
            self.bound_live = self.is_live();
            effects.push(Effect::BindHotkeys);
        }
    }

    fn ask_for_preview(&mut self, effects: &mut Vec<Effect>) {
        let live = self.take.phase.is_live();
        let wanted = Preview {
            // The test recording shows itself while it is made.
            pictures: (!live || self.trial.is_some()) && self.sight != Sight::Hidden
                || self.take.wants_poster(),
            levels: self.sight != Sight::Hidden,
            per_second: match self.sight {
                // What is drawn while recording costs the take.
                _ if live => BAR,
                Sight::Front => FRONT,
                Sight::Idle | Sight::Behind | Sight::Hidden => SELDOM,
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
