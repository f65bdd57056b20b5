//! What is recorded, and how it is shown before.

use super::*;

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
fn previews_are_slow_while_nobody_does_anything_and_pictures_end_with_the_recording() {
    let (mut model, id) = ready();
    for (sight, per_second) in [
        (Sight::Behind, json!(2)),
        (Sight::Front, json!(6)),
        (Sight::Idle, json!(2)),
    ] {
        let told = sent(&model.act(Intent::Sight(sight)));
        let last = told.last().unwrap();
        assert_eq!(
            (&last["command"], &last["per_second"]),
            (&json!("preview"), &per_second)
        );
    }
    // Who touches it again has seen nothing else meanwhile: the sources are not asked for.
    let back = model.act(Intent::Sight(Sight::Front));
    assert!(
        back.iter()
            .all(|effect| !matches!(effect, Effect::Run { .. }))
    );
    model.act(Intent::Record);
    let quiet = sent(&tell(&mut model, id, LINK));
    assert_eq!(
        (&quiet[0]["screen"], &quiet[0]["levels"]),
        (&json!(false), &json!(true))
    );
    // But for one picture of the take, for its card.
    tell(&mut model, id, r#"{"event":"started","tracks":["video"]}"#);
    let health = |ms: u32| {
        format!(
            r#"{{"event":"health","state":"recording","upload":"in_step","frames_captured":9,"media_ms":{ms}}}"#
        )
    };
    assert_eq!(sent(&tell(&mut model, id, &health(1000))), [] as [Value; 0]);
    let one = sent(&tell(&mut model, id, &health(2000)));
    assert_eq!(one[0]["screen"], json!(true));
    let over = sent(&model.hear(News::Poster));
    assert_eq!(over[0]["screen"], json!(false));
    assert_eq!(sent(&tell(&mut model, id, &health(9000))), [] as [Value; 0]);
}

const ONE_SCREEN: &str = r#"{"screens":[{"index":0,"name":"DP-1","width":1920,"height":1080,"x":0,"y":0,"primary":true}],
    "windows":[{"id":"0x7","title":"Editor","app":"editor","x":10,"y":20,"width":640,"height":480}]}"#;

#[test]
fn an_area_is_chosen_on_the_dimmed_desktop_and_esc_changes_nothing() {
    let (mut model, _) = ready();
    model.hear(done(Task::Sources, ONE_SCREEN));
    let effects = model.act(Intent::PickArea);
    assert_eq!(effects, [Effect::Shoot]);
    model.hear(News::Shot(true));
    assert!(model.dimmed.as_ref().unwrap().shown);
    assert_eq!(model.act(Intent::AreaCancel), []);
    assert_eq!((&model.dimmed, &model.area), (&None, &None));
    model.act(Intent::PickArea);
    model.hear(News::Shot(true));
    let (area, _) = model.area.unwrap();
    let chosen = sent(&model.act(Intent::AreaDone));
    assert_eq!(chosen[0]["area"], "240,135,1440,810");
    assert_eq!(model.settings.choice.picture, Picture::Area(area));
}

#[test]
fn without_a_picture_of_the_desktop_the_area_is_chosen_on_the_preview() {
    let (mut model, _) = ready();
    model.hear(done(Task::Sources, ONE_SCREEN));
    let display = Choice {
        picture: Picture::Display(0),
        ..Choice::default()
    };
    model.act(Intent::Choose(display));
    model.act(Intent::PickArea);
    let shown = sent(&model.hear(News::Shot(false)));
    assert_eq!(
        (&shown[0]["screen"], &shown[0]["display"]),
        (&json!("auto"), &Value::Null)
    );
    assert!(model.area.is_some());
    model.act(Intent::AreaCancel);
    assert_eq!(model.settings.choice.picture, Picture::Display(0));
}

#[test]
fn a_window_is_pointed_at_and_the_devices_stay_open_although_the_app_is_hidden() {
    let (mut model, _) = ready();
    assert_eq!(model.act(Intent::PickWindow), [Effect::Shoot]);
    let effects = model.act(Intent::Sight(Sight::Hidden));
    assert!(effects.iter().all(|e| !matches!(e, Effect::Release(_))));
    model.hear(News::Shot(true));
    model.hear(done(Task::Sources, ONE_SCREEN));
    model.act(Intent::Point(Some("0x7".to_owned())));
    let chosen = sent(&model.act(Intent::AreaDone));
    assert_eq!(chosen[0]["window"], "0x7");
    // Enter while nothing is pointed at.
    model.act(Intent::PickWindow);
    assert_eq!(sent(&model.act(Intent::AreaDone)), [] as [Value; 0]);
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
fn on_wayland_the_desktop_asks_again_for_one_take_when_that_is_wanted() {
    let mut model = Model::new(Settings::default(), true);
    let account = r#"{"server":"https://a.example","signed_in":true}"#;
    model.hear(done(Task::Account, account));
    model.hear(no_takes());
    let choice = Choice {
        ask: true,
        ..Choice::default()
    };
    model.act(Intent::Choose(choice));
    let asks = |effects: &[Effect]| {
        let mut starts = effects.iter().filter_map(|effect| match effect {
            Effect::Start { flags, .. } => Some(flags.contains(&"--ask".to_owned())),
            _ => None,
        });
        starts.next()
    };
    let effects = model.act(Intent::Record);
    assert_eq!(asks(&effects), Some(true));
    let id = started(&effects);
    tell(&mut model, id, HELLO);
    tell(&mut model, id, LINK);
    stopped(&mut model, id);
    assert_eq!(asks(&model.act(Intent::Record)), Some(false));
}
