//! The pages of the window.

use super::*;

#[test]
fn the_first_page_signs_in_by_keyboard_alone() {
    let window = Window::new().hear([
        done(Task::Account, r#"{"server":null,"signed_in":false}"#),
        done(Task::Running, "[]"),
    ]);
    let mut page = window.shown();
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
    // There is no picture of the desktop: it is chosen on the preview.
    let window = ready().with(Intent::PickArea).hear([News::Shot(false)]);
    let mut page = window.shown();
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
