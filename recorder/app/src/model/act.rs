//! What a person may do.

use serde_json::json;

use super::account::Step;
use super::area;
use super::card::Last;
use super::choice::{Area, Choice, Picture};
use super::drawing::Draw;
use super::hotkey::{self, Action};
use super::line::{Face, Phase};
use super::pick::{Dimmed, Pick};
use super::settings::{Bar, Theme};
use super::sources::Sources;
use super::trial::{Step as TrialStep, Trial};
use super::{Effect, Model, Page, Sight, Task};

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    Page(Page),
    Sight(Sight),

    Server(String),
    SignIn,
    CancelSignIn,
    /// Record without a server for now.
    SkipSignIn,
    /// Go to another server.
    SignOutHere,

    Choose(Choice),
    Refresh,
    TryAgain,
    /// Begin to choose a part of the desktop.
    PickArea,
    /// Begin to point at a window.
    PickWindow,
    /// A window is pointed at, by its id.
    Point(Option<String>),
    Area(Area),
    AreaDone,
    AreaCancel,

    Record,
    /// End the countdown now.
    Skip,
    Stop,
    TogglePause,
    ToggleMute,
    Face(Face),
    Mark,
    Restart,
    /// Draw on the screen.
    Draw(Draw),
    /// Asks for a second word.
    Cancel,
    CancelSurely,
    KeepRecording,

    Title(String),
    SaveTitle,
    Audience(&'static str),
    Copy(String),
    CopyCommand(String),
    Open(String),
    /// Away with the card.
    NewRecording,

    Resume(String),
    /// With the file it is saved as.
    Export(String, String),
    Discard(String),
    DiscardSurely(String),
    KeepTake,
    Restore(String),

    /// Make a test recording.
    Try,
    /// Make it now.
    TryNow,
    /// Play it again.
    TryPlay,
    /// Forget it and make another.
    TryAnother,
    /// Enough of it.
    TryOver,

    Notes(String),
    Theme(Theme),
    Bar(Bar),
    Keys(Action, String),
    Hotkey(Action),
    ToastOver(u64),
}

