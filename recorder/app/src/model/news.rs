//! What the world tells the app.

use serde::Deserialize;
use serde_json::json;

use super::account::{Account, LoginLine, Step};
use super::act::run;
use super::card::{self, Card};
use super::drawing::Draw;
use super::line::{Line, Phase};
use super::sources::Sources;
use super::take::Take;
use super::takes::Row;
use super::trial::Step as TrialStep;
use super::words;
use super::{Effect, Engine, EngineId, Model, Page, Task};

/// One piece of news.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// An engine tells something.
    Line {
        id: EngineId,
        line: Line,
    },
    /// An engine is gone.
    Gone {
        id: EngineId,
    },
    /// There is no such program, or it cannot be started.
    NoEngine {
        id: EngineId,
        message: String,
    },
    Login(LoginLine),
    /// The sign-in ended; after a success a line said so.
    LoginOver {
        message: String,
    },
    /// A run of `aside` is through.
    Done {
        task: Task,
        said: Said,
    },
    /// Another start of the app: this one is to be seen.
    Raise,
    /// Displays came or went.
    Displays,
    /// There is a picture of the take that runs.
    Poster,
    /// Whether there is a picture of the desktop to choose on.
    Shot(bool),
    /// Keys that somebody else has; `None`: this desktop has no hotkeys for programs.
    Hotkeys(Option<Vec<String>>),
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

#[derive(Debug, Deserialize)]
struct Running {
    state: String,
    socket: Option<String>,
}

