//! What fails, and what fits badly.

use aside_app::model::pick::Pick;
use eframe::egui::{Event, ImeEvent, MissingGlyphPolicy, PointerButton, Rect, pos2, vec2};

use super::*;

fn card() -> Window {
    live().told(&[
        r#"{"event":"stopping","why":"asked","message":null}"#,
        r#"{"event":"stopped","duration_ms":4000}"#,
    ])
}

/// The engine of the card tells something.
fn card_told(window: Window, text: &str) -> Window {
    let id = window.model.card.as_ref().unwrap().engine;
    let line = parse(text).unwrap();
    window.hear([News::Line { id, line }])
}

#[test]
fn keys_that_another_program_has_are_named_with_what_they_were_for() {
    let taken = vec!["Ctrl+Shift+P (Pause and go on)".to_owned()];
    let window = ready()
        .hear([News::Hotkeys(Some(taken))])
        .with(Intent::Page(Page::Settings));
    let page = window.shown_at([400.0, 1400.0], 1.0, Theme::Light);
    page.get_by_label("Another program has Ctrl+Shift+P (Pause and go on). Choose other keys.");
}

#[test]
fn a_server_that_is_away_full_or_refuses_is_said_in_the_bar_and_the_take_goes_on() {
    let away = r#"{"event":"trouble","message":"the server does not answer","next_try_ms":500,"failures":3}"#;
    let bar = live().told(&[away]).shown_as_bar();
    bar.get_by_label("offline, safe here");
    bar.get_by_label("Stop");
    for (code, message) in [
        (
            "refused",
            "the server is full (507): ask whoever runs it to make room. The recording goes on and stays on this computer",
        ),
        (
            "refused",
            "a proxy in front of a.example refuses requests of 600 kB (413). The recording goes on and stays on this computer",
        ),
        (
            "refused",
            "the server is of an older version that knows no such track. The recording goes on and stays on this computer",
        ),
    ] {
        let closed =
            serde_json::json!({ "event": "upload_closed", "code": code, "message": message });
        let bar = live().told(&[&closed.to_string()]).shown_as_bar();
        bar.get_by_label("upload stopped, safe here");
        bar.get_by_label(&aside_app::model::words::sentence(message));
        bar.get_by_label("Stop");
    }
}

