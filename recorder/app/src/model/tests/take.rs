//! One take from Record to its card.

use super::*;

#[test]
fn record_starts_the_take_that_waits_and_its_end_becomes_the_card() {
    let (mut model, id) = ready();
    assert_eq!(
        sent(&model.act(Intent::Record)),
        [json!({"command":"start"})]
    );
    tell(&mut model, id, LINK);
    tell(&mut model, id, r#"{"event":"countdown","seconds_left":3}"#);
    tell(&mut model, id, r#"{"event":"copied"}"#);
    assert!(model.is_live() && !model.shows_bar() && model.take.copied);
    assert_eq!(sent(&model.act(Intent::Skip)), [json!({"command":"start"})]);
    tell(
        &mut model,
        id,
        r#"{"event":"started","tracks":["video","audio"]}"#,
    );
    assert!(model.shows_bar());
    assert_eq!(sent(&model.act(Intent::Stop)), [json!({"command":"stop"})]);
    stopped(&mut model, id);
    let card = model.card.as_ref().unwrap();
    assert!(card.take.on_disk && !card.is_on_server() && card.take.media_ms == 4000);
    assert_eq!(model.engine, None, "no device stays open behind the card");
}

#[test]
fn record_before_the_engine_has_answered_is_not_lost() {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    assert_eq!(sent(&model.act(Intent::Record)), [] as [Value; 0]);
    let commands = sent(&tell(&mut model, id, HELLO));
    assert!(
        commands.contains(&json!({"command":"start"})),
        "{commands:?}"
    );
}

#[test]
fn a_hotkey_begins_a_take_although_the_window_is_hidden() {
    let (mut model, id) = ready();
    let effects = model.act(Intent::Sight(Sight::Hidden));
    assert_eq!(
        effects,
        [Effect::Release(id)],
        "no camera is open for a window that nobody sees"
    );
    let id = started(&model.act(Intent::Hotkey(Action::StartStop)));
    assert!(sent(&tell(&mut model, id, HELLO)).contains(&json!({"command":"start"})));
}

#[test]
fn a_title_that_was_typed_early_is_saved_when_the_server_has_the_recording() {
    let (mut model, id) = live();
    stopped(&mut model, id);
    model.act(Intent::Title("Bug in login".to_owned()));
    assert_eq!(
        model.act(Intent::SaveTitle),
        [],
        "the server does not have it yet"
    );
    let uploaded = r#"{"event":"uploaded","id":"0191-aa","url":"https://a.example/w/abc","parts":8,"missing":0,"duration_ms":4000}"#;
    let effects = tell(&mut model, id, uploaded);
    let args = ["change", "0191-aa", "--json", "--title", "Bug in login"].map(str::to_owned);
    let task = Task::Change(id);
    assert_eq!(
        effects,
        [Effect::Run {
            task: task.clone(),
            args: args.into()
        }]
    );
    let said = r#"{"id":"0191-aa","url":"https://a.example/w/abc","title":"Bug in login","audience":"members"}"#;
    model.hear(done(task, said));
    let card = model.card.as_ref().unwrap();
    assert_eq!(
        (card.new_title(), card.audience.as_deref()),
        (None, Some("members"))
    );
}

#[test]
fn cancel_asks_first_and_leaves_nothing() {
    let (mut model, id) = live();
    assert_eq!(sent(&model.act(Intent::Cancel)), [] as [Value; 0]);
    assert!(model.confirm_cancel);
    model.act(Intent::KeepRecording);
    assert!(!model.confirm_cancel && model.is_live());
    model.act(Intent::Cancel);
    assert_eq!(
        sent(&model.act(Intent::CancelSurely)),
        [json!({"command":"cancel"})]
    );
    tell(
        &mut model,
        id,
        r#"{"event":"stopping","why":"cancelled","message":null}"#,
    );
    tell(
        &mut model,
        id,
        r#"{"event":"stopped","duration_ms":10,"parts":1,"size":1}"#,
    );
    let effects = tell(
        &mut model,
        id,
        r#"{"event":"cancelled","id":"0191-aa","server":"nothing"}"#,
    );
    assert_eq!(model.card, None);
    assert!(
        model
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("Nothing is left")
    );
    started(&effects);
}

#[test]
fn start_over_stays_in_the_bar_until_the_next_take_runs() {
    let (mut model, id) = live();
    assert_eq!(
        sent(&model.act(Intent::Restart)),
        [json!({"command":"restart"})]
    );
    for line in [
        r#"{"event":"stopping","why":"restarted","message":null}"#,
        r#"{"event":"stopped","duration_ms":10,"parts":1,"size":1}"#,
        r#"{"event":"trashed","id":"0191-aa","parts":1,"duration_ms":10,"expires_unix_us":1}"#,
        r#"{"event":"link","url":"https://a.example/w/def","id":"0191-bb","slug":"def"}"#,
        r#"{"event":"started","tracks":["video","audio"]}"#,
    ] {
        tell(&mut model, id, line);
        assert!(model.is_live(), "{line}");
    }
    assert_eq!(model.take.id.as_deref(), Some("0191-bb"));
}

#[test]
fn the_link_of_the_last_recording_stays_at_hand() {
    let (mut model, id) = live();
    stopped(&mut model, id);
    let uploaded = r#"{"event":"uploaded","id":"0191-aa","url":"https://a.example/w/abc","parts":8,"missing":0,"duration_ms":4000}"#;
    tell(&mut model, id, uploaded);
    let said =
        r#"{"id":"0191-aa","url":"https://a.example/w/abc","title":"Bug","audience":"link"}"#;
    model.hear(done(Task::Change(id), said));
    started(&model.act(Intent::NewRecording));
    let last = model.last.as_ref().unwrap();
    assert_eq!(
        (last.title.as_str(), last.url.as_str()),
        ("Bug", "https://a.example/w/abc")
    );
}
