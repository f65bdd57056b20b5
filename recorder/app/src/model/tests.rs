use serde_json::{Value, json};

use super::account::{Account, LoginLine, Step};
use super::act::Intent;
use super::choice::{Choice, Device, Picture};
use super::hotkey::Action;
use super::line::{Phase, parse};
use super::news::{News, Said};
use super::settings::Settings;
use super::take::End;
use super::*;

/// A model that is signed in, with an engine that waits.
fn ready() -> (Model, EngineId) {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    tell(&mut model, id, HELLO);
    tell(
        &mut model,
        id,
        r#"{"event":"ready","tracks":["video","audio"]}"#,
    );
    (model, id)
}

const HELLO: &str = r#"{"event":"hello","version":1,"program":"aside 0.1.0","commands":["start","stop","preview","choose","sources"]}"#;
const LINK: &str =
    r#"{"event":"link","url":"https://a.example/w/abc","id":"0191-aa","slug":"abc"}"#;

fn signed_in() -> Model {
    let mut model = Model::new(Settings::default(), false);
    let account = r#"{"server":"https://a.example","signed_in":true}"#;
    model.hear(done(Task::Account, account));
    model
}

fn done(task: Task, out: &str) -> News {
    let said = Said {
        ok: true,
        out: out.to_owned(),
        err: String::new(),
    };
    News::Done { task, said }
}

fn no_takes() -> News {
    done(Task::Running, "[]")
}

fn started(effects: &[Effect]) -> EngineId {
    let mut ids = effects.iter().filter_map(|e| match e {
        Effect::Start { id, .. } => Some(*id),
        _ => None,
    });
    ids.next_back()
        .unwrap_or_else(|| panic!("no engine was started: {effects:?}"))
}

fn tell(model: &mut Model, id: EngineId, line: &str) -> Vec<Effect> {
    let line = parse(line).unwrap();
    model.hear(News::Line { id, line })
}

fn live() -> (Model, EngineId) {
    let (mut model, id) = ready();
    model.act(Intent::Record);
    tell(&mut model, id, LINK);
    tell(
        &mut model,
        id,
        r#"{"event":"started","tracks":["video","audio"]}"#,
    );
    (model, id)
}

fn sent(effects: &[Effect]) -> Vec<Value> {
    let commands = effects.iter().filter_map(|e| match e {
        Effect::Send { command, .. } => Some(command.clone()),
        _ => None,
    });
    commands.collect()
}

fn stopped(model: &mut Model, id: EngineId) {
    tell(
        model,
        id,
        r#"{"event":"stopping","why":"asked","message":null}"#,
    );
    tell(
        model,
        id,
        r#"{"event":"stopped","duration_ms":4000,"parts":8,"size":1}"#,
    );
}