impl Model {
    /// Takes news in.
    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        let mut effects = Vec::new();
        match news {
            News::Line { id, line } => self.line(id, &line, &mut effects),
            News::Gone { id } => self.gone(id, &mut effects),
            News::NoEngine { id, message } => {
                if let Some(trial) = self.trial.as_mut().filter(|t| t.player == Some(id)) {
                    trial.player = None;
                    trial.step = TrialStep::Judged;
                    trial.problem = Some(message.clone());
                }
                if self.engine.as_ref().is_some_and(|e| e.id == id) {
                    self.engine = None;
                    self.start_wanted = false;
                    self.engine_error = Some(message);
                }
            }
            News::Login(line) => self.login(line, &mut effects),
            News::LoginOver { message } => {
                if matches!(self.sign_in.step, Step::Asking | Step::Code { .. }) {
                    self.sign_in.step = Step::Failed(words::failed_verb(&message));
                }
            }
            News::Done { task, said } => self.done(task, &said, &mut effects),
            News::Raise => effects.push(Effect::Raise),
            News::Displays => effects.push(run(Task::Sources, &["sources", "--json"])),
            News::Poster => self.take.poster = true,
            News::Shot(true) => {
                if let Some(dimmed) = &mut self.dimmed {
                    dimmed.shown = true;
                    effects.push(run(Task::Sources, &["sources", "--json"]));
                }
            }
            News::Shot(false) => self.not_dimmed(&mut effects),
            News::Hotkeys(problems) => {
                self.hotkeys_bound = problems.is_some();
                self.hotkey_problems = problems.unwrap_or_default();
            }
        }
        self.settle(&mut effects);
        effects
    }

    fn line(&mut self, id: EngineId, line: &Line, effects: &mut Vec<Effect>) {
        if let Some(trial) = self.trial.as_mut().filter(|t| t.player == Some(id)) {
            match line {
                Line::Playing { sound } => trial.audible = Some(*sound),
                Line::Error { message } => trial.problem = Some(words::in_window(message)),
                _ => {}
            }
            return;
        }
        if let Some(card) = self.card.as_mut().filter(|card| card.engine == id) {
            card.take.line(line);
            if let (Line::Uploaded { .. }, Some(recording)) = (line, card.take.id.as_deref()) {
                // Its title may have been typed while the last parts were on their way.
                let mut args = vec!["change", recording, "--json"];
                let title = card.new_title().map(str::to_owned);
                if let Some(title) = &title {
                    args.extend(["--title", title.as_str()]);
                }
                effects.push(run(Task::Change(id), &args));
            }
            return;
        }
        let Some(engine) = self.engine.as_mut().filter(|engine| engine.id == id) else {
            return;
        };
        match line {
            Line::Hello { commands, .. } => {
                engine.commands.clone_from(commands);
                let found = engine.found;
                if !found && self.chosen_since && self.engine_knows("choose") {
                    self.send(self.settings.choice.command(), effects);
                }
                self.chosen_since = false;
                if self.start_wanted {
                    self.send(json!({ "command": "start" }), effects);
                }
            }
            Line::Accepted {
                sources: Some(sources),
                ..
            } => self.know(sources.clone()),
            _ => {}
        }
        let waits = matches!(self.take.phase, Phase::Opening | Phase::Ready);
        let drew = self.take.drawing.on;
        self.take.line(line);
        // Whoever switched it on, the tools are in the bar.
        if let (Some(window), true, false) = (self.window, self.take.drawing.on, drew) {
            self.send(Draw::LeaveOut(window).command(), effects);
        }
        // Before the start there is nothing to judge: a device cannot be opened.
        let of_trial = !(waits && matches!(line, Line::Error { .. }));
        if let Some(trial) = self.trial.as_mut().filter(|_| of_trial) {
            trial.line(line, &self.take);
        }
        if self.take.phase.is_live() {
            self.settings.choice.ask = false;
            self.start_wanted = false;
        }
        if self.trial.is_some() && of_trial {
            // What it says is judged when it is gone.
            return;
        }
        match line {
            // Said by `restart` as well, after which the same engine goes on.
            Line::Stopping { why, .. } if why != "restarted" && why != "cancelled" => {
                self.show_card(id);
            }
            Line::Cancelled { server } => {
                let later = server == "told_later";
                self.engine = None;
                self.take = Take::default();
                self.toast(match later {
                    false => "Cancelled. Nothing is left of it.",
                    true => {
                        "Cancelled. It is deleted here, and on the server as soon as it answers."
                    }
                });
            }
            Line::Error { message } => {
                let begun = self.take.id.is_some();
                if begun {
                    self.show_card(id);
                } else {
                    self.engine = None;
                    self.start_wanted = false;
                    self.engine_error = Some(words::in_window(message));
                }
            }
            Line::Trashed {} => self.toast("The recording so far is in the trash, under “Takes”."),
            Line::Refused {
                command, message, ..
            } if command != "start" && command != "preview" => self.toast(words::sentence(message)),
            _ => {}
        }
    }

    fn engine_knows(&self, command: &str) -> bool {
        self.engine.as_ref().is_some_and(|e| e.knows(command))
    }

    /// The take leaves the bar; its engine goes on until it is uploaded.
    fn show_card(&mut self, id: EngineId) {
        let take = std::mem::take(&mut self.take);
        self.card = Some(Card::new(id, take));
        self.notes = super::notes::Notes::default();
        self.engine = None;
        self.confirm_cancel = false;
        self.face_row = false;
        self.page = Page::Record;
    }

    fn gone(&mut self, id: EngineId, effects: &mut Vec<Effect>) {
        if self.trial_gone(id, effects) {
            return;
        }
        if let Some(card) = self.card.as_mut().filter(|card| card.engine == id) {
            card.take.gone();
            return;
        }
        if self.engine.as_ref().is_none_or(|engine| engine.id != id) {
            return;
        }
        if self.take.id.is_some() {
            self.take.gone();
            self.show_card(id);
        } else {
            self.engine = None;
            self.start_wanted = false;
            self.take = Take::default();
            self.engine_error.get_or_insert_with(|| {
                "The recorder ended unexpectedly. Nothing was being recorded.".to_owned()
            });
        }
    }

    fn login(&mut self, line: LoginLine, effects: &mut Vec<Effect>) {
        match line {
            LoginLine::Code {
                code,
                page,
                page_with_code,
            } => {
                effects.push(Effect::Open(page_with_code.clone()));
                self.sign_in.step = Step::Code {
                    code,
                    page,
                    page_with_code,
                };
            }
            LoginLine::SignedIn { server, person } => {
                self.sign_in.step = Step::Idle;
                self.account = Account::SignedIn { server };
                self.engine_error = None;
                self.offer_trial();
                self.toast(format!("Signed in as {person}."));
            }
            LoginLine::Error { message } => {
                self.sign_in.step = Step::Failed(words::sentence(&message));
            }
            LoginLine::Other => {}
        }
    }

    fn done(&mut self, task: Task, said: &Said, effects: &mut Vec<Effect>) {
        match task {
            Task::Account => match Account::read(&said.out) {
                Some(account) => {
                    if let Account::SignedOut {
                        server: Some(server),
                    } = &account
                    {
                        self.sign_in.server.clone_from(server);
                    }
                    self.account = account;
                    if self.settings.fresh && self.is_set_up() {
                        self.offer_trial();
                    }
                }
                None => {
                    self.account = Account::SignedOut { server: None };
                    self.engine_error = Some(words::failed_verb(&said.err));
                }
            },
            Task::Sources => {
                if let Ok(sources) = serde_json::from_str::<Sources>(&said.out) {
                    self.know(sources);
                }
            }
            Task::Running => self.found(&said.out, effects),
            Task::Takes => match Row::list(&said.out) {
                Some(rows) => self.takes.rows = Some(rows),
                None => self.takes.problem = Some(words::failed_verb(&said.err)),
            },
            Task::Resume(id) | Task::Discard(id) | Task::Restore(id) => {
                self.verb_done(&id, said, effects);
            }
            Task::Export { id, file } => {
                self.verb_done(&id, said, effects);
                if said.ok {
                    self.takes.saved = Some(file);
                }
            }
            Task::Change(id) => self.changed(id, said),
            Task::Doctor => {
                if let Some(trial) = &mut self.trial {
                    trial.examined(&said.out);
                }
            }
        }
    }

    fn verb_done(&mut self, id: &str, said: &Said, effects: &mut Vec<Effect>) {
        self.takes.busy.retain(|busy| busy != id);
        if !said.ok {
            self.takes.problem = Some(words::failed_verb(&said.err));
        }
        effects.push(run(Task::Takes, &["takes", "--json"]));
    }

    fn changed(&mut self, id: EngineId, said: &Said) {
        if self.engine.as_ref().is_some_and(|engine| engine.id == id) {
            return match serde_json::from_str::<card::Said>(&said.out) {
                Ok(now) if said.ok => self.take.audience = Some(now.audience),
                _ => self.toast(words::failed_verb(&said.err)),
            };
        }
        let Some(card) = self.card.as_mut().filter(|card| card.engine == id) else {
            return;
        };
        match serde_json::from_str::<card::Said>(&said.out) {
            Ok(now) if said.ok => {
                // What is being typed stays.
                if card.title.trim() == card.saved_title {
                    card.title.clone_from(&now.title);
                }
                card.saved_title = now.title;
                card.audience = Some(now.audience);
                card.take.url = Some(now.url);
            }
            _ => card.problem = Some(words::failed_verb(&said.err)),
        }
    }

    /// Engines that record already: a window that crashed, or a take from a terminal.
    fn found(&mut self, text: &str, effects: &mut Vec<Effect>) {
        self.looked_around = true;
        let running: Vec<Running> = serde_json::from_str(text).unwrap_or_default();
        let socket = running
            .into_iter()
            .find(|r| matches!(r.state.as_str(), "countdown" | "recording" | "paused"))
            .and_then(|r| r.socket);
        if let (Some(socket), None) = (socket, &self.engine) {
            let id = self.new_id();
            self.engine = Some(Engine {
                id,
                found: true,
                ..Engine::default()
            });
            self.trial = None;
            // Until the engine says more: nothing of it is to be taken for a take that waits.
            self.take = Take {
                phase: Phase::Recording,
                ..Take::default()
            };
            effects.push(Effect::Attach { id, socket });
        }
    }
}
