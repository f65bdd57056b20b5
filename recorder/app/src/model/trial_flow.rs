//! When the test recording is offered, made, played, and forgotten.

use super::act::run;
use super::line::Phase;
use super::take::{End, Take};
use super::trial::{Step, Trial};
use super::{Effect, EngineId, Model, Page, Task};

impl Model {
    /// Once for a person.
    pub(super) fn offer_trial(&mut self) {
        if !self.settings.tried && self.trial.is_none() && !self.is_live() {
            self.page = Page::Record;
            self.trial = Some(Trial::default());
        }
    }

    /// An engine is gone; whether that is all that follows.
    pub(super) fn trial_gone(&mut self, id: EngineId, effects: &mut Vec<Effect>) -> bool {
        let own = self.engine.as_ref().is_some_and(|engine| engine.id == id);
        let Some(trial) = &mut self.trial else {
            return false;
        };
        if trial.player == Some(id) {
            trial.player = None;
            trial.step = Step::Judged;
            return true;
        }
        // Before the start its end is that of any engine.
        if !own || matches!(self.take.phase, Phase::Opening | Phase::Ready) {
            return false;
        }
        self.engine = None;
        self.start_wanted = false;
        if matches!(self.take.end, Some(End::Cancelled { .. })) {
            self.take = Take::default();
            self.trial = Some(Trial::default());
            return true;
        }
        if self.take.end.is_none() {
            trial.problem = Some("The recorder ended unexpectedly.".to_owned());
        }
        self.take = Take::default();
        effects.push(run(Task::Doctor, &["doctor", "--json"]));
        self.play_trial(effects);
        true
    }

    /// Plays it from the beginning, if there is something to play.
    pub(super) fn play_trial(&mut self, effects: &mut Vec<Effect>) {
        let id = self.new_id();
        let Some(trial) = &mut self.trial else { return };
        if let Some(player) = trial.player.take() {
            effects.push(Effect::Release(player));
        }
        match trial.take.clone() {
            Some(take) => {
                trial.step = Step::Playing;
                trial.player = Some(id);
                effects.push(Effect::Play { id, take });
            }
            None => trial.step = Step::Judged,
        }
    }

    /// Forgets the one that was made and begins anew.
    pub(super) fn again_trial(&mut self, effects: &mut Vec<Effect>) {
        if let Some(player) = self.trial.take().and_then(|trial| trial.player) {
            effects.push(Effect::Release(player));
        }
        self.trial = Some(Trial::default());
    }

    /// It is not offered again by itself, and nothing of it stays.
    pub(super) fn end_trial(&mut self, effects: &mut Vec<Effect>) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        self.settings.tried = true;
        effects.push(Effect::SaveSettings);
        let engine = self.engine.take().map(|engine| engine.id);
        effects.extend(trial.player.into_iter().chain(engine).map(Effect::Release));
        self.take = Take::default();
        effects.push(Effect::ForgetScratch);
    }
}