impl Model {
    /// Does what a person wants.
    pub fn act(&mut self, intent: Intent) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.obey(intent, &mut effects);
        self.settle(&mut effects);
        effects
    }

    fn obey(&mut self, intent: Intent, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Page(page) => self.open_page(page, effects),
            Intent::Sight(sight) => {
                let seen_again = self.sight != Sight::Front && sight == Sight::Front;
                self.sight = sight;
                if seen_again && !self.is_live() {
                    effects.push(run(Task::Sources, &["sources", "--json"]));
                }
            }

            Intent::Server(text) => self.sign_in.server = text,
            Intent::SignIn => {
                let server = self.sign_in.server.trim().to_owned();
                if server.is_empty() {
                    let message =
                        "Enter the address of your server, such as https://aside.example.";
                    self.sign_in.step = Step::Failed(message.to_owned());
                } else {
                    self.sign_in.step = Step::Asking;
                    effects.push(Effect::SignIn { server });
                }
            }
            Intent::CancelSignIn => {
                self.sign_in.step = Step::Idle;
                effects.push(Effect::CancelSignIn);
            }
            Intent::SkipSignIn => {
                self.sign_in.skipped = true;
                self.offer_trial();
            }
            Intent::SignOutHere => {
                let server = match &self.account {
                    super::account::Account::SignedIn { server } => Some(server.clone()),
                    _ => None,
                };
                self.sign_in.server = server.clone().unwrap_or_default();
                self.sign_in.skipped = false;
                self.account = super::account::Account::SignedOut { server };
                self.page = Page::Record;
            }

            Intent::Choose(choice) => self.choose(choice, effects),
            Intent::PickArea => self.pick_area(effects),
            Intent::PickWindow => self.pick_window(effects),
            Intent::Point(window) => {
                if let Some(dimmed) = &mut self.dimmed {
                    dimmed.pointed = window;
                }
            }
            Intent::Area(area) => {
                if let Some((chosen, _)) = &mut self.area {
                    *chosen = area;
                }
            }
            Intent::AreaDone => self.picked(effects),
            Intent::AreaCancel => {
                self.area = None;
                let dimmed = self.dimmed.take().is_some();
                if let (Some(before), false) = (self.before_area.take(), dimmed) {
                    self.choose_picture(before, effects);
                }
            }
            Intent::Refresh => effects.push(run(Task::Sources, &["sources", "--json"])),
            Intent::TryAgain => {
                self.engine_error = None;
                // An engine that could not open anything waits for another choice.
                if self.take.choice_failed.take().is_some() {
                    self.send(self.settings.choice.command(), effects);
                }
            }

            Intent::Try => {
                self.page = Page::Record;
                self.card = None;
                self.trial = Some(Trial::default());
            }
            Intent::TryNow => self.record(effects),
            Intent::TryPlay => self.play_trial(effects),
            Intent::TryAnother => self.again_trial(effects),
            Intent::TryOver => self.end_trial(effects),

            Intent::Notes(text) => {
                self.settings.notes = text;
                effects.push(Effect::SaveSettings);
            }
            Intent::Theme(theme) => {
                self.settings.theme = theme;
                effects.push(Effect::SaveSettings);
            }
            Intent::Bar(bar) => {
                self.settings.bar = bar;
                effects.push(Effect::SaveSettings);
            }
            Intent::Keys(action, keys) => self.bind(action, keys, effects),
            Intent::Hotkey(action) => self.hotkey(action, effects),
            Intent::ToastOver(number) => {
                self.toast.take_if(|t| t.number == number);
            }

            Intent::Title(text) => {
                if let Some(card) = &mut self.card {
                    card.title = text;
                }
            }
            Intent::SaveTitle => {
                let title = self.card.as_ref().and_then(|c| c.new_title());
                if let Some(title) = title.map(str::to_owned) {
                    self.change(&["--title", &title], effects);
                }
            }
            Intent::Audience(word) => self.change(&["--audience", word], effects),
            Intent::Copy(text) => {
                effects.push(Effect::Copy(text));
                self.toast("Link copied.");
            }
            Intent::CopyCommand(text) => {
                effects.push(Effect::Copy(text));
                self.toast("Command copied. Run it in a terminal.");
            }
            Intent::Open(url) => effects.push(Effect::Open(url)),
            Intent::NewRecording => {
                let card = self.card.take();
                self.last = card.and_then(Last::of).or(self.last.take());
            }

            Intent::Resume(id) => self.take_verb(
                Task::Resume(id.clone()),
                &["takes", "resume", &id, "--json", "--patience", "30"],
                &id,
                effects,
            ),
            Intent::Export(id, file) => {
                let task = Task::Export {
                    id: id.clone(),
                    file: file.clone(),
                };
                self.take_verb(task, &["takes", "export", &id, &file], &id, effects);
            }
            Intent::Discard(id) => self.takes.confirm = Some(id),
            Intent::KeepTake => self.takes.confirm = None,
            Intent::DiscardSurely(id) => {
                self.takes.confirm = None;
                self.take_verb(
                    Task::Discard(id.clone()),
                    &["takes", "discard", &id, "--yes"],
                    &id,
                    effects,
                );
            }
            Intent::Restore(id) => {
                self.take_verb(
                    Task::Restore(id.clone()),
                    &["takes", "restore", &id],
                    &id,
                    effects,
                );
            }
            steer => self.steer(&steer, effects),
        }
    }

    /// What is done with the take that runs.
    fn steer(&mut self, intent: &Intent, effects: &mut Vec<Effect>) {
        let phase = self.take.phase;
        let command = match intent {
            Intent::Record => return self.record(effects),
            Intent::Skip if phase == Phase::Countdown => json!({ "command": "start" }),
            Intent::Stop if self.is_live() => json!({ "command": "stop" }),
            Intent::TogglePause if self.is_live() => json!({ "command": "toggle_pause" }),
            Intent::ToggleMute if self.take.muted => json!({ "command": "unmute" }),
            Intent::ToggleMute => json!({ "command": "mute" }),
            Intent::Face(face) => json!({ "command": "face", "face": face.word() }),
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
        self.send(command, effects);
    }

    fn record(&mut self, effects: &mut Vec<Effect>) {
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

    fn choose(&mut self, choice: Choice, effects: &mut Vec<Effect>) {
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

    fn choose_picture(&mut self, picture: Picture, effects: &mut Vec<Effect>) {
        let choice = Choice {
            picture,
            ..self.settings.choice.clone()
        };
        self.choose(choice, effects);
    }

    /// The whole desktop is shown meanwhile.
    fn pick_area(&mut self, effects: &mut Vec<Effect>) {
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

    fn pick_window(&mut self, effects: &mut Vec<Effect>) {
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

    fn picked(&mut self, effects: &mut Vec<Effect>) {
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

    fn open_page(&mut self, page: Page, effects: &mut Vec<Effect>) {
        if self.area.is_some() || self.dimmed.is_some() {
            self.obey(Intent::AreaCancel, effects);
        }
        if self.trial.is_some() {
            self.end_trial(effects);
        }
        self.page = page;
        if page == Page::Takes {
            self.takes.problem = None;
            self.takes.saved = None;
            effects.push(run(Task::Takes, &["takes", "--json"]));
        }
    }

    fn take_verb(&mut self, task: Task, args: &[&str], id: &str, effects: &mut Vec<Effect>) {
        self.takes.problem = None;
        self.takes.saved = None;
        if !self.takes.busy.iter().any(|busy| busy == id) {
            self.takes.busy.push(id.to_owned());
            effects.push(run(task, args));
        }
    }

    /// Changes the recording on the server: the card's, or else the one that runs.
    fn change(&mut self, wish: &[&str], effects: &mut Vec<Effect>) {
        if let (None, Some(engine), Some(id), true) = (
            &self.card,
            &self.engine,
            &self.take.id,
            self.take.audience_confirmed,
        ) {
            let args = [&["change", id.as_str(), "--json"], wish].concat();
            effects.push(run(Task::Change(engine.id), &args));
            return;
        }
        let Some(card) = self.card.as_mut().filter(|card| card.is_on_server()) else {
            return;
        };
        card.problem = None;
        if let Some(id) = card.take.id.clone() {
            let args = [&["change", id.as_str(), "--json"], wish].concat();
            effects.push(run(Task::Change(card.engine), &args));
        }
    }

    fn bind(&mut self, action: Action, keys: String, effects: &mut Vec<Effect>) {
        let known = keys.is_empty() || hotkey::parse(&keys).is_some();
        self.settings.hotkeys.insert(action, keys);
        effects.push(Effect::SaveSettings);
        // Half a word is bound when it is whole.
        if known {
            effects.push(Effect::BindHotkeys);
        }
    }

    fn hotkey(&mut self, action: Action, effects: &mut Vec<Effect>) {
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

    /// The list of what can be recorded is another one.
    pub(super) fn know(&mut self, sources: Sources) {
        self.sources = sources;
    }
}

pub(super) fn run(task: Task, args: &[&str]) -> Effect {
    Effect::Run {
        task,
        args: args.iter().map(|&a| a.to_owned()).collect(),
    }
}
