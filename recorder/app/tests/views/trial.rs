//! The test recording of the first run.

use super::*;

/// The test is on offer.
fn offered() -> Window {
    ready().with(Intent::Try).told(&[HELLO, READY])
}

/// It was made with these lines between start and stop, and is played.
fn made(lines: &[&str]) -> Window {
    let window = offered().with(Intent::TryNow);
    let id = window.model.engine.as_ref().unwrap().id;
    let stopped = r#"{"event":"stopped","duration_ms":5000,"frames_captured":90,"report":{"mic_timing":{"most_offset_ms":12}}}"#;
    let kept = r#"{"event":"kept","id":"0191-aa","why":"no_server","message":"it stays here"}"#;
    let started = r#"{"event":"started","tracks":["video","audio"]}"#;
    let all: Vec<&str> = [started]
        .into_iter()
        .chain(lines.iter().copied())
        .chain([stopped, kept])
        .collect();
    window.told(&all).hear([News::Gone { id }])
}

fn played(window: Window) -> Window {
    let id = window.model.trial.as_ref().unwrap().player.unwrap();
    window.hear([News::Gone { id }])
}

const VOICE: &str = r#"{"event":"levels","mic_level_db":-20.0}"#;

#[test]
fn the_test_is_begun_by_one_key_and_can_be_skipped_by_keyboard() {
    let mut page = offered().shown();
    page.get_by_label_contains("deleted when you have seen it");
    assert!(page.get_by_label("Record five seconds").is_focused());
    page.key_press(Key::Enter);
    page.run();
    assert_eq!(commands(page.state()), ["start"]);

    let mut page = offered().shown();
    page.get_by_label("Skip the test").focus();
    page.run();
    page.key_press(Key::Enter);
    page.run();
    assert!(page.state().effects.contains(&Effect::ForgetScratch));
    page.get_by_label("Screen");
}

#[test]
fn what_was_recorded_is_judged_in_words_and_played_again() {
    let page = made(&[VOICE]).shown();
    page.get_by_label("This is what was recorded.");
    page.get_by_label("Your screen can be seen.");
    page.get_by_label("Your voice was heard.");
    page.get_by_label("Picture and sound are in step, within 12 ms.");
    let window = played(made(&[VOICE]));
    let mut page = window.shown();
    page.get_by_label("Ready to record");
    assert!(page.get_by_label("Start using Aside").is_focused());
    page.get_by_label("Play it again").click();
    page.run();
    let plays = |page: &Harness<'_, Window>| {
        let played = page.state().effects.iter();
        played.filter(|e| matches!(e, Effect::Play { .. })).count()
    };
    assert_eq!(plays(&page), 2);
    page.get_by_label("Make another");
}

#[test]
fn what_is_wrong_is_said_with_the_command_that_mends_it() {
    let doctor = r#"{"checks":[{"what":"AAC encoder","verdict":"needed","detail":"there is none","fix":"sudo apt install ffmpeg"}]}"#;
    let window = played(made(&[])).hear([done(Task::Doctor, doctor)]);
    let mut page = window.shown();
    page.get_by_label("Almost ready");
    page.get_by_label_contains("Nothing was heard from the microphone");
    page.get_by_label("sudo apt install ffmpeg");
    page.get_by_label("Copy the command sudo apt install ffmpeg")
        .click();
    page.run();
    let copied = Effect::Copy("sudo apt install ffmpeg".to_owned());
    assert!(page.state().effects.contains(&copied));
    page.get_by_label("Go on all the same");
}

#[test]
fn the_test_is_made_again_from_the_settings() {
    let window = ready().with(Intent::Page(Page::Settings));
    let mut page = window.shown_at([400.0, 1400.0], 1.0, Theme::Light);
    page.get_by_label("Make a test recording").click();
    page.run();
    page.get_by_label("A test of five seconds");
}
