//! What a person may do.

use aside_protocol::layout::{Corner, FaceSize};

use super::account::Step;
use super::card::Last;
use super::choice::{Area, Choice};
use super::drawing::Draw;
use super::hotkey::{self, Action};
use super::line::Face;
use super::settings::{Bar, Theme};
use super::sources::Sources;
use super::trial::Trial;
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
    Pause,
    GoOn,
    TogglePause,
    ToggleMute,
    Face(Face),
    /// The face goes there, and is shown there.
    FaceCorner(Corner),
    FaceSize(FaceSize),
    /// Show where the face lies, or no more.
    PlaceFace(bool),
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

    pub(super) fn obey(&mut self, intent: Intent, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Page(page) => self.open_page(page, effects),
            Intent::Sight(sight) => {
                let seen_again = !self.sight.is_front() && sight.is_front();
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
