//! What the desktop is asked to show.

use super::super::message::Button;
use super::*;

const STARTED: &str = r#"{"event":"started","tracks":["video","audio"]}"#;
const HEALTH: &str =
    r#"{"event":"health","state":"recording","media_ms":9000,"upload":"in_step","behind_ms":0}"#;

fn recording() -> (Model, EngineId) {
    let (mut model, id) = ready();
    model.act(Intent::Record);
    for line in [LINK, r#"{"event":"copied"}"#, STARTED] {
        tell(&mut model, id, line);
    }
    (model, id)
}

fn buttons(model: &Model) -> Vec<Button> {
    model.message(true).map_or(Vec::new(), |m| m.buttons)
}

#[test]
fn a_take_that_nobody_sees_can_be_stopped_and_paused_in_a_notification() {
    let (mut model, id) = recording();
    assert_eq!(model.message(false), None, "the bar is in view");
    assert_eq!(buttons(&model), [Button::Show, Button::Stop, Button::Pause]);
    let before = model.message(true);
    tell(&mut model, id, HEALTH);
    assert_eq!(
        model.message(true),
        before,
        "time that passes shows nothing new"
    );
    tell(&mut model, id, r#"{"event":"paused"}"#);
    assert_eq!(buttons(&model), [Button::Show, Button::Stop, Button::GoOn]);
    assert!(model.pressed(Button::Show).contains(&Effect::Raise));
}

#[test]
fn a_button_that_is_pressed_twice_does_what_it_says_and_no_more() {
    let (mut model, id) = recording();
    for _ in 0..2 {
        let said = sent(&model.pressed(Button::Pause));
        assert_eq!(said, [json!({ "command": "pause" })]);
    }
    tell(&mut model, id, r#"{"event":"paused"}"#);
    for _ in 0..2 {
        let said = sent(&model.pressed(Button::GoOn));
        assert_eq!(said, [json!({ "command": "resume" })]);
    }
    tell(&mut model, id, r#"{"event":"resumed"}"#);
    let stop = [json!({ "command": "stop" })];
    assert_eq!(sent(&model.pressed(Button::Stop)), stop);
    assert!(model.pressed(Button::Stop).is_empty());
    // Asked again on purpose, by the key, the upload is not waited for.
    let again = Intent::Hotkey(Action::StartStop);
    assert_eq!(sent(&model.act(again)), stop);
}

#[test]
fn the_next_take_of_an_engine_can_be_stopped_as_well() {
    let (mut model, id) = recording();
    model.pressed(Button::Stop);
    tell(&mut model, id, r#"{"event":"trashed","id":"0191-aa"}"#);
    tell(&mut model, id, STARTED);
    let stop = [json!({ "command": "stop" })];
    assert_eq!(sent(&model.pressed(Button::Stop)), stop);
}

#[test]
fn it_is_taken_back_at_the_end_and_the_link_is_offered_once_its_state_is_known() {
    let (mut model, id) = recording();
    tell(
        &mut model,
        id,
        r#"{"event":"stopping","why":"asked","message":null}"#,
    );
    assert_eq!(model.message(true), None);
    tell(&mut model, id, r#"{"event":"stopped","duration_ms":4000}"#);
    assert_eq!(model.message(true), None);
    let uploaded = r#"{"event":"uploaded","url":"https://a.example/w/abc","duration_ms":4000}"#;
    tell(&mut model, id, uploaded);
    let message = model.message(true).unwrap();
    assert_eq!(message.title, "Link copied");
    assert!(message.text.starts_with("Watchable now"), "{message:?}");
    assert_eq!(message.buttons, [Button::Show, Button::Open]);
    let open = Effect::Open("https://a.example/w/abc".to_owned());
    assert!(model.pressed(Button::Open).contains(&open));
    model.act(Intent::NewRecording);
    assert_eq!(model.message(true), None);
}

#[test]
fn a_take_without_a_link_is_offered_without_one_and_a_cancelled_one_is_not_told_of() {
    let (mut model, id) = ready();
    model.act(Intent::Record);
    let local = r#"{"event":"local","id":"0191-aa","why":"no_server"}"#;
    for line in [local, STARTED] {
        tell(&mut model, id, line);
    }
    tell(
        &mut model,
        id,
        r#"{"event":"stopping","why":"asked","message":null}"#,
    );
    let kept = r#"{"event":"kept","id":"0191-aa","why":"no_server","message":"the recording is safe on this computer"}"#;
    tell(&mut model, id, kept);
    let message = model.message(true).unwrap();
    assert_eq!(message.title, "Recording ended");
    assert_eq!(message.buttons, [Button::Show]);

    let (mut model, id) = recording();
    tell(
        &mut model,
        id,
        r#"{"event":"stopping","why":"cancelled","message":null}"#,
    );
    assert_eq!(model.message(true), None);
    tell(
        &mut model,
        id,
        r#"{"event":"cancelled","server":"nothing"}"#,
    );
    assert_eq!(model.message(true), None);
}
