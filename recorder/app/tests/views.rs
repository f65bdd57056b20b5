//! What can be read and pressed on each page, as a screen reader and a keyboard see it. The harness also fails on a control
//! without a name and on a letter that no font has.

#![expect(
    clippy::unwrap_used,
    reason = "what a helper of a test cannot do fails the test"
)]

use aside_app::model::act::Intent;
use aside_app::model::line::parse;
use aside_app::model::news::{News, Said};
use aside_app::model::settings::Settings;
use aside_app::model::{Effect, Model, Page, Task};
use aside_app::theme;
use aside_app::view::{self, Pictures};
use eframe::egui::{Key, Modifiers, Theme};
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

    fn shown_at(self, size: [f32; 2], scale: f32, look: Theme) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_pixels_per_point(scale)
            .with_theme(look)
            .with_max_steps(16)
            .build_ui_state(
                |ui, window: &mut Self| {
                    theme::install(ui.ctx());
                    let wishes = view::show(ui, &window.model, &Pictures::default());
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

#[test]
fn the_first_page_signs_in_by_keyboard_alone() {
    let window = Window::new().hear([
        done(Task::Account, r#"{"server":null,"signed_in":false}"#),
        done(Task::Running, "[]"),
    ]);
    let mut page = window.shown();
    page.key_press(Key::Tab);
    page.run();
    let field = page.get_by_label("Address of your server");
    assert!(field.is_focused());
    field.type_text("a.example");
    page.run();
    page.key_press(Key::Enter);
    page.run();
    let server = "a.example".to_owned();
    assert!(page.state().effects.contains(&Effect::SignIn { server }));
    page.get_by_label("Cancel");
}

#[test]
fn the_code_can_be_read_copied_and_opened_again() {
    let line = r#"{"event":"code","code":"ABCD-EFGH","page":"https://a.example/device","page_with_code":"https://a.example/device?c=1"}"#;
    let window = Window::new().hear([
        done(
            Task::Account,
            r#"{"server":"https://a.example","signed_in":false}"#,
        ),
        News::Login(serde_json::from_str(line).unwrap()),
    ]);
    let mut page = window.shown();
    page.get_by_label("ABCD-EFGH");
    page.get_by_label("Copy the address").click();
    page.run();
    let copied = Effect::Copy("https://a.example/device?c=1".to_owned());
    assert!(page.state().effects.contains(&copied));
}

#[test]
fn everything_of_the_main_page_is_reached_by_tab_and_record_starts_the_take() {
    let mut page = ready().shown();
    let controls = [
        "Record",
        "Takes",
        "Settings",
        "Screen",
        "Camera",
        "Microphone",
        "System sound",
        "Take out noise",
    ];
    let mut reached = Vec::new();
    for _ in 0..24 {
        page.key_press(Key::Tab);
        page.run();
        for name in controls {
            if page.query_all_by_label(name).any(|n| n.is_focused()) && !reached.contains(&name) {
                reached.push(name);
            }
        }
    }
    let missed: Vec<_> = controls.iter().filter(|c| !reached.contains(c)).collect();
    assert!(missed.is_empty(), "{missed:?} of {reached:?}");
    let button = page.query_all_by_label("Record").last().unwrap();
    button.focus();
    page.run();
    page.key_press(Key::Enter);
    page.run();
    assert_eq!(commands(page.state()), ["start"]);
}

#[test]
fn another_microphone_is_chosen_from_the_list_and_what_the_computer_plays_is_not_in_it() {
    let mut page = ready().shown();
    page.get_by_label("Microphone").click();
    page.run();
    assert!(page.query_by_label("Monitor").is_none());
    page.get_by_label("Yeti").click();
    page.run();
    assert_eq!(commands(page.state()), ["choose"]);
    assert!(
        page.query_by_label("Yeti").is_none(),
        "the list is closed again"
    );
}

#[test]
fn the_countdown_says_that_the_link_is_on_the_clipboard_and_space_starts_at_once() {
    let window = ready().with(Intent::Record).told(&[
        LINK,
        r#"{"event":"countdown","seconds_left":3}"#,
        r#"{"event":"copied"}"#,
    ]);
    let mut page = window.shown();
    page.get_by_label("3");
    page.get_by_label("The link is on your clipboard.");
    page.key_press(Key::Space);
    page.run();
    assert_eq!(commands(page.state()), ["start", "start"]);
}

#[test]
fn the_bar_steers_the_take_and_tells_the_truth_about_it() {
    let health = r#"{"event":"health","state":"recording","media_ms":42000,"upload":"behind","behind_ms":12000,"mic_level_db":-20.0}"#;
    let mut bar = live().told(&[health]).shown_as_bar();
    bar.get_by_label("0:42");
    bar.get_by_label("12 s behind");
    for (name, command) in [
        ("Pause", "toggle_pause"),
        ("Set a mark", "mark"),
        ("Mute", "mute"),
        ("Face: corner", "face"),
        ("Stop", "stop"),
    ] {
        bar.get_by_label(name).click();
        bar.run();
        assert_eq!(commands(bar.state()).last().unwrap(), command, "{name}");
    }
}

#[test]
fn cancel_is_asked_twice_and_the_bar_makes_room_for_the_question() {
    let mut bar = live().shown_as_bar();
    let low = view::bar_height(&bar.state().model);
    bar.get_by_label("Cancel the recording").click();
    bar.run();
    assert!(view::bar_height(&bar.state().model) > low);
    bar.get_by_label("Go on recording").click();
    bar.run();
    assert_eq!(commands(bar.state()), ["start"]);
}

#[test]
fn a_silent_microphone_is_said_in_words_in_the_bar() {
    let silent = r#"{"event":"alarm","code":"microphone_silent","message":"nothing is heard from the microphone"}"#;
    let bar = live().told(&[silent]).shown_as_bar();
    bar.get_by_label("Nothing is heard from the microphone.");
}

#[test]
fn the_card_names_copies_opens_and_shares_the_recording() {
    let window = live().told(&[
        r#"{"event":"stopping","why":"asked","message":null}"#,
        r#"{"event":"stopped","duration_ms":4000}"#,
    ]);
    // The engine of the card is not the model's any more.
    let id = window.model.card.as_ref().unwrap().engine;
    let uploaded = r#"{"event":"uploaded","url":"https://a.example/w/abc","duration_ms":4000}"#;
    let line = parse(uploaded).unwrap();
    let window = window.hear([
        News::Line { id, line },
        done(
            Task::Change(id),
            r#"{"title":"","audience":"link","url":"https://a.example/w/abc"}"#,
        ),
    ]);
    let mut card = window.shown();
    card.get_by_label_contains("Watchable now");
    card.get_by_label("Title").focus();
    card.run();
    card.get_by_label("Title").type_text("Bug in login");
    card.run();
    card.key_press(Key::Enter);
    card.run();
    card.get_by_label("Members").click();
    card.run();
    card.get_by_label("Open").click();
    card.run();
    let effects = &card.state().effects;
    let changed = |what: &str| {
        effects.iter().any(|e| matches!(e, Effect::Run { task: Task::Change(_), args } if args.iter().any(|a| a == what)))
    };
    assert!(changed("Bug in login") && changed("members"), "{effects:?}");
    assert!(effects.contains(&Effect::Open("https://a.example/w/abc".to_owned())));
}

#[test]
fn takes_are_listed_with_what_can_be_done_and_delete_is_asked_twice() {
    let rows = r#"[{"id":"0191-aa","title":"Demo","state":"interrupted","parts":9,"received":3,"size":1000000,"duration_ms":5000},
                   {"id":"0191-bb","title":"","state":"trashed","parts":1,"size":1,"duration_ms":1}]"#;
    let window = ready()
        .with(Intent::Page(Page::Takes))
        .hear([done(Task::Takes, rows)]);
    let mut page = window.shown();
    page.get_by_label_contains("interrupted, 3 of 9 parts uploaded");
    page.get_by_label("Bring Without a title back from the trash");
    page.get_by_label("Upload Demo now");
    page.get_by_label("Save Demo as MP4");
    page.get_by_label("Delete Demo").click();
    page.run();
    page.get_by_label("Delete for good").click();
    page.run();
    let discarded = |e: &Effect| matches!(e, Effect::Run { args, .. } if args[1..] == ["discard", "0191-aa", "--yes"]);
    assert!(page.state().effects.iter().any(discarded));
}

#[test]
fn settings_show_every_hotkey_and_take_another() {
    let window = ready()
        .hear([News::Hotkeys(Some(vec![]))])
        .with(Intent::Page(Page::Settings));
    let mut page = window.shown_at([400.0, 1200.0], 1.0, Theme::Dark);
    let field = page.get_by_label("Pause and go on");
    assert_eq!(field.value().as_deref(), Some("Ctrl+Shift+P"));
    field.focus();
    page.run();
    page.key_press_modifiers(Modifiers::COMMAND, Key::A);
    page.run();
    page.get_by_label("Pause and go on").type_text("F9");
    page.run();
    assert!(page.state().effects.contains(&Effect::BindHotkeys));
}

#[test]
fn where_the_desktop_has_no_hotkeys_the_commands_to_bind_are_shown() {
    let window = ready()
        .hear([News::Hotkeys(None)])
        .with(Intent::Page(Page::Settings));
    let page = window.shown_at([400.0, 1200.0], 1.0, Theme::Light);
    page.get_by_label("aside pause");
}

#[test]
fn a_missing_recorder_is_said_with_what_to_do() {
    let window = Window::new().hear([
        done(
            Task::Account,
            r#"{"server":"https://a.example","signed_in":true}"#,
        ),
        done(Task::Running, "[]"),
    ]);
    let id = window.model.engine.as_ref().unwrap().id;
    let message = aside_app::model::words::no_engine("aside");
    let mut page = window.hear([News::NoEngine { id, message }]).shown();
    page.get_by_label_contains("was not found");
    page.get_by_label("Try again").click();
    page.run();
    let starts = page
        .state()
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Start { .. }));
    assert_eq!(starts.count(), 2);
}