#[test]
fn the_clipboard_is_only_named_when_the_link_is_on_it() {
    let window = ready()
        .with(Intent::Record)
        .told(&[LINK, r#"{"event":"countdown","seconds_left":3}"#]);
    let page = window.shown();
    page.get_by_label("The link is ready.");
    assert!(
        page.query_by_label("The link is on your clipboard.")
            .is_none()
    );
    let card = card().shown();
    card.get_by_label("Link");
    card.get_by_label("https://a.example/w/abc");
}

#[test]
fn japanese_is_composed_into_the_title_and_saved_once_it_is_whole() {
    let uploaded = r#"{"event":"uploaded","url":"https://a.example/w/abc","duration_ms":4000}"#;
    let mut page = card_told(card(), uploaded).shown();
    // This machine may have no font for it; what is composed is what counts.
    page.ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    page.get_by_label("Title").focus();
    page.run();
    for ime in [
        ImeEvent::Preedit {
            text: "かい".to_owned(),
            active_range_chars: None,
        },
        ImeEvent::Preedit {
            text: "会議".to_owned(),
            active_range_chars: None,
        },
        ImeEvent::Commit("会議".to_owned()),
    ] {
        page.event(Event::Ime(ime));
        page.run();
    }
    assert_eq!(page.get_by_label("Title").value().as_deref(), Some("会議"));
    page.key_press(Key::Enter);
    page.run();
    let saved = |e: &Effect| matches!(e, Effect::Run { task: Task::Change(_), args } if args.last().is_some_and(|a| a == "会議"));
    assert!(page.state().effects.iter().any(saved));
}

/// Everything the bar can hold at once.
fn full_bar() -> Window {
    let health = r#"{"event":"health","state":"recording","media_ms":35999000,"frames_dropped":12345,"upload":"behind","behind_ms":3600000,"mic_level_db":-20.0}"#;
    let drawing = r#"{"event":"drawing","on":true,"tool":"highlight","keep":true}"#;
    live()
        .with(Intent::PlaceFace(true))
        .told(&[health, drawing])
}

#[test]
fn nothing_of_the_bar_is_cut_off_whatever_it_says() {
    for scale in [1.0, 1.25, 1.5, 2.0] {
        let window = full_bar();
        let height = view::bar_height(&window.model);
        let bar = window.shown_at([view::BAR_WIDTH, height], scale, Theme::Dark);
        let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(view::BAR_WIDTH, height));
        for name in [
            "Pause",
            "Stop",
            "Set a mark",
            "Draw on the screen",
            "Start over",
            "Cancel the recording",
            "Mute",
            "Face: corner",
            "Place the face",
            "Bottom right",
            "Large",
            "3600 s behind",
            "12345 dropped",
            "Highlight",
            "Undo",
            "Clear",
            "Done",
        ] {
            let rect = bar.get_by_label(name).rect();
            assert!(
                whole.contains_rect(rect),
                "{name} at {scale}: {rect:?} of {whole:?}"
            );
        }
        let level = bar.get_by_label("Level of the microphone").rect();
        for name in ["3600 s behind", "12345 dropped", "Place the face"] {
            let other = bar.get_by_label(name).rect();
            assert!(
                !level.intersects(other),
                "{name} lies over the level at {scale}"
            );
        }
    }
}

#[test]
fn on_a_small_screen_with_huge_fonts_the_record_button_is_whole_and_the_rest_scrolls() {
    // 800 by 680 pixels at twice the size.
    let size = [400.0, 340.0];
    let mut page = ready().shown_at(size, 2.0, Theme::Light);
    let whole = Rect::from_min_size(pos2(0.0, 0.0), size.into());
    let record = page.query_all_by_label("Record").last().unwrap().rect();
    assert!(whole.contains_rect(record), "{record:?}");
    // The focus brings what is below into view.
    page.get_by_label("Take out noise").focus();
    page.run();
    page.run();
    let last = page.get_by_label("Take out noise").rect();
    assert!(whole.contains_rect(last), "{last:?}");
}

#[test]
fn an_area_on_the_dimmed_desktop_follows_drag_keys_and_shift_and_says_its_size() {
    let window = ready().with(Intent::PickArea).hear([News::Shot(true)]);
    assert_eq!(window.model.dimmed.as_ref().unwrap().what, Pick::Area);
    let mut screen = window.shown_dimmed([1600.0, 540.0]);
    screen.get_by_label("Area of the desktop: 1440 × 810");
    screen.key_press(Key::ArrowRight);
    screen.run();
    screen.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    screen.run();
    screen.get_by_label("Area of the desktop: 1440 × 826");
    screen.key_press(Key::Enter);
    screen.run();
    let area = screen.state().effects.iter().rev().find_map(|e| match e {
        Effect::Send { command, .. } => command["area"].as_str().map(str::to_owned),
        _ => None,
    });
    assert_eq!(area.as_deref(), Some("256,135,1440,826"));
}

#[test]
fn a_drag_that_is_over_before_the_next_frame_is_one_all_the_same() {
    let window = ready().with(Intent::PickArea).hear([News::Shot(true)]);
    let mut screen = window.shown_dimmed([1600.0, 540.0]);
    let button = |x, y, pressed| Event::PointerButton {
        pos: pos2(x, y),
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [
        Event::PointerMoved(pos2(100.0, 200.0)),
        button(100.0, 200.0, true),
        Event::PointerMoved(pos2(300.0, 300.0)),
        button(400.0, 350.0, false),
        Event::Key {
            key: Key::ArrowDown,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::SHIFT,
        },
    ] {
        screen.event(event);
    }
    screen.run();
    screen.get_by_label_contains("Area of the desktop: 606 × 318");
}
