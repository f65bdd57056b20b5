//! What a person does with a take: begin it, steer it, end it, by the window or by keys.

use serde_json::json;

use super::act::Intent;
use super::card::Last;
use super::drawing::Draw;
use super::hotkey::Action;
use super::line::Phase;
use super::trial::Step as TrialStep;
use super::{Effect, Model, Page};

impl Model {
    /// What is done with the take that runs.
    pub(super) fn steer(&mut self, intent: &Intent, effects: &mut Vec<Effect>) {
        let phase = self.take.phase;
        let command = match intent {
            Intent::Record => return self.record(effects),
            Intent::Skip if phase == Phase::Countdown => json!({ "command": "start" }),
            Intent::Stop if self.is_live() => json!({ "command": "stop" }),
            Intent::Pause if self.is_live() => json!({ "command": "pause" }),
            Intent::GoOn if self.is_live() => json!({ "command": "resume" }),
            Intent::TogglePause if self.is_live() => json!({ "command": "toggle_pause" }),
            Intent::ToggleMute if self.take.muted => json!({ "command": "unmute" }),
            Intent::ToggleMute => json!({ "command": "mute" }),
            Intent::Face(face) => json!({ "command": "face", "face": face.word() }),
            Intent::FaceCorner(corner) => json!({ "command": "face", "corner": corner }),
            Intent::FaceSize(size) => json!({ "command": "face", "size": size }),
            Intent::PlaceFace(shown) => {
                self.face_row = *shown;
                return;
            }
            Intent::Draw(draw) if self.is_live() => {
                if self.engine.as_ref().is_some_and(|e| e.knows("draw")) {
                    draw.command()
                } else {
                    return self.toast("This recorder cannot draw on the screen.");
                }
            }
            Intent::Mark if self.is_live() => json!({ "command": "mark" }),
            Intent::Restart if self.is_live() => json!({ "command": "restart" }),
            Intent::Cancel => {
                self.confirm_cancel = self.is_live();
                return;
            }
            Intent::KeepRecording => {
                self.confirm_cancel = false;
                return;
            }
            Intent::CancelSurely if self.is_live() => {
                self.confirm_cancel = false;
                json!({ "command": "cancel" })
            }
            _ => return,
        };
        if *intent == Intent::Restart {
            self.toast("Starting over. The recording so far is in the trash, under “Takes”.");
        }
        self.take.stop_asked |= *intent == Intent::Stop;
        self.send(command, effects);
    }

    pub(super) fn record(&mut self, effects: &mut Vec<Effect>) {
        if self.is_live() || !self.is_set_up() {
            return;
        }
        if self.area.is_some() || self.dimmed.is_some() {
            self.obey(Intent::AreaDone, effects);
        }
        if let Some(trial) = &self.trial
            && matches!(trial.step, TrialStep::Playing | TrialStep::Judged)
        {
            self.again_trial(effects);
        }
        let card = self.card.take();
        self.last = card.and_then(Last::of).or(self.last.take());
        self.page = Page::Record;
        self.engine_error = None;
        self.start_wanted = true;
        // One that has not said hello yet is told then.
        if self.engine.as_ref().is_some_and(|e| !e.commands.is_empty()) {
            self.send(json!({ "command": "start" }), effects);
        }
    }

    pub(super) fn send(&self, command: serde_json::Value, effects: &mut Vec<Effect>) {
        if let Some(engine) = &self.engine {
            effects.push(Effect::Send {
                id: engine.id,
                command,
            });
        }
    }

    pub(super) fn hotkey(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let intent = match action {
            Action::StartStop if self.is_live() => Intent::Stop,
            Action::StartStop => Intent::Record,
            _ if !self.is_live() => return,
            Action::NotesDown => return self.notes.scroll(1),
            Action::NotesUp => return self.notes.scroll(-1),
            Action::Draw => Intent::Draw(Draw::On(!self.take.drawing.on)),
            Action::Pause => Intent::TogglePause,
            Action::Restart => Intent::Restart,
            Action::Mute => Intent::ToggleMute,
            Action::Face => Intent::Face(self.take.face.next()),
            Action::Mark => Intent::Mark,
        };
        self.steer(&intent, effects);
    }
}