#[test]
fn no_device_is_opened_before_the_person_has_signed_in_or_said_that_it_goes_without() {
    let mut model = Model::new(Settings::default(), false);
    model.begin();
    let effects = [
        model.hear(no_takes()),
        model.hear(done(Task::Account, r#"{"server":null,"signed_in":false}"#)),
    ];
    assert!(
        effects
            .concat()
            .iter()
            .all(|e| !matches!(e, Effect::Start { .. }))
    );
    started(&model.act(Intent::SkipSignIn));
}

#[test]
fn the_code_is_shown_and_opened_and_the_engine_starts_when_it_was_confirmed() {
    let mut model = Model::new(Settings::default(), false);
    model.hear(no_takes());
    model.act(Intent::Server(" a.example ".to_owned()));
    let effects = model.act(Intent::SignIn);
    let server = "a.example".to_owned();
    assert_eq!(effects, [Effect::SignIn { server }]);
    let code = LoginLine::Code {
        code: "ABCD-EFGH".to_owned(),
        page: "https://a.example/device".to_owned(),
        page_with_code: "https://a.example/device?code=ABCD-EFGH".to_owned(),
    };
    let effects = model.hear(News::Login(code));
    assert!(matches!(&effects[..], [Effect::Open(page)] if page.ends_with("ABCD-EFGH")));
    assert!(matches!(&model.sign_in.step, Step::Code { code, .. } if code == "ABCD-EFGH"));
    let person = "Sam <sam@a.example>".to_owned();
    let server = "https://a.example".to_owned();
    started(&model.hear(News::Login(LoginLine::SignedIn { server, person })));
    assert!(matches!(model.account, Account::SignedIn { .. }));
}

#[test]
fn a_sign_in_that_ends_without_an_answer_says_why_and_can_be_tried_again() {
    let mut model = Model::new(Settings::default(), false);
    model.act(Intent::SignIn);
    assert!(matches!(&model.sign_in.step, Step::Failed(why) if why.contains("address")));
    model.act(Intent::Server("a.example".to_owned()));
    model.act(Intent::SignIn);
    let message = "aside: The server does not answer.\n".to_owned();
    model.hear(News::LoginOver { message });
    assert_eq!(
        model.sign_in.step,
        Step::Failed("The server does not answer.".to_owned())
    );
}

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
    let [Effect::Attach { id, socket }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(socket, "/run/2.sock");
    let id = *id;
    assert!(model.shows_bar());
    // Nobody looks at the window yet, and the engine tells its past from the beginning.
    model.act(Intent::Sight(Sight::Hidden));
    let ready = r#"{"event":"ready","tracks":["video"]}"#;
    assert_eq!(tell(&mut model, id, ready), []);
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
fn a_change_of_source_goes_to_the_engine_that_waits_and_an_older_one_is_replaced() {
    let (mut model, id) = ready();
    let choice = Choice {
        picture: Picture::Display(1),
        ..Choice::default()
    };
    let effects = model.act(Intent::Choose(choice.clone()));
    assert_eq!(sent(&effects), [choice.command()]);

    let mut model = signed_in();
    let old = started(&model.hear(no_takes()));
    tell(
        &mut model,
        old,
        r#"{"event":"hello","version":1,"commands":["start","stop"]}"#,
    );
    let effects = model.act(Intent::Choose(choice));
    assert!(effects.contains(&Effect::Release(old)));
    assert!(started(&effects) > id);
}

#[test]
fn previews_are_slow_behind_other_windows_and_pictures_end_with_the_recording() {
    let (mut model, id) = ready();
    let slow = sent(&model.act(Intent::Sight(Sight::Behind)));
    assert_eq!(
        (&slow[0]["command"], &slow[0]["per_second"]),
        (&json!("preview"), &json!(2))
    );
    model.act(Intent::Record);
    let quiet = sent(&tell(&mut model, id, LINK));
    assert_eq!(
        (&quiet[0]["screen"], &quiet[0]["levels"]),
        (&json!(false), &json!(true))
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
fn a_verb_on_a_take_runs_once_and_the_list_is_read_again() {
    let mut model = signed_in();
    model.act(Intent::Page(Page::Takes));
    assert_eq!(model.act(Intent::Discard("aa".to_owned())), []);
    assert_eq!(model.takes.confirm.as_deref(), Some("aa"));
    let effects = model.act(Intent::DiscardSurely("aa".to_owned()));
    let [Effect::Run { task, args }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(args, &["takes", "discard", "aa", "--yes"]);
    assert_eq!(model.act(Intent::DiscardSurely("aa".to_owned())), []);
    let said = Said {
        ok: false,
        err: "aside: somebody else has it".to_owned(),
        ..Said::default()
    };
    let again = model.hear(News::Done {
        task: task.clone(),
        said,
    });
    assert!(matches!(
        &again[..],
        [Effect::Run {
            task: Task::Takes,
            ..
        }]
    ));
    assert_eq!(
        model.takes.problem.as_deref(),
        Some("Somebody else has it.")
    );
    assert_eq!(model.takes.busy, [] as [&str; 0]);
}

#[test]
fn keys_are_bound_when_they_are_whole_and_none_is_a_choice() {
    let mut model = signed_in();
    let half = model.act(Intent::Keys(Action::Pause, "Ctrl+".to_owned()));
    assert!(!half.contains(&Effect::BindHotkeys));
    for keys in ["Ctrl+Alt+9", ""] {
        let whole = model.act(Intent::Keys(Action::Pause, keys.to_owned()));
        assert!(whole.contains(&Effect::BindHotkeys), "{keys}");
        assert_eq!(model.settings.keys(Action::Pause), keys);
    }
}

#[test]
fn an_area_is_chosen_on_the_whole_desktop_and_esc_brings_back_what_was_before() {
    let (mut model, _) = ready();
    let sources = r#"{"screens":[{"index":0,"name":"DP-1","width":1920,"height":1080,"x":0,"y":0,"primary":true}]}"#;
    model.hear(done(Task::Sources, sources));
    let display = Choice {
        picture: Picture::Display(0),
        ..Choice::default()
    };
    model.act(Intent::Choose(display));
    let shown = sent(&model.act(Intent::PickArea));
    assert_eq!(
        (&shown[0]["screen"], &shown[0]["display"]),
        (&json!("auto"), &Value::Null)
    );
    model.act(Intent::AreaCancel);
    assert_eq!(model.settings.choice.picture, Picture::Display(0));
    model.act(Intent::PickArea);
    let (area, _) = model.area.unwrap();
    let chosen = sent(&model.act(Intent::AreaDone));
    assert_eq!(chosen[0]["area"], "240,135,1440,810");
    assert_eq!(model.settings.choice.picture, Picture::Area(area));
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

#[test]
fn on_wayland_no_desktop_asks_for_a_screen_before_record_is_pressed() {
    let mut model = Model::new(Settings::default(), true);
    model.hear(done(
        Task::Account,
        r#"{"server":"https://a.example","signed_in":true}"#,
    ));
    assert_eq!(model.hear(no_takes()), []);
    let id = started(&model.act(Intent::Record));
    let commands = sent(&tell(&mut model, id, HELLO));
    assert!(
        commands.contains(&json!({"command":"start"})),
        "{commands:?}"
    );
    // The person cancels the question of the desktop: it is not asked again.
    let effects = tell(
        &mut model,
        id,
        r#"{"event":"error","exit":3,"message":"the desktop gave no screen"}"#,
    );
    assert_eq!(effects, []);
    assert_eq!(model.hear(News::Gone { id }), []);
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