#[test]
fn every_page_fits_at_larger_scales_and_with_huge_text() {
    let pages: [fn() -> Window; 4] = [
        ready,
        live,
        || ready().with(Intent::Page(Page::Settings)),
        || ready().with(Intent::Page(Page::Takes)),
    ];
    for page in pages {
        for scale in [1.25, 1.5, 2.0] {
            for look in [Theme::Light, Theme::Dark] {
                page().shown_at([400.0, 640.0], scale, look);
            }
        }
    }
}

#[test]
fn an_area_is_chosen_with_the_arrow_keys_and_its_size_is_said() {
    let mut page = ready().with(Intent::PickArea).shown();
    page.get_by_label("1440 × 810 at 240, 135");
    page.get_by_label_contains("Area of the desktop").focus();
    page.run();
    page.key_press(Key::ArrowRight);
    page.run();
    page.get_by_label("1440 × 810 at 256, 135");
    page.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    page.run();
    page.get_by_label("1440 × 826 at 256, 135");
    page.key_press(Key::Enter);
    page.run();
    let area = page.state().effects.iter().rev().find_map(|e| match e {
        Effect::Send { command, .. } => command["area"].as_str().map(str::to_owned),
        _ => None,
    });
    assert_eq!(area.as_deref(), Some("256,135,1440,826"));
    page.get_by_label("Screen");
}
