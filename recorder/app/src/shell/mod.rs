//! The window and the world around it: news in, drawing, effects out.

mod dim;
mod effects;
mod window;

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::time::Duration;

use eframe::egui::{self, ColorImage, Context, TextureOptions, ThemePreference};
use eframe::{CreationContext, NativeOptions};

use crate::engine::pam::Picture;
use crate::engine::{Engines, Heard, program};
use crate::hotkeys::Hotkeys;
use crate::instance::Listener;
use crate::model::act::Intent;
use crate::model::choice::Picture as Chosen;
use crate::model::hotkey::Action;
use crate::model::line::{Line, Phase, PreviewOf};
use crate::model::message::Button;
use crate::model::news::News;
use crate::model::settings::{Settings, Theme};
use crate::model::trial::Step;
use crate::model::{Effect, Model, words};
use crate::notify::Notifier;
use crate::paths::Paths;
use crate::theme;
use crate::tray::{Asked, Shown, Tray};
use crate::view::{self, Pictures};
use crate::x11::{self, Shot};
use window::Window;

/// How long a toast is shown, in seconds.
const TOAST: f64 = 8.0;
/// What is told several times a second is drawn together with what is told beside it.
const TOGETHER: Duration = Duration::from_millis(60);
/// Messages that wait for the window.
const MAX_WAITING: usize = 4096;

/// What reaches the window from other threads.
enum Message {
    Heard(Heard),
    Hotkey(Action),
    Tray(Asked),
    /// Pressed in a notification.
    Pressed(Button),
    Raise,
    /// Displays came or went.
    Displays,
    /// The desktop, where there is a picture of it.
    Shot(Option<Shot>),
}

impl Message {
    const fn is_told_often(&self) -> bool {
        match self {
            Self::Heard(Heard::Picture(..)) => true,
            Self::Heard(Heard::News(News::Line { line, .. })) => {
                matches!(line, Line::Levels(_) | Line::Health(_))
            }
            _ => false,
        }
    }
}

/// Sends messages and wakes the window.
#[derive(Clone)]
struct Post {
    put: SyncSender<Message>,
    ctx: Context,
}

impl Post {
    fn send(&self, message: Message) {
        let often = message.is_told_often();
        match self.put.try_send(message) {
            // The next picture is as good.
            Ok(()) | Err(TrySendError::Full(Message::Heard(Heard::Picture(..)))) => {}
            Err(TrySendError::Full(message)) => {
                self.ctx.request_repaint();
                let _ = self.put.send(message);
            }
            // The window is gone.
            Err(TrySendError::Disconnected(_)) => return,
        }
        match often {
            true => self.ctx.request_repaint_after(TOGETHER),
            false => self.ctx.request_repaint(),
        }
    }
}

/// Opens the window; returns when it is closed.
pub fn run(paths: Paths, listener: Option<Listener>) -> Result<(), String> {
    let options = NativeOptions {
        viewport: window::builder(),
        // Nothing here fades from one colour into another, and a software renderer computes it for every pixel.
        dithering: false,
        ..NativeOptions::default()
    };
    let create = move |cc: &CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let mut shell = Shell::new(&cc.egui_ctx, paths, listener);
        shell.model.window = window::number(cc);
        Ok(Box::new(shell))
    };
    eframe::run_native("io.github.aside.Aside", options, Box::new(create)).map_err(|error| {
        match error {
            eframe::Error::WinitEventLoop(error) => format!(
                "there is no desktop to open a window on ({error}). The command line goes on working: aside record."
            ),
            error => words::no_opengl(&error.to_string()),
        }
    })
}

struct Shell {
    model: Model,
    engines: Engines,
    hotkeys: Hotkeys,
    tray: Tray,
    notifier: Notifier,
    pictures: Pictures,
    paths: Paths,
    inbox: Receiver<Message>,
    window: Window,
    post: Post,
    dim: dim::Dim,
    /// The toast that is shown, since when, on the clock of the window.
    toast: Option<(u64, f64)>,
    theme: Option<Theme>,
    _listener: Option<Listener>,
}

impl Shell {
    fn new(ctx: &Context, paths: Paths, mut listener: Option<Listener>) -> Self {
        theme::install(ctx);
        theme::fonts::install(ctx);
        let (put, inbox) = mpsc::sync_channel(MAX_WAITING);
        let post = Post {
            put,
            ctx: ctx.clone(),
        };
        let text = fs::read_to_string(&paths.settings);
        let settings = Settings {
            fresh: text.is_err(),
            ..Settings::read(&text.unwrap_or_default())
        };
        let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
        if let Some(listener) = &mut listener {
            let post = post.clone();
            // Without a thread a second start opens a second window.
            let _ = listener.listen(move || post.send(Message::Raise));
        }
        if !wayland {
            let post = post.clone();
            x11::watch(move || post.send(Message::Displays));
        }
        let heard = {
            let post = post.clone();
            Arc::new(move |heard| post.send(Message::Heard(heard)))
        };
        let pressed = {
            let post = post.clone();
            move |action| post.send(Message::Hotkey(action))
        };
        let bound = {
            let post = post.clone();
            move |problems| post.send(Message::Heard(Heard::News(News::Hotkeys(problems))))
        };
        let mut shell = Self {
            model: Model::new(settings, wayland),
            engines: Engines::new(program::find(), paths.scratch.clone(), heard),
            hotkeys: Hotkeys::new(wayland, program::find(), pressed, bound),
            tray: {
                let post = post.clone();
                Tray::new(move |asked| post.send(Message::Tray(asked)))
            },
            notifier: {
                let post = post.clone();
                Notifier::new(move |button| post.send(Message::Pressed(button)))
            },
            post,
            dim: dim::Dim::default(),
            pictures: Pictures::default(),
            paths,
            inbox,
            window: Window::default(),
            toast: None,
            theme: None,
            _listener: listener,
        };
        let effects = shell.model.begin();
        shell.perform(ctx, effects);
        shell
    }

