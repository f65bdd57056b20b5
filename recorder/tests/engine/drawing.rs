//! The command `draw`, through the pipe of a program and from a shell.

use serde_json::json;

use crate::aside::{RecorderHome, Take, one};
use crate::server::{Fault, Server};
use crate::xvfb::Xvfb;

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

#[test]
fn a_program_and_a_shell_draw_over_a_desktop_and_take_it_back() {
    let (desktop, server) = (Xvfb::start("640x480x24", &[]), Server::with_faults(fine));
    let home = RecorderHome::at(&server.url);
    let args = ["record", "--screen", "x11", "--mic", "none", "--wait"];
    let mut command = home.command(&args);
    command
        .args(["--control", "stdio"])
        .env("DISPLAY", &desktop.display)
        .stdin(std::process::Stdio::piped());
    let mut take = Take::start(command);
    take.wait_for("ready");
    let on = json!({ "command": "draw", "on": true, "tool": "arrow", "colour": "green" });
    assert_eq!(take.ask(&on)["reason"], "not_started");
    take.obeys("start");
    take.wait_until("a part", |e| e["event"] == "part");

    take.write(format!("{on}\n").as_bytes());
    let told = take.wait_for("drawing");
    let expected = json!({ "on": true, "tool": "arrow", "colour": "green", "keep": false });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&told[name], value, "{told}");
    }
    take.wait_for("accepted");
    let places = json!({ "command": "draw", "begin": true, "points": [[0.1, 0.1], [0.5, 0.5]], "end": true });
    assert_eq!(take.ask(&places)["event"], "accepted");
    let wrong = json!({ "command": "draw", "points": [[0.1, 1.1]] });
    assert_eq!(take.ask(&wrong)["reason"], "bad_argument");

    let (code, err) = home.verb(&["draw", "--tool", "box", "--keep"]);
    assert_eq!(code, Some(0), "{err}");
    let told = take.wait_for("drawing");
    assert_eq!(
        (&told["tool"], &told["keep"]),
        (&json!("box"), &json!(true))
    );
    for what in ["undo", "clear", "off"] {
        assert_eq!(home.verb(&["draw", what]).0, Some(0), "{what}");
    }
    assert_eq!(take.wait_for("drawing")["on"], false);
    assert_eq!(home.verb(&["draw"]).0, Some(2));

    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn where_nothing_can_be_shown_over_other_windows_drawing_is_refused_and_the_take_goes_on() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    let refused = take.ask(&json!({ "command": "draw", "on": true }));
    assert_eq!(refused["reason"], "no_overlay", "{refused}");
    let (code, err) = home.verb(&["draw", "on"]);
    assert_eq!(code, Some(7));
    assert!(err.contains("over other windows"), "{err}");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}
