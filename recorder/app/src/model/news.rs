//! What the world tells the app.

use serde::Deserialize;
use serde_json::json;

use super::account::{Account, LoginLine, Step};
use super::act::run;
use super::card::{self, Card};
use super::line::{Line, Phase};
use super::sources::Sources;
use super::take::Take;
use super::takes::Row;
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
            News::Gone { id } => self.gone(id),
            News::NoEngine { id, message } => {
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
            News::Hotkeys(problems) => {
                self.hotkeys_bound = problems.is_some();
                self.hotkey_problems = problems.unwrap_or_default();
            }
        }
        self.settle(&mut effects);
        effects
    }

    fn line(&mut self, id: EngineId, line: &Line, effects: &mut Vec<Effect>) {
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
        self.take.line(line);
        if self.take.phase.is_live() {
            self.start_wanted = false;
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
        self.engine = None;
        self.confirm_cancel = false;
        self.page = Page::Record;
    }

    fn gone(&mut self, id: EngineId) {
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
            // Until the engine says more: nothing of it is to be taken for a take that waits.
            self.take = Take {
                phase: Phase::Recording,
                ..Take::default()
            };
            effects.push(Effect::Attach { id, socket });
        }
    }
}
