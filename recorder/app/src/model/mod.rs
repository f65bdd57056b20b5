//! The app without its window: what it knows, what a person may do, what follows. Pure; nothing here knows egui, a
//! process or a file.

pub mod account;
pub mod act;
pub mod area;
pub mod card;
pub mod choice;
mod choosing;
pub mod drawing;
pub mod hotkey;
pub mod line;
pub mod message;
pub mod news;
pub mod notes;
pub mod pick;
pub mod place;
pub mod settings;
pub mod settle;
pub mod sources;
mod steer;
pub mod take;
pub mod takes;
pub mod trial;
mod trial_flow;
pub mod words;

use account::{Account, SignIn};
use card::{Card, Last};
use choice::{Area, Picture};
use line::Phase;
use settings::Settings;
use sources::Sources;
use take::Take;
use trial::Trial;

/// One engine: a process that was started, or one that was found.
pub type EngineId = u64;

/// What the window shows beside the take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    Record,
    Takes,
    Settings,
}

/// The engine that is prepared or records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Engine {
    pub id: EngineId,
    /// Commands it knows; empty before it said hello.
    pub commands: Vec<String>,
    /// The preview that was asked for.
    pub preview: Option<Preview>,
    /// It was there before this window.
    pub found: bool,
}

impl Engine {
    pub fn knows(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }
}

/// What the engine shows of the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    pub pictures: bool,
    pub levels: bool,
    pub per_second: u32,
}

/// Words that go away by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    /// Rises with every toast, so that the window knows a new one.
    pub number: u64,
}

/// Whether anybody can see the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sight {
    #[default]
    Front,
    /// In front, and nobody has touched it or spoken for a while.
    Idle,
    Behind,
    Hidden,
}

impl Sight {
    /// In front of everything else.
    pub const fn is_front(self) -> bool {
        matches!(self, Self::Front | Self::Idle)
    }
}

/// What the shell does for the model.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start `aside record` with these flags.
    Start {
        id: EngineId,
        flags: Vec<String>,
        /// Into a folder that is deleted afterwards, without a server.
        scratch: bool,
    },
    /// Play the take with this id that was made there.
    Play {
        id: EngineId,
        take: String,
    },
    /// Delete what was made there.
    ForgetScratch,
    /// Take a picture of the desktop without this window on it.
    Shoot,
    /// Follow the engine behind this socket.
    Attach {
        id: EngineId,
        socket: String,
    },
    /// A command for an engine.
    Send {
        id: EngineId,
        command: serde_json::Value,
    },
    /// Let an engine go: one that waits ends.
    Release(EngineId),
    /// Run `aside` with these arguments and tell what it said.
    Run {
        task: Task,
        args: Vec<String>,
    },
    /// Sign in; every line is told.
    SignIn {
        server: String,
    },
    CancelSignIn,
    Copy(String),
    Open(String),
    SaveSettings,
    BindHotkeys,
    /// Bring the window to the front.
    Raise,
}

/// What a run of `aside` was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    Account,
    Sources,
    Running,
    Takes,
    Resume(String),
    Export {
        id: String,
        file: String,
    },
    Discard(String),
    Restore(String),
    /// Title or audience of a recording: of the card's, or of the one that runs.
    Change(EngineId),
    /// What this computer lacks.
    Doctor,
}

/// Everything the window shows.
#[derive(Debug, Default, Clone)]
pub struct Model {
    pub page: Page,
    pub account: Account,
    pub sign_in: SignIn,
    pub settings: Settings,
    pub sources: Sources,
    pub wayland: bool,
    /// This app's window on an X server.
    pub window: Option<u32>,
    pub sight: Sight,
    pub engine: Option<Engine>,
    /// Of the engine.
    pub take: Take,
    /// Why there is no engine.
    pub engine_error: Option<String>,
    /// The recording that was just made.
    pub card: Option<Card>,
    /// The one before.
    pub last: Option<Last>,
    pub confirm_cancel: bool,
    /// The bar shows where the face lies.
    face_row: bool,
    /// The area that is being chosen, and the desktop it lies on.
    pub area: Option<(Area, Area)>,
    /// What was chosen before it.
    before_area: Option<Picture>,
    /// Something is chosen on a dimmed picture of the desktop.
    pub dimmed: Option<pick::Dimmed>,
    /// The test recording of the first run.
    pub trial: Option<Trial>,
    /// How far the speaker notes are scrolled.
    pub notes: notes::Notes,
    pub takes: takes::TakeList,
    pub toast: Option<Toast>,
    /// Keys that somebody else has.
    pub hotkey_problems: Vec<String>,
    /// Hotkeys work while another window has the focus.
    pub hotkeys_bound: bool,
    /// Hotkeys are bound as while a take runs.
    bound_live: bool,
    next_engine: EngineId,
    toasts: u64,
    /// A person wants a take to begin, which has not begun yet.
    start_wanted: bool,
    /// The choice was changed after the engine was started and before it said hello.
    chosen_since: bool,
    /// The engines that were there at the start were asked for.
    looked_around: bool,
}

impl Model {
    pub fn new(settings: Settings, wayland: bool) -> Self {
        Self {
            settings,
            wayland,
            ..Self::default()
        }
    }

    /// What is asked first.
    pub fn begin(&mut self) -> Vec<Effect> {
        let run = |task, args: &[&str]| Effect::Run {
            task,
            args: args.iter().map(|&a| a.to_owned()).collect(),
        };
        vec![
            run(Task::Running, &["status", "--json"]),
            run(Task::Account, &["account", "--json"]),
            run(Task::Sources, &["sources", "--json"]),
            Effect::BindHotkeys,
        ]
    }

    /// A take is being recorded, or is about to be.
    pub fn is_live(&self) -> bool {
        // A take that is stopped is the card's; what still stops here begins anew or is cancelled.
        self.engine.is_some()
            && !matches!(self.take.phase, Phase::Opening | Phase::Ready | Phase::Over)
    }

    /// The window is a bar. It becomes one in the last second of the countdown, so that it is out of the picture when the
    /// first one is taken.
    pub fn shows_bar(&self) -> bool {
        let left = self
            .take
            .countdown
            .unwrap_or(self.settings.choice.countdown);
        self.is_live() && self.trial.is_none() && (self.take.phase != Phase::Countdown || left <= 1)
    }

    /// The bar shows where the face lies in the picture, and how large it is.
    pub fn places_face(&self) -> bool {
        self.face_row && self.take.has_camera
    }

    /// Why nothing can be recorded as it is chosen; what is chosen otherwise is tried again.
    pub fn cannot_open(&self) -> Option<&str> {
        let opening = self.engine.is_some() && self.take.phase == Phase::Opening;
        let failed = self.take.choice_failed.as_deref().filter(|_| opening);
        self.engine_error.as_deref().or(failed)
    }

    /// The person decided where recordings go.
    pub fn is_set_up(&self) -> bool {
        matches!(self.account, Account::SignedIn { .. }) || self.sign_in.skipped
    }

    fn toast(&mut self, text: impl Into<String>) {
        self.toasts += 1;
        self.toast = Some(Toast {
            text: text.into(),
            number: self.toasts,
        });
    }

    fn new_id(&mut self) -> EngineId {
        self.next_engine += 1;
        self.next_engine
    }
}

#[cfg(test)]
mod tests;
