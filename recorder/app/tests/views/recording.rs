//! Countdown, bar and card.

use eframe::egui::{Event, PointerButton};
use serde_json::json;

use super::*;

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
fn a_press_that_lasts_for_seconds_is_a_click() {
    let mut bar = live().shown_as_bar();
    let pos = bar.get_by_label("Mute").rect().center();
    let button = |pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    bar.event(Event::PointerMoved(pos));
    bar.event(button(true));
    // A quarter of a second each.
    for _ in 0..12 {
        bar.step();
    }
    bar.event(button(false));
    bar.run();
    assert_eq!(commands(bar.state()).last().unwrap(), "mute");
}

/// What the last command asks for.
fn last(bar: &Harness<'_, Window>) -> serde_json::Value {
    let effects = bar.state().effects.iter().rev();
    let mut commands = effects.filter_map(|e| match e {
        Effect::Send { command, .. } if command["command"] != "preview" => Some(command.clone()),
        _ => None,
    });
    commands.next().unwrap_or_default()
}

#[test]
fn the_face_is_put_into_any_corner_in_three_sizes_by_mouse_and_by_keyboard() {
    let mut bar = live().shown_as_bar();
    assert!(bar.query_by_label("Top right").is_none());
    let low = view::bar_height(&bar.state().model);
    bar.get_by_label("Place the face").click();
    bar.run();
    assert!(view::bar_height(&bar.state().model) > low);
    let lies =
        r#"{"event":"face","media_ms":1,"face":"corner","corner":"bottom_left","size":"medium"}"#;
    let window = live().with(Intent::PlaceFace(true)).told(&[lies]);
    let mut bar = window.shown_as_bar();
    for (name, corner) in [
        ("Top left", "top_left"),
        ("Top right", "top_right"),
        ("Bottom right", "bottom_right"),
    ] {
        bar.get_by_label(name).click();
        bar.run();
        assert_eq!(last(&bar), json!({ "command": "face", "corner": corner }));
    }
    for (name, size) in [("Small", "small"), ("Large", "large")] {
        bar.get_by_label(name).focus();
        bar.run();
        bar.key_press(Key::Space);
        bar.run();
        assert_eq!(last(&bar), json!({ "command": "face", "size": size }));
    }
    bar.get_by_label("Top left").focus();
    bar.run();
    bar.key_press(Key::Space);
    bar.run();
    assert_eq!(
        last(&bar),
        json!({ "command": "face", "corner": "top_left" })
    );
    // Where it lies already nothing is asked for.
    let before = commands(bar.state()).len();
    bar.get_by_label("Bottom left").click();
    bar.get_by_label("Medium").click();
    bar.run();
    assert_eq!(commands(bar.state()).len(), before);
}

#[test]
fn the_face_is_dragged_from_its_corner_into_another() {
    let mut bar = live().with(Intent::PlaceFace(true)).shown_as_bar();
    let from = bar.get_by_label("Bottom left").rect().center();
    let to = bar.get_by_label("Top right").rect().center();
    bar.drag_at(from);
    bar.run();
    bar.hover_at(from.lerp(to, 0.5));
    bar.run();
    bar.drop_at(to);
    bar.run();
    assert_eq!(
        last(&bar),
        json!({ "command": "face", "corner": "top_right" })
    );
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
    let window = live().hear([News::Poster]).told(&[
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
    card.get_by_label("A moment of the recording");
    card.get_by_label("Title").focus();
    card.run();
    card.get_by_label("Title").type_text("Bug in login");
    card.run();
    card.key_press(Key::Enter);
    card.run();
    card.get_by_label("Everyone here").click();
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
fn who_can_watch_is_said_before_the_link_is_copied_and_changed_while_it_counts_down() {
    let asked = r#"{"event":"audience","audience":"link","confirmed":false}"#;
    let counts = r#"{"event":"countdown","seconds_left":3}"#;
    let window = ready().with(Intent::Record).told(&[asked, LINK, counts]);
    let page = window.shown();
    page.get_by_label("The link is ready.");
    page.get_by_label("Who can watch: Anyone with the link");
    let confirmed = r#"{"event":"audience","audience":"link","confirmed":true}"#;
    let window = ready()
        .with(Intent::Record)
        .told(&[asked, LINK, counts, confirmed]);
    let mut page = window.shown();
    page.get_by_label("Only me").click();
    page.run();
    let changed = |e: &Effect| matches!(e, Effect::Run { task: Task::Change(_), args } if args[..] == ["change", "0191-aa", "--json", "--audience", "owner"]);
    assert!(page.state().effects.iter().any(changed));
}

#[test]
fn who_may_watch_is_chosen_before_the_start_and_remembered() {
    let mut page = ready().shown();
    page.get_by_label("Visible to").click();
    page.run();
    page.get_by_label("Only me").click();
    page.run();
    let told = page.state().effects.iter().rev().find_map(|e| match e {
        Effect::Send { command, .. } => command["share"].as_str().map(str::to_owned),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("me"));
    assert!(page.state().effects.contains(&Effect::SaveSettings));
}

#[test]
fn the_tools_of_drawing_are_in_the_bar_while_the_pointer_draws() {
    let draws = r#"{"event":"hello","version":1,"commands":["start","stop","preview","draw"]}"#;
    let mut bar = live().told(&[draws]).shown_as_bar();
    assert!(bar.query_by_label("Arrow").is_none());
    bar.get_by_label("Draw on the screen").click();
    bar.run();
    assert_eq!(commands(bar.state()).last().unwrap(), "draw");
    let on = r#"{"event":"drawing","on":true,"tool":"pen","keep":false}"#;
    let mut bar = live().told(&[draws, on]).shown_as_bar();
    for name in ["Arrow", "Box", "Highlight", "Keep", "Undo", "Clear", "Done"] {
        let before = commands(bar.state()).len();
        bar.get_by_label(name).click();
        bar.run();
        assert_eq!(commands(bar.state()).len(), before + 1, "{name}");
    }
}
