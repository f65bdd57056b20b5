//! What can be read and pressed on each page, as a screen reader and a keyboard see it. The harness also fails on a control
//! without a name and on a letter that no font has.

#![expect(
    clippy::unwrap_used,
    reason = "what a helper of a test cannot do fails the test"
)]

mod faults;
mod pages;
mod recording;
mod trial;

use aside_app::model::act::Intent;
use aside_app::model::line::parse;
use aside_app::model::news::{News, Said};
use aside_app::model::settings::Settings;
use aside_app::model::{Effect, Model, Page, Task};
use aside_app::theme;
use aside_app::view::{self, Pictures};
use eframe::egui::{Color32, ColorImage, Key, Modifiers, TextureOptions, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

/// A window whose wishes are done by the model, and what follows is written down.
struct Window {
    model: Model,
    wishes: Vec<Intent>,
    effects: Vec<Effect>,
}

impl Window {
    fn new() -> Self {
        Self {
            model: Model::new(Settings::default(), false),
            wishes: Vec::new(),
            effects: Vec::new(),
        }
    }

    fn hear(mut self, news: impl IntoIterator<Item = News>) -> Self {
        for news in news {
            let effects = self.model.hear(news);
            self.effects.extend(effects);
        }
        self
    }

    /// What the engine tells.
    fn told(self, lines: &[&str]) -> Self {
        let id = self.model.engine.as_ref().map_or(1, |e| e.id);
        let news = lines.iter().map(|line| News::Line {
            id,
            line: parse(line).unwrap(),
        });
        let news: Vec<News> = news.collect();
        self.hear(news)
    }

    fn with(mut self, wish: Intent) -> Self {
        let effects = self.model.act(wish);
        self.effects.extend(effects);
        self
    }

    fn shown(self) -> Harness<'static, Self> {
        self.shown_at([400.0, 640.0], 1.0, Theme::Light)
    }

    fn shown_as_bar(self) -> Harness<'static, Self> {
        let height = view::bar_height(&self.model);
        self.shown_at([view::BAR_WIDTH, height], 1.0, Theme::Dark)
    }

    /// The dimmed desktop, over a picture of it.
    fn shown_dimmed(self, size: [f32; 2]) -> Harness<'static, Self> {
        let mut picture = None;
        let mut harness = Harness::builder()
            .with_size(size)
            .with_max_steps(16)
            .build_ui_state(
                move |ui, window: &mut Self| {
                    theme::install(ui.ctx());
                    let picture = picture.get_or_insert_with(|| {
                        let image = ColorImage::filled([32, 11], Color32::GRAY);
                        ui.ctx()
                            .load_texture("desktop", image, TextureOptions::LINEAR)
                    });
                    for wish in view::dimmed(ui, &window.model, picture) {
                        let effects = window.model.act(wish);
                        window.effects.extend(effects);
                        ui.ctx().request_repaint();
                    }
                },
                self,
            );
        harness.run();
        harness
    }

    fn shown_at(self, size: [f32; 2], scale: f32, look: Theme) -> Harness<'static, Self> {
        let mut pictures = None;
        let mut harness = Harness::builder()
            .with_size(size)
            .with_pixels_per_point(scale)
            .with_theme(look)
            .with_max_steps(16)
            .build_ui_state(
                move |ui, window: &mut Self| {
                    theme::install(ui.ctx());
                    let pictures = pictures.get_or_insert_with(|| Pictures {
                        poster: Some(ui.ctx().load_texture(
                            "poster",
                            ColorImage::filled([32, 18], Color32::GRAY),
                            TextureOptions::LINEAR,
                        )),
                        ..Pictures::default()
                    });
                    let wishes = view::show(ui, &window.model, pictures);
                    for wish in wishes {
                        window.wishes.push(wish.clone());
                        let effects = window.model.act(wish);
                        window.effects.extend(effects);
                        ui.ctx().request_repaint();
                    }
                },
                self,
            );
        harness.run();
        harness
    }
}

fn done(task: Task, out: &str) -> News {
    let said = Said {
        ok: true,
        out: out.to_owned(),
        err: String::new(),
    };
    News::Done { task, said }
}

const HELLO: &str =
    r#"{"event":"hello","version":1,"commands":["start","stop","preview","choose"]}"#;
const READY: &str = r#"{"event":"ready","tracks":["video","audio","camera"]}"#;
const LINK: &str =
    r#"{"event":"link","url":"https://a.example/w/abc","id":"0191-aa","slug":"abc"}"#;
const STARTED: &str = r#"{"event":"started","tracks":["video","audio","camera"]}"#;
const SOURCES: &str = r#"{"screens":[{"index":0,"name":"DP-1","width":1920,"height":1080,"x":0,"y":0,"primary":true},
    {"index":1,"name":"HDMI-1","width":1280,"height":720,"x":1920,"y":0}],
    "windows":[{"id":"0x1","title":"Bug in login","app":"firefox"}],
    "microphones":[{"id":"yeti","name":"Yeti","default":true},{"id":"mon","name":"Monitor","monitor":true}],
    "cameras":[{"id":"/dev/video0","name":"Brio","default":true}],"notes":[]}"#;

fn ready() -> Window {
    Window::new()
        .hear([
            done(
                Task::Account,
                r#"{"server":"https://a.example","signed_in":true}"#,
            ),
            done(Task::Sources, SOURCES),
            done(Task::Running, "[]"),
        ])
        .told(&[HELLO, READY])
}

fn live() -> Window {
    ready().with(Intent::Record).told(&[LINK, STARTED])
}

fn commands(window: &Window) -> Vec<String> {
    let commands = window.effects.iter().filter_map(|e| match e {
        Effect::Send { command, .. } => command["command"].as_str().map(str::to_owned),
        _ => None,
    });
    commands.filter(|c| c != "preview").collect()
}
