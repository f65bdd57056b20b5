//! What fails, and what is found.

use super::*;

#[test]
fn an_engine_that_dies_in_the_middle_leaves_a_card_that_says_what_is_safe() {
    let (mut model, id) = live();
    model.hear(News::Gone { id });
    let card = model.card.as_ref().unwrap();
    assert_eq!(card.take.end, Some(End::Vanished));
    assert!(words::ended(&card.take).contains("safe on this computer"));
    started(&model.act(Intent::NewRecording));
}

#[test]
fn an_engine_that_cannot_open_its_devices_is_not_started_again_and_again() {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    tell(&mut model, id, HELLO);
    tell(
        &mut model,
        id,
        r#"{"event":"error","exit":3,"message":"there is no microphone"}"#,
    );
    let effects = model.hear(News::Gone { id });
    assert_eq!(effects, []);
    assert_eq!(
        model.engine_error.as_deref(),
        Some("There is no microphone.")
    );
    let without = Choice {
        microphone: Device::Off,
        ..model.settings.choice.clone()
    };
    let effects = model.act(Intent::Choose(without));
    started(&effects);
}

#[test]
fn an_engine_that_waits_for_another_choice_is_told_it_and_asked_again() {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    tell(&mut model, id, HELLO);
    let failed = r#"{"event":"choice_failed","track":"audio","message":"there is no microphone"}"#;
    tell(&mut model, id, failed);
    assert_eq!(model.cannot_open(), Some("there is no microphone"));
    let again = sent(&model.act(Intent::TryAgain));
    assert_eq!(again, [model.settings.choice.command()]);
    assert_eq!(model.cannot_open(), None);
    tell(&mut model, id, failed);
    let without = Choice {
        microphone: Device::Off,
        ..model.settings.choice.clone()
    };
    assert_eq!(
        sent(&model.act(Intent::Choose(without.clone()))),
        [without.command()]
    );
    tell(&mut model, id, r#"{"event":"ready","tracks":["video"]}"#);
    assert_eq!(model.cannot_open(), None);
    // What was chosen before is open again: that is a note, and no end.
    tell(&mut model, id, failed);
    assert_eq!(model.cannot_open(), None);
}

#[test]
fn a_program_that_is_missing_is_said_once_and_tried_again_when_asked() {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    let message = words::no_engine("aside");
    assert_eq!(model.hear(News::NoEngine { id, message }), []);
    assert!(model.engine_error.as_deref().unwrap().contains("not found"));
    started(&model.act(Intent::TryAgain));
}

#[test]
fn a_window_that_is_opened_during_a_take_finds_it_and_starts_no_other() {
    let mut model = signed_in();
    let list = r#"[{"id":null,"state":"busy","pid":"0","socket":"/run/0.sock"},
                   {"id":null,"state":"ready","pid":"1","socket":"/run/1.sock"},
                   {"id":"0191-aa","state":"recording","pid":"2","socket":"/run/2.sock"}]"#;
    let effects = model.hear(done(Task::Running, list));
    let [Effect::Attach { id, socket }, Effect::BindHotkeys] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(socket, "/run/2.sock");
    let id = *id;
    assert!(model.shows_bar());
    // Nobody looks at the window yet, and the engine tells its past from the beginning.
    model.act(Intent::Sight(Sight::Hidden));
    let ready = r#"{"event":"ready","tracks":["video"]}"#;
    let effects = tell(&mut model, id, ready);
    assert!(effects.iter().all(|e| !matches!(e, Effect::Release(_))));
    model.act(Intent::Sight(Sight::Front));
    let commands = sent(&tell(&mut model, id, HELLO));
    assert!(
        commands.iter().all(|c| c["command"] == "preview"),
        "{commands:?}"
    );
    tell(&mut model, id, LINK);
    tell(&mut model, id, r#"{"event":"paused"}"#);
    assert_eq!(
        (model.take.phase, model.take.url.is_some()),
        (Phase::Paused, true)
    );
}

#[test]
fn lines_of_an_engine_that_was_let_go_change_nothing() {
    let (mut model, id) = live();
    let before = model.take.clone();
    tell(
        &mut model,
        id + 7,
        r#"{"event":"stopping","why":"asked","message":null}"#,
    );
    assert_eq!(model.take, before);
}

#[test]
fn a_take_in_a_terminal_that_shows_no_preview_is_not_complained_about() {
    let (mut model, id) = live();
    let refused = r#"{"event":"refused","command":"preview","reason":"no_preview","message":"there is none"}"#;
    tell(&mut model, id, refused);
    assert_eq!(model.toast, None);
    tell(&mut model, id, &refused.replace("\"preview\"", "\"pause\""));
    assert!(model.toast.is_some());
}