    fn act(&mut self, ctx: &Context, intent: Intent) {
        let effects = self.model.act(intent);
        self.perform(ctx, effects);
    }

    fn hear(&mut self, ctx: &Context, news: News) {
        let effects = self.model.hear(news);
        self.perform(ctx, effects);
    }

    fn receive(&mut self, ctx: &Context, message: Message) {
        match message {
            Message::Heard(Heard::News(news)) => self.hear(ctx, news),
            Message::Heard(Heard::Picture(id, of, picture)) => {
                let player = self.model.trial.as_ref().and_then(|t| t.player);
                if self.model.engine.as_ref().is_some_and(|e| e.id == id) || player == Some(id) {
                    self.picture(ctx, of, &picture);
                }
            }
            Message::Hotkey(action) => self.act(ctx, Intent::Hotkey(action)),
            Message::Raise => self.hear(ctx, News::Raise),
            Message::Displays => self.hear(ctx, News::Displays),
            Message::Shot(shot) => self.shown(ctx, shot.as_ref()),
            Message::Pressed(button) => {
                let effects = self.model.pressed(button);
                self.perform(ctx, effects);
            }
            Message::Tray(Asked::Show) => self.hear(ctx, News::Raise),
            Message::Tray(Asked::StartStop) => self.act(ctx, Intent::Hotkey(Action::StartStop)),
            Message::Tray(Asked::Pause) => self.act(ctx, Intent::Hotkey(Action::Pause)),
            Message::Tray(Asked::Quit) => {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
        }
    }

    fn picture(&mut self, ctx: &Context, of: PreviewOf, picture: &Picture) {
        let poster = self.model.is_live() && self.model.trial.is_none();
        let alone = self.model.settings.choice.picture == Chosen::Camera;
        // One of two seconds after the beginning: what was on its way before, of a countdown as well, is none. The face stands
        // only for a take of it alone.
        if poster && (!self.model.take.wants_poster() || of == PreviewOf::Camera && !alone) {
            return;
        }
        let size = [picture.width, picture.height];
        // Opaque, so that nothing is to be multiplied.
        let image = ColorImage::from_rgba_premultiplied(size, &picture.rgba);
        let place = match of {
            _ if poster => &mut self.pictures.poster,
            PreviewOf::Screen | PreviewOf::Take => &mut self.pictures.screen,
            PreviewOf::Camera => &mut self.pictures.camera,
        };
        match place {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            None => *place = Some(ctx.load_texture("preview", image, TextureOptions::LINEAR)),
        }
        if poster {
            self.hear(ctx, News::Poster);
        }
    }

    /// Pictures of devices that are closed are not shown any more.
    fn forget_pictures(&mut self) {
        let trial = self.model.trial.as_ref();
        let closed = match trial.map(|trial| trial.step) {
            Some(Step::Playing | Step::Judged) => false,
            Some(_) => self.model.engine.is_none(),
            None => self.model.engine.is_none() || self.model.is_live(),
        };
        let played = trial.is_some_and(|trial| trial.player.is_some());
        if self.model.is_live() && !self.model.take.poster {
            self.pictures.poster = None;
        }
        if closed {
            self.pictures = Pictures {
                poster: self.pictures.poster.take(),
                ..Pictures::default()
            };
        } else if played || !self.model.settings.choice.has_camera() {
            self.pictures.camera = None;
        }
    }

    fn dress(&mut self, ctx: &Context) {
        let theme = self.model.settings.theme;
        if self.theme != Some(theme) {
            self.theme = Some(theme);
            ctx.set_theme(match theme {
                Theme::System => ThemePreference::System,
                Theme::Light => ThemePreference::Light,
                Theme::Dark => ThemePreference::Dark,
            });
        }
    }

    fn time_toast(&mut self, ctx: &Context) {
        let Some(number) = self.model.toast.as_ref().map(|t| t.number) else {
            self.toast = None;
            return;
        };
        let now = ctx.input(|input| input.time);
        let since = match self.toast {
            Some((known, since)) if known == number => since,
            _ => now,
        };
        self.toast = Some((number, since));
        let left = since + TOAST - now;
        if left > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        } else {
            self.act(ctx, Intent::ToastOver(number));
        }
    }
}

impl eframe::App for Shell {
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        view::background(visuals, &self.model).to_normalized_gamma_f32()
    }

    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        while let Ok(message) = self.inbox.try_recv() {
            self.receive(ctx, message);
        }
        let sight = self.window.sight(ctx, self.model.take.is_heard());
        // Hidden for a picture of the desktop it is still what the person works with.
        if sight != self.model.sight && self.model.dimmed.is_none() {
            self.act(ctx, Intent::Sight(sight));
        }
        self.time_toast(ctx);
        self.follow_dimmed(ctx);
        self.forget_pictures();
        self.dress(ctx);
        self.window.follow(ctx, &self.model);
        let hidden = self.window.is_out_of_view(ctx, &self.model);
        self.notifier.show(self.model.message(hidden));
        self.tray.show(Shown {
            live: self.model.is_live(),
            paused: self.model.take.phase == Phase::Paused,
        });
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let wishes = view::show(ui, &self.model, &self.pictures);
        self.show_dimmed(&ctx);
        for wish in wishes {
            self.act(&ctx, wish);
            ctx.request_repaint();
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // An engine that waits is not to outlive the window for a moment.
        if let Some(engine) = self.model.engine.take() {
            self.perform_one(None, Effect::Release(engine.id));
        }
    }
}
