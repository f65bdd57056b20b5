//! The test recording of the first run.

use super::*;
use crate::model::trial::Step;

/// Somebody who has just signed in for the first time.
fn offered() -> (Model, EngineId) {
    let mut model = Model::new(Settings::default(), false);
    model.hear(no_takes());
    let server = "https://a.example".to_owned();
    let person = "Sam".to_owned();
    let effects = model.hear(News::Login(LoginLine::SignedIn { server, person }));
    let id = scratch(&effects);
    tell(&mut model, id, HELLO);
    let ready = r#"{"event":"ready","tracks":["video","audio"]}"#;
    tell(&mut model, id, ready);
    (model, id)
}

/// The engine that was started for a take that is kept nowhere.
fn scratch(effects: &[Effect]) -> EngineId {
    let start = effects.iter().find_map(|effect| match effect {
        Effect::Start { id, flags, scratch } => Some((*id, flags.clone(), *scratch)),
        _ => None,
    });
    let (id, flags, scratch) = start.unwrap();
    assert!(
        scratch && flags.contains(&"--offline".to_owned()),
        "{flags:?}"
    );
    assert!(flags.contains(&"--duration=5".to_owned()), "{flags:?}");
    id
}

/// The test recording is made; what follows when its engine is gone.
fn made(model: &mut Model, id: EngineId) -> Vec<Effect> {
    assert_eq!(
        sent(&model.act(Intent::TryNow)),
        [json!({"command":"start"})]
    );
    for line in [
        r#"{"event":"local","id":"0191-aa","why":"no_server"}"#,
        r#"{"event":"started","tracks":["video","audio"]}"#,
        r#"{"event":"levels","mic_level_db":-20.0}"#,
        r#"{"event":"stopping","why":"duration","message":null}"#,
        r#"{"event":"stopped","duration_ms":5000,"frames_captured":90,"report":{"mic_timing":{"offset_ms":0.5,"most_offset_ms":-2.25,"latency_ms":null}}}"#,
        r#"{"event":"kept","id":"0191-aa","why":"no_server","parts":9,"message":"it stays here"}"#,
    ] {
        tell(model, id, line);
        assert!(model.card.is_none() && !model.shows_bar(), "{line}");
    }
    model.hear(News::Gone { id })
}

#[test]
fn after_the_sign_in_a_test_recording_is_made_played_judged_and_deleted() {
    let (mut model, id) = offered();
    let effects = made(&mut model, id);
    let player = effects.iter().find_map(|effect| match effect {
        Effect::Play { id, take } if take == "0191-aa" => Some(*id),
        _ => None,
    });
    let player = player.unwrap_or_else(|| panic!("{effects:?}"));
    tell(&mut model, player, r#"{"event":"playing","sound":true}"#);
    assert_eq!(model.trial.as_ref().unwrap().audible, Some(true));
    model.hear(News::Gone { id: player });
    let trial = model.trial.as_ref().unwrap();
    assert_eq!((trial.step, trial.player), (Step::Judged, None));
    assert!(!trial.findings(&model.settings.choice, false).is_empty());
    // It can be heard again, and nothing of it stays.
    assert!(matches!(
        &model.act(Intent::TryPlay)[..],
        [Effect::Play { .. }]
    ));
    let effects = model.act(Intent::TryOver);
    assert!(effects.contains(&Effect::ForgetScratch) && effects.contains(&Effect::SaveSettings));
    assert!(model.settings.tried && model.trial.is_none());
    assert!(
        matches!(effects.last(), Some(Effect::Start { scratch: false, .. })),
        "{effects:?}"
    );
}

#[test]
fn it_can_be_skipped_is_not_offered_twice_and_can_be_made_again() {
    let (mut model, id) = offered();
    let effects = model.act(Intent::TryOver);
    assert!(effects.contains(&Effect::Release(id)));
    model.act(Intent::SignOutHere);
    model.act(Intent::SkipSignIn);
    assert_eq!(model.trial, None);
    model.act(Intent::Page(Page::Settings));
    scratch(&model.act(Intent::Try));
    // Another page is an end as well.
    let effects = model.act(Intent::Page(Page::Takes));
    assert!(effects.contains(&Effect::ForgetScratch));
}

#[test]
fn a_test_recording_that_is_cancelled_or_breaks_can_be_made_again() {
    let (mut model, id) = offered();
    model.act(Intent::TryNow);
    tell(&mut model, id, r#"{"event":"countdown","seconds_left":3}"#);
    tell(
        &mut model,
        id,
        r#"{"event":"cancelled","server":"no_server"}"#,
    );
    let id = scratch(&model.hear(News::Gone { id }));
    assert_eq!(model.trial.as_ref().unwrap().step, Step::Offered);
    tell(&mut model, id, HELLO);
    model.act(Intent::TryNow);
    tell(
        &mut model,
        id,
        r#"{"event":"started","tracks":["video","audio"]}"#,
    );
    model.hear(News::Gone { id });
    let trial = model.trial.as_ref().unwrap();
    assert!(trial.problem.is_some() && trial.step == Step::Judged);
    scratch(&model.act(Intent::TryNow));
}

#[test]
fn a_device_that_cannot_be_opened_is_said_and_the_test_stays_on_offer() {
    let (mut model, id) = offered();
    tell(
        &mut model,
        id,
        r#"{"event":"error","exit":3,"message":"there is no microphone"}"#,
    );
    assert_eq!(model.hear(News::Gone { id }), []);
    assert_eq!(
        model.engine_error.as_deref(),
        Some("There is no microphone.")
    );
    let trial = model.trial.as_ref().unwrap();
    assert_eq!((trial.step, &trial.problem), (Step::Offered, &None));
}

#[test]
fn who_has_recorded_before_is_not_asked_for_a_test() {
    let mut model = signed_in();
    started(&model.hear(no_takes()));
    assert_eq!(model.trial, None);
    // A first start with an account of the command line is a first run.
    let settings = Settings {
        fresh: true,
        ..Settings::default()
    };
    let mut model = Model::new(settings, false);
    let account = r#"{"server":"https://a.example","signed_in":true}"#;
    model.hear(done(Task::Account, account));
    assert!(model.trial.is_some());
}
