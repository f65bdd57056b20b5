//! Keys that a Wayland desktop binds: over a real bus, with a portal of the test's.

use std::process::Stdio;

use crate::aside::{RecorderHome, Take};
use crate::desktop::{Bus, KeyPortal};

fn shortcuts(home: &RecorderHome, bus: &Bus, more: &[&str]) -> Take {
    let args = [&["shortcuts"][..], more].concat();
    let mut command = home.command(&args);
    command
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .stdin(Stdio::piped());
    Take::start(command)
}

#[test]
fn a_press_is_told_by_the_word_of_its_action_until_the_portal_dies() {
    let (home, bus) = (RecorderHome::new(), Bus::start());
    let portal = KeyPortal::on(&bus);
    let mut keys = shortcuts(&home, &bus, &["--key", "notes_up=Ctrl+Shift+Up=Notes up"]);
    let bound = keys.wait_for("shortcuts");
    assert_eq!(bound["bound"][0]["action"], "notes_up");
    assert_eq!(bound["bound"][0]["keys"], "Press CTRL+SHIFT+Up");
    let wished = ("notes_up".to_owned(), Some("CTRL+SHIFT+Up".to_owned()));
    assert_eq!(portal.wishes(), [wished]);
    portal.press("notes_up");
    assert_eq!(keys.wait_for("pressed")["action"], "notes_up");
    drop(portal);
    assert_eq!(keys.wait_for("no_shortcuts")["reason"], "portal_gone");
}

#[test]
fn a_recording_is_stopped_with_a_key_of_the_desktop() {
    let (home, bus) = (RecorderHome::new(), Bus::start());
    let portal = KeyPortal::on(&bus);
    let mut command = home.command(&["record", "--screen", "synthetic", "--mic", "none"]);
    command
        .args(["--shortcuts", "--offline", "--json"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let mut take = Take::start(command);
    let wishes = portal.wishes();
    let actions: Vec<&str> = wishes.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        ["stop", "pause", "restart", "mute", "face", "mark"]
    );
    take.wait_for("started");
    portal.press("pause");
    take.wait_for("paused");
    portal.press("stop");
    take.wait_for("stopped");
}

#[test]
fn a_desktop_without_such_a_portal_is_told_which_commands_to_bind() {
    let (home, bus) = (RecorderHome::new(), Bus::start());
    let mut keys = shortcuts(&home, &bus, &[]);
    let none = keys.wait_for("no_shortcuts");
    assert_eq!(none["reason"], "unsupported");
    assert!(
        none["message"].as_str().unwrap().contains("`aside pause`"),
        "{none}"
    );
}
