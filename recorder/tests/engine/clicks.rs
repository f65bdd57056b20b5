//! Clicks on a desktop, from the pointer to the server.

use std::process::Command;

use aside_protocol::timed_event::{Button, TimedEvent};
use serde_json::json;

use crate::aside::{RecorderHome, Take};
use crate::server::{Fault, Server};
use crate::xvfb::Xvfb;

fn click(desktop: &Xvfb, x: u32, y: u32, button: u32) {
    let (x, y, button) = (x.to_string(), y.to_string(), button.to_string());
    let done = Command::new("xdotool")
        .args(["mousemove", "--sync", &x, &y, "click", &button])
        .env("DISPLAY", &desktop.display)
        .status()
        .expect("xdotool is not installed: `scripts/setup.sh test` installs it");
    assert!(done.success());
}

fn clicks(server: &Server) -> Vec<(f32, f32, Button)> {
    let state = server.state();
    let events = state.recordings.values().flat_map(|r| r.events());
    let clicks = events.filter_map(|event| match event {
        TimedEvent::Click { x, y, button, .. } => Some((x, y, button)),
        _ => None,
    });
    clicks.collect()
}

#[test]
fn clicks_are_noted_with_their_place_in_the_picture_and_not_in_a_pause() {
    let desktop = Xvfb::start("640x480x24", &[]);
    let server = Server::with_faults(|_, _| Fault::None);
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none"]);
    command
        .args(["--control", "stdio"])
        .env("DISPLAY", &desktop.display)
        .stdin(std::process::Stdio::piped());
    let mut take = Take::start(command);
    take.wait_until("a part", |e| e["event"] == "part");
    click(&desktop, 160, 360, 1);
    server.wait_until("the click", |s| {
        s.recordings.values().any(|r| !r.events().is_empty())
    });
    take.obeys("pause");
    click(&desktop, 320, 240, 1);
    take.obeys("resume");
    // What is not recorded is not noted: neither the pause nor the wheel.
    click(&desktop, 100, 100, 4);
    click(&desktop, 639, 0, 3);
    let mark = take.ask(&json!({ "command": "mark" }));
    assert_eq!(mark["event"], "accepted");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let near = |found: (f32, f32, Button), x: f32, y: f32, button| {
        (found.0 - x).abs() < 0.005 && (found.1 - y).abs() < 0.005 && found.2 == button
    };
    let found = clicks(&server);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(near(found[0], 0.25, 0.75, Button::Left), "{found:?}");
    assert!(near(found[1], 1.0, 0.0, Button::Right), "{found:?}");
}

#[test]
fn titles_of_windows_are_noted_only_where_that_was_asked_for() {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{
        AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, WindowClass,
    };
    use x11rb::wrapper::ConnectionExt as _;

    let desktop = Xvfb::start("640x480x24", &[]);
    let (x, number) = x11rb::connect(Some(&desktop.display)).unwrap();
    let root = x.setup().roots[number].root;
    let atom = |name: &str| {
        x.intern_atom(false, name.as_bytes())
            .unwrap()
            .reply()
            .unwrap()
            .atom
    };
    let window = x.generate_id().unwrap();
    x.create_window(
        0,
        window,
        root,
        0,
        0,
        50,
        50,
        0,
        WindowClass::INPUT_OUTPUT,
        0,
        &CreateWindowAux::new(),
    )
    .unwrap();
    // What a window manager and a program say.
    let title = |text: &str| {
        x.change_property8(
            PropMode::REPLACE,
            window,
            atom("_NET_WM_NAME"),
            atom("UTF8_STRING"),
            text.as_bytes(),
        )
        .unwrap();
        x.change_property32(
            PropMode::REPLACE,
            root,
            atom("_NET_ACTIVE_WINDOW"),
            AtomEnum::WINDOW,
            &[window],
        )
        .unwrap();
        x.sync().unwrap();
    };
    title("Editor");
    for (flag, wanted) in [
        (None, &[][..]),
        (Some("--record-window-titles"), &["Editor", "Größe"]),
    ] {
        let server = Server::with_faults(|_, _| Fault::None);
        let home = RecorderHome::at(&server.url);
        let mut command = home.command(&["record", "--screen", "x11", "--mic", "none"]);
        command
            .args(["--control", "stdio"])
            .args(flag)
            .env("DISPLAY", &desktop.display)
            .stdin(std::process::Stdio::piped());
        let mut take = Take::start(command);
        take.wait_until("a part", |e| e["event"] == "part");
        title("Größe");
        if flag.is_some() {
            server.wait_until("the titles", |s| titles(s) == wanted);
        }
        take.obeys("stop");
        assert_eq!(take.end().0, Some(0));
        assert_eq!(titles(&server.state()), wanted);
        title("Editor");
    }
}

fn titles(state: &crate::server::State) -> Vec<String> {
    let events = state.recordings.values().flat_map(|r| r.events());
    let titles = events.filter_map(|event| match event {
        TimedEvent::Window { title, .. } => Some(title),
        _ => None,
    });
    titles.collect()
}
